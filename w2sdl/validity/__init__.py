"""What makes a weak-to-strong experiment invalid, decided by what flows along the edges of its graph."""
