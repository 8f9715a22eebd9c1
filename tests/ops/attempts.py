"""Attempts in processes of their own, forked from one that has torch, so that tests can kill many."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from tests.forks import FORKS
from w2sdl.keys import key_preimage, tagged_hash
from w2sdl_runtime.artifacts import FORMAT_VERSION
from w2sdl_runtime.faults import VARIABLE
from w2sdl_runtime.json_forms import to_json
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.worker.protocol import Attempt, Outcome

_NUMBERS = count()


@dataclass(frozen=True)
class Work:
    """One node to compute: operation, inputs as stored digests, parameters that differ from defaults."""

    store: Store
    op: str
    inputs: Mapping[str, Sequence[str]]
    params: Mapping[str, Any]
    threads: int = 1
    key: str = field(default_factory=lambda: tagged_hash("test", next(_NUMBERS)))

    def another(self) -> Work:
        """The same computation under a key of its own."""
        return replace(self, key=tagged_hash("test", next(_NUMBERS)))

    def attempt(self, folder: Path, every: float) -> Attempt:
        op = load_signatures().op(self.op)
        assert op is not None
        params = {p.name: to_json(self.params.get(p.name, p.default)) for p in op.params}
        preimage = key_preimage(op.name, op.version, params, self.inputs, {}, FORMAT_VERSION)
        return Attempt(
            node=self.key,
            address=self.op,
            op=op.name,
            op_version=op.version,
            kind=op.result.value,
            key=self.key,
            preimage=preimage,
            params=params,
            inputs=self.inputs,
            number=1,
            folder=str(folder),
            store=str(self.store.root),
            base=str(folder),
            modules=(),
            run="test",
            git={},
            threads=self.threads,
            commit_every=every,
        )


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code, the outcome it told, and the attempt's log."""

    code: int
    outcome: Outcome | None
    log: str

    @property
    def digest(self) -> str:
        assert self.code == 0
        assert self.outcome is not None
        assert self.outcome.failure is None, self.outcome.failure
        return str(self.outcome.manifest["digest"])


def run(work: Work, folder: Path, kill: str = "", every: float = 0.0, first: int = 0) -> Ended:
    """Run an attempt in a fresh process; with ``first`` it has done such work before (it is warm).

    With ``every`` 0 each step, batch and member is committed.
    """
    folder = folder / f"attempt{next(_NUMBERS)}"
    folder.mkdir(parents=True)
    before = [work.another().attempt(folder / f"warm{at}", 1e9).to_json() for at in range(first)]
    attempt = work.attempt(folder / "own", every).to_json()
    process = FORKS.Process(target=_child, args=(before, attempt, kill, str(folder)))
    process.start()
    process.join(60)
    assert process.exitcode is not None, "it hangs"
    log = folder / "own" / "log.txt"
    told = folder / "outcome.json"
    outcome = Outcome.from_json(json.loads(told.read_text())) if told.exists() else None
    return Ended(process.exitcode, outcome, log.read_text() if log.exists() else "")


def _child(before: list[dict[str, Any]], attempt: dict[str, Any], kill: str, folder: str) -> None:
    from w2sdl_runtime.worker.attempt import run_attempt

    for record in before:
        run_attempt(record)
    os.environ[VARIABLE] = kill
    outcome = run_attempt(attempt)
    (Path(folder) / "outcome.json").write_text(json.dumps(outcome, default=str))
    sys.exit(0)
