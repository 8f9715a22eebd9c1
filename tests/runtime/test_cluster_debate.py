"""The flagship spec on a cluster that loses a machine and a driver: the same numbers as on a laptop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.runtime.conftest import REPOSITORY
from w2sdl_runtime.runs.loaded_run import LoadedRun, load_run
from w2sdl_runtime.storage.store import Store

pytestmark = [pytest.mark.ray, pytest.mark.slow]

SPEC = ["specs/debate_sciq.w2s", "--profile", "test"]


def run(store: Path, *words: str, **variables: str) -> subprocess.Popen[bytes]:
    """`w2sdl run` of the spec, in a process of its own; what it prints goes to a file."""
    path = f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'runtime'}"
    with store.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "w2sdl", "run", *SPEC, "--store", str(store), *words],
            cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": path, **variables},
            stdout=log, stderr=log,
        )  # fmt: skip


def stored(store: Path) -> int:
    """How many results there are."""
    return len(list(Store(store).manifests())) if store.exists() else 0


def wait_for_results(count: int, store: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 300
    while stored(store) < count:
        assert process.poll() is None, store.with_suffix(".log").read_text()
        assert time.monotonic() < end, f"{stored(store)} results"
        time.sleep(0.2)


def finished(store: Path, process: subprocess.Popen[bytes]) -> LoadedRun:
    assert process.wait(timeout=900) == 0, store.with_suffix(".log").read_text()
    return load_run(Store(store), "last")


def test_a_lost_machine_and_a_lost_driver_change_no_number(tmp_path: Path) -> None:
    local = finished(tmp_path / "laptop", run(tmp_path / "laptop", "--executor", "local"))
    total = len(local.nodes)
    store = tmp_path / "cluster"
    with Cluster(workers=2) as cluster:
        words = ["--address", cluster.address]
        first = run(store, *words, **cluster.environment)
        wait_for_results(total // 3, store, first)
        cluster.kill_worker_node(0)
        wait_for_results(total // 2, store, first)
        first.send_signal(signal.SIGKILL)
        first.wait()
        before = stored(store)
        assert before < total, "the driver was to die in the middle"
        there = finished(store, run(store, *words, **cluster.environment))
    assert {i: e.digest for i, e in there.nodes.items()} == {
        i: e.digest for i, e in local.nodes.items()
    }
    assert there.info.counts["reused"] >= before - 1
