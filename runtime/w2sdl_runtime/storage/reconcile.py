"""Brings the journal's index in line with the files of the store, which are the truth."""

from __future__ import annotations

import os
from typing import Any

from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.storage.keying import shape_of
from w2sdl_runtime.storage.manifest import result_row
from w2sdl_runtime.storage.store import Store

_CALL = {"op", "op_version", "params"}


def reconcile(store: Store) -> None:
    """Index what a killed process had no time to, and forget what is there no longer.

    A damaged journal is set aside first, and then built again from all results.
    """
    journal = store.journal
    journal.check()
    known = {row["key"] for row in journal.rows("SELECT key FROM results")}
    there = _keys_with_manifest(store)
    lost = known - there
    found = [row for key in sorted(there - known) if (row := _row(store, key)) is not None]
    kill_point("index.reconciling")
    if found:
        journal.add_results(found)
    if lost:
        journal.forget_results(lost)


def _keys_with_manifest(store: Store) -> set[str]:
    keys = str(store.keys)
    names = os.listdir(keys) if store.keys.is_dir() else []  # noqa: PTH208 - thousands of names
    return {name for name in names if os.path.lexists(f"{keys}/{name}/manifest.json")}


def _row(store: Store, key: str) -> dict[str, Any] | None:
    """A result as the index has it; None where its files say too little."""
    manifest = store.kept(key)
    if manifest is None:
        return None
    preimage = store.preimage(key) or {}
    return result_row(manifest, shape_of(preimage) if preimage.keys() >= _CALL else "")
