"""How large a model is, and what a node needs for it: arithmetic on a configuration, without torch."""
