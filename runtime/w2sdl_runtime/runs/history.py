"""What the last runs of one experiment made of each address, from the journal."""

from __future__ import annotations

import itertools
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from w2sdl.graph import Node
from w2sdl.planning.reasons import Earlier, Reason
from w2sdl_runtime.provenance import host_name, process_is_alive
from w2sdl_runtime.storage.journal import Journal

_RUNS = 5  #: how many runs are looked back
_HAS_RESULT = ("executed", "reused")
_TRIED = (*_HAS_RESULT, "failed", "running")
_COLUMNS = "run, node, address, state, key, digest, attempt, error, because, done, total, unit"


@dataclass(frozen=True, slots=True)
class Past:
    """The last result that an address had."""

    run: str
    address: str
    key: str
    digest: str


class History:
    """The last runs of an experiment; read when it is first asked.

    Runs under the same profiles are looked at before others: they are the same design.
    """

    def __init__(
        self, journal: Journal | None, experiment: str, profiles: Sequence[str] = ()
    ) -> None:
        self._journal = journal if experiment else None
        self._experiment = experiment
        self._profiles = list(profiles)

    @cached_property
    def _every(self) -> Sequence[Mapping[str, Any]]:
        return [dict(run) for run in self._journal.runs()] if self._journal is not None else []

    @cached_property
    def _experiments(self) -> Mapping[str, str]:
        return {run["run"]: run["experiment"] for run in self._every}

    def other_experiment(self, run: str) -> str:
        """Whose run this is; "" if it is of this experiment, or not known."""
        found = self._experiments.get(run, "")
        return found if found != self._experiment else ""

    @cached_property
    def runs(self) -> Sequence[Mapping[str, Any]]:
        """The runs looked at: the newest first, those under the same profiles before all others."""
        runs = [run for run in self._every if run["experiment"] == self._experiment]
        runs.reverse()
        runs.sort(key=lambda run: profiles_of(run["command"]) != self._profiles)
        return runs[:_RUNS]

    @cached_property
    def _rows(self) -> list[Mapping[str, Any]]:
        if self._journal is None:
            return []
        query = f"SELECT {_COLUMNS} FROM nodes WHERE run = ?"  # noqa: S608 - names of our own
        return [dict(row) for run in self.runs for row in self._journal.rows(query, run["run"])]

    @cached_property
    def _results(self) -> Mapping[str, Past]:
        found: dict[str, Past] = {}
        for row in self._rows:
            if row["state"] in _HAS_RESULT and row["key"] and row["address"] not in found:
                past = Past(row["run"], row["address"], row["key"], row["digest"])
                found[row["address"]] = past
        return found

    @cached_property
    def _attempts(self) -> Mapping[str, Mapping[str, Any]]:
        """The last time that anything was done about an address."""
        found: dict[str, Mapping[str, Any]] = {}
        for row in self._rows:
            if row["state"] in _TRIED or (row["state"] == "skipped" and row["attempt"]):
                found.setdefault(row["address"], row)
        return found

    def result(self, node: Node) -> Past | None:
        """The last result of the address of a node, or of one that it goes by as well."""
        found = (self._results.get(address) for address in (node.address, *node.aliases))
        return next((past for past in found if past is not None), None)

    def attempt(self, node: Node, key: str) -> Earlier | None:
        """How the last try ended, if it was at this very computation and gave nothing."""
        row = self._attempts.get(node.address)
        if row is None or row["state"] in _HAS_RESULT:
            return None
        is_same = row["key"] == key if row["key"] and key else row["node"] == node.id
        if not is_same:
            return None
        if row["state"] == "failed":
            return Earlier(Reason.FAILED_BEFORE, row["run"], row["attempt"], _message(row["error"]))
        if row["state"] == "running" and row["run"] in self._alive:
            return None  # it is being computed
        return Earlier(Reason.INCOMPLETE, row["run"], row["attempt"], _progress(row))

    @cached_property
    def _alive(self) -> set[str]:
        here = [run for run in self.runs if run["status"] == "running"]
        return {
            run["run"]
            for run in here
            if run["host"] != host_name() or process_is_alive(run["pid"], run["process"])
        }


def profiles_of(command: str) -> list[str]:
    """The profiles in a run's command line."""
    try:
        words = shlex.split(command)
    except ValueError:
        return []
    return [after for word, after in itertools.pairwise(words) if word == "--profile"]


def _message(error: str) -> str:
    try:
        return str(json.loads(error)["message"])
    except (ValueError, KeyError, TypeError):
        return error


def _progress(row: Mapping[str, Any]) -> str:
    """``40 of 100 steps``; else what ended the run, where that is known."""
    if row["done"] is None:
        return str(row["because"])
    total = f" of {row['total']}" if row["total"] else ""
    return f"{row['done']}{total} {row['unit']}".strip()
