"""Reports of earlier and of present runs on their way out: to a file, kept up to date, as a site."""
