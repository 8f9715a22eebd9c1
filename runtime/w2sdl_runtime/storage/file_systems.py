"""Which file system holds a folder, and whether it is one of the network."""

from __future__ import annotations

import os
from pathlib import Path

#: SQLite's write-ahead log needs shared memory, which these file systems don't have.
_NETWORK = ("nfs", "cifs", "smb", "sshfs", "lustre", "gpfs", "beegfs", "ceph", "gluster", "9p")


def is_network(folder: Path) -> bool:
    """Whether a folder lies on a network file system."""
    found = file_system(folder).lower()
    return any(name in found for name in _NETWORK)


def file_system(folder: Path) -> str:
    """The type of the file system that holds a folder, such as ext4; "" where nobody says."""
    import psutil

    place = os.path.realpath(folder)
    best, found = "", ""
    for mount in psutil.disk_partitions(all=True):
        inside = place == mount.mountpoint or place.startswith(mount.mountpoint.rstrip("/") + "/")
        if inside and len(mount.mountpoint) >= len(best):
            best, found = mount.mountpoint, mount.fstype
    return found
