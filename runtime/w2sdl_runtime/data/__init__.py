"""From source rows to a Data value: read, map columns, format, cut into parts. One path for all sources."""
