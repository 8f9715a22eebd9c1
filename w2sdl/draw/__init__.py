"""Graphs as pictures and text: what is shown (charts), where it stands (layout), and in which format."""
