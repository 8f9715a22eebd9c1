"""Texts from templates, labelled by a rule over invented words: stand-ins for data that is not public."""
