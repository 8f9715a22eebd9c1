"""Messages as data, and how they are shown to people and machines."""
