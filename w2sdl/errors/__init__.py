"""Every message of w2sdl, a file per stage. Codes: 01 syntax, 02 names, 03 kinds and types, 04 graph."""
