"""Graph and store to plan: an action for each node, and the reasons."""
