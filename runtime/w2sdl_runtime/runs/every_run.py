"""All runs of a store as three tables, and SQL over them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.runs.columns import RESULTS, ROWS, joined
from w2sdl_runtime.runs.loaded_run import read_run, run_folders
from w2sdl_runtime.runs.querying import select
from w2sdl_runtime.runs.results import Run
from w2sdl_runtime.storage.store import Store

if TYPE_CHECKING:
    import pyarrow as pa


class Runs:
    """All runs of a store. Nothing is read before it is asked for, and then once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        #: Why a run is left out of the tables, by the name of its folder.
        self.unreadable: dict[str, str] = {}

    def __iter__(self) -> Iterator[Run]:
        return iter(self._every)

    def __len__(self) -> int:
        return len(self._every)

    def results(self) -> pa.Table:
        """The numbers of all runs (`Run.results`)."""
        return joined(self._tables(Run.results), RESULTS)

    def result_rows(self) -> pa.Table:
        """The rows of all runs (`Run.result_rows`)."""
        return joined(self._tables(Run.result_rows), ROWS)

    def table(self) -> pa.Table:
        """A row for each run: what it was of, how it went, what it took."""
        import pyarrow as pa

        return pa.Table.from_pylist([_row(run) for run in self], _schema())

    def query(self, sql: str) -> pa.Table:
        """What one SELECT over the tables ``results``, ``rows`` and ``runs`` gives (DuckDB).

        Raises:
            PrerequisiteError: for anything but one SELECT, and for what DuckDB can't make of it.
        """
        sources = {"results": self.results, "rows": self.result_rows, "runs": self.table}
        return select(sql, sources)

    @cached_property
    def _every(self) -> list[Run]:
        return list(self._readable())

    def _readable(self) -> Iterator[Run]:
        for folder in run_folders(self.store):
            try:
                yield Run(read_run(folder), self.store)
            except PrerequisiteError as problem:
                self.unreadable[folder.name] = problem.message

    def _tables(self, table: Callable[[Run], pa.Table]) -> Iterator[pa.Table]:
        for run in self:
            try:
                yield table(run)
            except PrerequisiteError as problem:
                self.unreadable[run.id] = problem.message


#: The columns of ``runs``: name -> Arrow type.
RUNS: Mapping[str, str] = {
    "run": "string",
    "name": "string",
    "experiment": "string",
    "description": "string",
    "spec": "string",
    "profiles": "string",
    "overrides": "string",
    "status": "string",
    "started": "timestamp",
    "ended": "timestamp",
    "seconds": "float64",
    "nodes": "int64",
    "failed": "int64",
    "cpu_seconds": "float64",
    "gpu_seconds": "float64",
    "version": "string",
    "git_commit": "string",
    "host": "string",
    "command": "string",
    "folder": "string",
}


def _schema() -> pa.Schema:
    import pyarrow as pa

    types = {"timestamp": pa.timestamp("us", "UTC")}
    return pa.schema([(n, types.get(kind) or pa.type_for_alias(kind)) for n, kind in RUNS.items()])


def _row(run: Run) -> dict[str, Any]:
    info = run.record.info
    return {
        "run": info.run,
        "name": info.name,
        "experiment": info.experiment,
        "description": info.description,
        "spec": str(Path(info.spec_path)),
        "profiles": ", ".join(info.profiles),
        "overrides": json.dumps(info.overrides, ensure_ascii=False) if info.overrides else "",
        "status": run.status,
        "started": info.started,
        "ended": info.ended,
        "seconds": info.seconds,
        "nodes": len(run.nodes),
        "failed": len(run.failures),
        "cpu_seconds": info.spent.get("cpu_seconds"),
        "gpu_seconds": info.spent.get("gpu_seconds"),
        "version": info.version,
        "git_commit": info.git.get("commit"),
        "host": info.host,
        "command": info.command,
        "folder": str(run.folder),
    }
