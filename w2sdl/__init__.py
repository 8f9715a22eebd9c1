"""w2sdl: a compiler for weak-to-strong experiment specs."""

__version__ = "0.1.0"
