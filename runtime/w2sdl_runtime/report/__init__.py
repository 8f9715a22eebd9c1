"""The report: one self-contained HTML page made from a run record, its graph and the store."""
