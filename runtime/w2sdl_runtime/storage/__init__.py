"""The content-addressed store, in a folder or a bucket: objects, keys, journal and leases."""
