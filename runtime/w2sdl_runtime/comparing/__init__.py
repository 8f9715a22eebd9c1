"""Comparing results: arms of two designs, or of one, aligned by address, row and seed.

sources -> aligning (between designs) or within (one design) -> arms -> rows, scores -> compared
-> several -> as_text, as_markdown, as_json, as_html, plot.
"""
