"""Items one by one: what was said of each, a few as text, many for a reader to go through."""
