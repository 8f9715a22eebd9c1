"""Generated images: digits as strokes, and how they are drawn on few pixels."""
