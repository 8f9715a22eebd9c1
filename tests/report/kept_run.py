"""A finished run in its folder, for what is made of runs: tables, traces, figures."""

from __future__ import annotations

from pathlib import Path

import sample as sampling

from w2sdl_runtime.runs.results import Run, read_results
from w2sdl_runtime.storage.store import Store

RUN = "20251121-091403-calm-otter"


def keep_run(sample: sampling.Sample, folder: Path, run: str = RUN) -> Run:
    """Write the record of a run into ``folder/runs``, and open it with the store of the sample."""
    path = folder / "runs" / run
    record = sampling.run_record(sample, run=run, name=run.split("-", 2)[-1])
    sampling.write_run(path, sample, record)
    return read_results(path, sample.store)


def keep_store(sample: sampling.Sample, folder: Path, run: str = RUN) -> Run:
    """The same in a store of its own, for commands: the objects of the sample, and this run alone."""
    (folder / "objects").symlink_to(sample.store.objects, target_is_directory=True)
    kept = keep_run(sample, folder, run)
    return Run(kept.record, Store(folder))
