"""Models and scorers that answer over HTTP: where they are, how they are asked, what they said."""
