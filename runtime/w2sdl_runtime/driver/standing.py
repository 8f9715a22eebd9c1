"""Finds the report that still stands: of the last run of the same design with the same results.

A run that had nothing to compute can only repeat that report, under another name.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from w2sdl_runtime.driver.execute import RunResult
from w2sdl_runtime.files import read_json
from w2sdl_runtime.runs.loaded_run import run_folders
from w2sdl_runtime.runs.run_record import RunRecord
from w2sdl_runtime.storage.store import Store

REPORT = "report.html"
_LOOK_BACK = 20  #: runs; a store with many specs holds others in between


def standing_report(store: Store, record: RunRecord, result: RunResult) -> Path | None:
    """The report of an earlier run that shows what this one came to; None where there is none."""
    if result.status != "done" or result.counts["reused"] != len(result.nodes):
        return None
    made = {id_: entry.digest for id_, entry in result.nodes.items()}
    for folder in reversed(run_folders(store)[-_LOOK_BACK:]):
        with suppress(OSError, ValueError, KeyError):  # another version's, or torn: no report to us
            if folder != record.folder and _shows(folder, record, made):
                return folder / REPORT
    return None


def _shows(folder: Path, record: RunRecord, made: dict[str, str]) -> bool:
    if not (folder / REPORT).is_file():
        return False
    theirs: dict[str, Any] = read_json(folder / "run.json")
    ours = record.info.model_dump(mode="json")
    same = ("spec_text", "resolved_text", "profiles", "overrides", "warnings", "version", "claims")
    if any(theirs[name] != ours[name] for name in same):
        return False
    nodes = read_json(folder / "nodes.json")
    return {id_: entry["digest"] for id_, entry in nodes.items()} == made
