"""The folder of a store as a whole: of what layout it is, and what killed processes left in it."""

from __future__ import annotations

import shutil
from pathlib import Path

from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.files import read_json, write_json
from w2sdl_runtime.provenance import host_name, process_is_alive

LAYOUT = 1


def check_layout(root: Path) -> None:
    """Refuse a folder that is no store of this layout; one that is not there yet may become one.

    Raises:
        PrerequisiteError: says what it is.
    """
    if root.exists() and not root.is_dir():
        raise PrerequisiteError(f"the store {root} is no folder", "name one with --store")
    marker = root / "store.json"
    try:
        found = read_json(marker)["layout"] if marker.exists() else LAYOUT
    except (ValueError, LookupError, TypeError) as error:
        raise PrerequisiteError(
            f"{marker} is damaged: it says of what layout the store is",
            f'write {{"layout": {LAYOUT}}} into it, or name another store with --store',
        ) from error
    if found != LAYOUT:
        raise PrerequisiteError(
            f"{root} is a store of layout {found}, and this w2sdl reads layout {LAYOUT}",
            "use the w2sdl that wrote it, or name another store with --store",
        )


def mark_layout(root: Path) -> None:
    """Say in a new store of what layout it is."""
    if not (root / "store.json").exists():
        write_json(root / "store.json", {"layout": LAYOUT})


def sweep(root: Path, tmp: Path, keys: Path) -> None:
    """Remove what killed processes of this host left behind: temporary files, and partial results."""
    for path in (*tmp.iterdir(), *root.glob(".*")):
        if _is_left_over(path.name):
            _remove(path)
    for folder in (root / "partial").glob("*"):
        if _is_older(folder, keys / folder.name / "manifest.json"):
            shutil.rmtree(folder, ignore_errors=True)  # it was killed before it cleared


def _is_left_over(name: str) -> bool:
    """Whether a temporary file or folder belongs to a process of this host that has ended."""
    host, _, pid = name.rpartition(".")[0].rpartition(".")
    here = host == host_name() or host.endswith(f".{host_name()}")
    return here and pid.isdigit() and not process_is_alive(int(pid))


def _remove(path: Path) -> None:
    """Remove what is left over; another process may do the same."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_older(folder: Path, file: Path) -> bool:
    """Whether nothing was written into a folder since a file was; not if there is no such file."""
    try:
        limit = file.stat().st_mtime_ns
        return all(path.stat().st_mtime_ns <= limit for path in folder.iterdir())
    except FileNotFoundError:
        return False
