"""Syntax trees to a checked program: names bound, kinds known, defaults filled in."""
