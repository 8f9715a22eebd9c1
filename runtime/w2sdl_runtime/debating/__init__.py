"""How debaters speak: quoting sentences of a passage, or generating text."""
