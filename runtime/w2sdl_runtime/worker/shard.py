"""The side of one process among those that compute one attempt together.

All call the operation with the same inputs. The first one stores the result; what the others make
is thrown away.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from w2sdl_runtime.partials import Partials
from w2sdl_runtime.worker import attempt as first
from w2sdl_runtime.worker.attempt_log import AttemptLog, ProgressWriter
from w2sdl_runtime.worker.calling import (
    Timing,
    call_operation,
    make_context,
    operation_of,
    seed_of,
)
from w2sdl_runtime.worker.protocol import Attempt
from w2sdl_runtime.worker.threads import Threads


class ShardFailed(Exception):
    """The first process could not compute the attempt: the others are to end as well."""

    def __init__(self, outcome: dict[str, Any]) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def run_shard(record: Mapping[str, Any], rank: int) -> dict[str, Any] | None:
    """Compute a part of an attempt; the outcome from the first process, None from others.

    Raises:
        ShardFailed: from the first process, with the outcome.
        Exception: from another one, what its part raised.
    """
    if rank:
        _follow(Attempt(**record), rank)
        return None
    outcome = first.run_attempt(record, own_process=True, together=True)
    if outcome["failure"] is not None:
        raise ShardFailed(outcome)
    return outcome


def _follow(attempt: Attempt, rank: int) -> None:
    """Call the operation, and store nothing."""
    folder = Path(attempt.folder) / f"shard-{rank}"
    folder.mkdir(parents=True, exist_ok=True)
    store = first._store(attempt.store)
    work = store.scratch()
    try:
        with AttemptLog(folder / "log.txt", True) as log, Threads(attempt.threads):
            op = operation_of(attempt)
            reporters = (log, ProgressWriter(folder, None))
            seed = seed_of(op, attempt.params)
            context = make_context(attempt, store, work, reporters, seed)
            alone = replace(
                context, put=lambda value: "", partials=Partials(), folder=folder, shard=rank
            )
            call_operation(op, attempt, store, alone, Timing())
    finally:
        shutil.rmtree(work, ignore_errors=True)
