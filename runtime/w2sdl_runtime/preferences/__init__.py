"""Dialogues in which one asks for advice, and pairs of replies of which one is better."""
