"""One attempt at one node, in the process that computes it."""
