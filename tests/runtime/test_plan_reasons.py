"""What differs between pre-images, and what the last runs say of an address."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.tiny_graph import Builder
from tests.runtime.tiny_run import sleepy_graph
from w2sdl.planning.deciding import plan_graph
from w2sdl.planning.estimates import Estimate, estimate, range_text, work
from w2sdl.planning.preimages import differences, fields_of
from w2sdl.planning.reasons import (
    ABSENT,
    Changed,
    Earlier,
    Forced,
    New,
    Reason,
    Upstream,
    by_weight,
    why_to_json,
)
from w2sdl_runtime.cache.index import store_index
from w2sdl_runtime.provenance import host_name, process_started
from w2sdl_runtime.runs.history import History, profiles_of
from w2sdl_runtime.storage.journal import Journal
from w2sdl_runtime.storage.store import Store

BASE = {
    "op": "finetune",
    "op_version": 1,
    "params": {"seed": 0, "train": {"epochs": 3}, "head": {"variant": "linear", "bias": 1}},
    "inputs": {"model": ["a"], "labels": ["b", "c"]},
    "sources": {"path": {"sha256": "1"}},
    "environment": {"torch": "2.12"},
    "format_version": 1,
    "key_schema": 1,
}


def changed(**fields: Any) -> list[Changed]:
    return list(differences(BASE, {**BASE, **fields}))


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, []),
        (
            {"params": {**BASE["params"], "train": {"epochs": 5}}},
            [Changed(Reason.PARAM_CHANGED, "train.epochs", 3, 5)],
        ),
        ({"params": {**BASE["params"], "seed": 4}}, [Changed(Reason.SEED_CHANGED, "seed", 0, 4)]),
        (
            {"params": {**BASE["params"], "train": {"epochs": 3.0}}},  # hashes otherwise
            [Changed(Reason.PARAM_CHANGED, "train.epochs", 3, 3.0)],
        ),
        (
            {"params": {**BASE["params"], "head": {"variant": "deep"}}},
            [
                Changed(
                    Reason.PARAM_CHANGED,
                    "head",
                    {"variant": "linear", "bias": 1},
                    {"variant": "deep"},
                )
            ],
        ),
        (
            {"params": {**BASE["params"], "@body": "f00"}},
            [Changed(Reason.CODE_CHANGED, "body", ABSENT, "f00")],
        ),
        ({"op_version": 2}, [Changed(Reason.CODE_CHANGED, "version", 1, 2)]),
        (
            {"inputs": {"model": ["a"], "labels": ["b"]}},
            [Changed(Reason.INPUT_CHANGED, "labels", ["b", "c"], "b")],
        ),
        ({"inputs": {"labels": ["b", "c"]}}, [Changed(Reason.INPUT_CHANGED, "model", "a")]),
        (
            {"sources": {"path": {"sha256": "2"}}},
            [Changed(Reason.SOURCE_CHANGED, "path", {"sha256": "1"}, {"sha256": "2"})],
        ),
        (
            {"environment": {"torch": "2.13"}},
            [Changed(Reason.ENV_CHANGED, "torch", "2.12", "2.13")],
        ),
        ({"format_version": 2}, [Changed(Reason.ENV_CHANGED, "format_version", 1, 2)]),
    ],
)
def test_every_field_of_a_pre_image_has_its_reason(
    fields: dict[str, Any], found: list[Changed]
) -> None:
    assert changed(**fields) == found
    alike = fields_of(BASE) == fields_of({**BASE, **fields})
    assert alike == all(
        c.reason is Reason.CODE_CHANGED or c.path == "format_version" for c in found
    )


def test_maps_are_compared_by_name_and_defaults_are_filled_in() -> None:
    old = {"params": {"parts": [["train", 10], ["test", 5]], "epochs": 3}}
    new = {"params": {"parts": [["train", 20], ["test", 5]]}}
    assert differences(old, new, {"epochs": 1}) == (
        Changed(Reason.PARAM_CHANGED, "parts.train", 10, 20),
        Changed(Reason.PARAM_CHANGED, "epochs", 3, 1),
    )


def test_a_record_at_its_default_differs_in_the_fields_that_were_set() -> None:
    old, new = {"params": {}}, {"params": {"train": {"epochs": 3}}}
    full = {"train": {"epochs": 2, "batch": 8}}
    assert differences(old, new) == (Changed(Reason.PARAM_CHANGED, "train.epochs", ABSENT, 3),)
    assert differences(new, old, full) == (Changed(Reason.PARAM_CHANGED, "train.epochs", 3, 2),)


def test_nothing_is_said_of_ports_that_are_not_known_yet() -> None:
    assert (
        differences(BASE, {**BASE, "inputs": {"model": ["z"]}}, unknown=("labels", "model")) == ()
    )


def test_direct_reasons_come_before_indirect_ones() -> None:
    up, new = Upstream(Reason.UPSTREAM_STALE, "a"), New()
    forced, code = Forced("--force"), Changed(Reason.CODE_CHANGED, "version", 1, 2)
    assert by_weight([up, forced, new, code]) == (new, code, forced, up)
    assert why_to_json(code) == {"reason": "CODE_CHANGED", "path": "version", "old": 1, "new": 2}
    assert why_to_json(Changed(Reason.PARAM_CHANGED, "p", ABSENT, None)) == {
        "reason": "PARAM_CHANGED", "path": "p", "new": None,
    }  # fmt: skip


def test_estimates_say_what_is_known_and_no_more() -> None:
    assert estimate([]) is None
    assert estimate([3.0]) == Estimate(3.0, 3.0, 1)
    found = estimate([float(second) for second in range(1, 12)])
    assert found == Estimate(6.0, 10.0, 11)
    whole = work([found, None, estimate([4.0])])
    assert (whole.low, whole.high, whole.unknown) == (10.0, 14.0, 1)


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0, 0.2, "under 1 s"),
        (1, 1, "1 s"),
        (12.4, 50, "12–50 s"),
        (170, 310, "2.8–5.2 min"),
        (3600, 9000, "1–2.5 h"),
        (3600, 90_000, "1–25 h"),
    ],
)
def test_a_range_of_time_reads_well(low: float, high: float, text: str) -> None:
    assert range_text(low, high) == text


# -- history ---------------------------------------------------------------------------------------


class Past:
    """A journal with runs of an experiment."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder)
        self.builder = Builder()
        self.node = self.builder.nodes[self.builder.add("tiny_number", value=1.0, name="n")]
        self.time = 0.0

    def run(self, name: str, status: str = "done", alive: bool = False, command: str = "") -> None:
        self.time += 1
        pid = os.getpid() if alive else 2**22 + 1
        row = {"run": name, "name": name, "experiment": "e", "spec": "", "status": status}
        process = process_started(os.getpid())
        where = {"host": host_name(), "pid": pid, "process": process, "command": command}
        self.journal.set_run({**row, **where, "started": self.time, "ended": None, "nodes": 1})

    def says(self, run: str, state: str, **facts: Any) -> None:
        node = {"node": self.node.id, "address": "n", "name": "n", "op": "tiny_number"}
        self.journal.set_nodes([{"run": run, "state": state, "since": 0.0, **node, **facts}])

    def history(self, *profiles: str) -> History:
        return History(self.journal, "e", profiles)


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return Past(tmp_path)


