"""From source rows to a Data value: read, map columns, format, cut. One path for all sources."""
