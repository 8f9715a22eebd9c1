"""Variants: typed constructors named inside calls, one family a file or folder."""