def test_the_last_result_of_an_address_is_what_is_compared_with(past: Past) -> None:
    past.run("one")
    past.says("one", "executed", key="k1", digest="d1")
    past.run("two", "failed")
    past.says("two", "skipped")
    found = past.history().result(past.node)
    assert found is not None
    assert (found.run, found.key, found.digest) == ("one", "k1", "d1")
    past.run("three")
    past.says("three", "reused", key="k3", digest="d3")
    assert past.history().result(past.node).key == "k3"  # type: ignore[union-attr]
    assert History(past.journal, "another").result(past.node) is None


def test_runs_under_the_same_profiles_come_first(past: Past) -> None:
    past.run("test", command="w2sdl run a.w2s --profile test")
    past.says("test", "executed", key="small", digest="d")
    past.run("full", command="w2sdl run a.w2s")
    past.says("full", "executed", key="large", digest="d")
    assert past.history("test").result(past.node).key == "small"  # type: ignore[union-attr]
    assert past.history().result(past.node).key == "large"  # type: ignore[union-attr]
    assert past.history("paper").result(past.node).key == "large"  # type: ignore[union-attr]
    assert profiles_of("w2sdl run 'a b.w2s' --profile x --set a=1 --profile y") == ["x", "y"]


def test_a_failure_is_one_of_this_very_computation(past: Past) -> None:
    past.run("one", "failed")
    past.says("one", "failed", attempt=2, error='{"message": "the soup is cold"}')
    found = past.history().attempt(past.node, "k")
    assert found == Earlier(Reason.FAILED_BEFORE, "one", 2, "the soup is cold")
    past.says("one", "failed", key="other", attempt=2, error="?")
    assert past.history().attempt(past.node, "k") is None
    assert past.history().attempt(past.node, "other") is not None
    past.run("two")
    past.says("two", "executed", key="k", digest="d")
    assert past.history().attempt(past.node, "other") is None  # it went well since


def test_what_a_dead_run_was_at_is_incomplete(past: Past) -> None:
    past.run("one", "running")
    past.says("one", "running", attempt=1, done=40, total=100, unit="steps")
    found = past.history().attempt(past.node, "k")
    assert found == Earlier(Reason.INCOMPLETE, "one", 1, "40 of 100 steps")
    past.run("one", "running", alive=True)
    assert past.history().attempt(past.node, "k") is None  # it is being computed


def test_what_an_interrupt_stopped_is_incomplete_and_what_it_only_reached_is_not(
    past: Past,
) -> None:
    past.run("one", "interrupted")
    past.says("one", "skipped", attempt=1, because="the run was interrupted")
    found = past.history().attempt(past.node, "k")
    assert found == Earlier(Reason.INCOMPLETE, "one", 1, "the run was interrupted")
    past.says("one", "skipped", because="the run was interrupted")
    assert past.history().attempt(past.node, "k") is None


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL])
def test_a_plan_says_what_a_stopped_run_was_at(tmp_path: Path, signal_number: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.runtime.tiny_run", tmp_path, "local", "sleep"]
    )
    while not (tmp_path / "ran-sleep").exists() or not noted(tmp_path):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal_number)
    process.wait()
    store, graph = Store(tmp_path / "store"), sleepy_graph().graph()
    plan = plan_graph(graph, store_index(store, tmp_path, {}, experiment="tiny"))
    found = {e.node.address: [why.reason for why in e.reasons] for e in plan.entries.values()}
    assert found == {
        "number": [Reason.CACHED],
        "slow": [Reason.INCOMPLETE],
        "after": [Reason.UPSTREAM_STALE],
    }


def noted(folder: Path) -> bool:
    """Whether the journal knows that the slow node runs."""
    journal = Journal(folder / "store")
    states = {row["address"]: row["state"] for row in journal.rows("SELECT * FROM nodes")}
    journal.close()
    return states.get("slow") == "running"
