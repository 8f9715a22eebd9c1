"""Where attempts run: in this process, in processes of a pool, on Ray."""
