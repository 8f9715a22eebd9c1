"""The loop that takes a plan to its end: what goes next, where, again, or not at all."""
