"""Runs the small graph against a store elsewhere, in a process that tests can kill.

Usage: python -m tests.runtime.tiny_remote_run FOLDER LOCATION local|ray
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.runtime.tiny_graph import MODULES
from tests.runtime.tiny_run import make_backend, prepare, small_graph
from w2sdl_runtime.driver.execute import Options, run_graph
from w2sdl_runtime.runs.run_record import RunRecord, RunRequest
from w2sdl_runtime.storage.opening import open_store


def main() -> int:
    folder, location, backend = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    graph, store = small_graph().graph(), open_store(location)
    record = RunRecord.create(store, graph, RunRequest(spec_path=str(folder / "tiny.w2s")))
    options = Options(base=prepare(folder), modules=MODULES)
    result = run_graph(graph, store, lambda: make_backend(backend), record, options)
    print(result.status, result.counts)
    return int(result.status != "done")


if __name__ == "__main__":
    sys.exit(main())
