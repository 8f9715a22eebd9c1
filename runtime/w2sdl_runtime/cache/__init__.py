"""What `plan` and `w2sdl cache` ask of a store, and its upkeep."""
