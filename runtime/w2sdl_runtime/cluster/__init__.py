"""Ray clusters: found, started, looked at, and given jobs."""
