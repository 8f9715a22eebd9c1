"""The local pool: who waits for room, how workers live, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.runtime.conftest import REPOSITORY, pool
from tests.runtime.tiny_graph import Builder, ran, run
from tests.waiting import until
from w2sdl_runtime.backends.backend import Handle
from w2sdl_runtime.backends.pool_backend import PoolBackend
from w2sdl_runtime.backends.room import Room, Slot
from w2sdl_runtime.driver import events
from w2sdl_runtime.driver.interrupts import Interrupts
from w2sdl_runtime.files import read_json
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.worker.failures import Cause
from w2sdl_runtime.worker.protocol import Attempt, Listener


def asking(cpus: int = 1, gpus: float = 0, memory: int = 0) -> Attempt:
    return Attempt(
        "n", "n", "op", 1, "Metric", "k", {}, {}, {}, 1, "", "", "", (), "run", {},
        cpus=cpus, gpus=gpus, memory=memory,
    )  # fmt: skip


def test_room_is_given_and_taken_back() -> None:
    room = Room(4, 10, [0, 1])
    first = room.take(asking(2, 0.5, 6))
    assert first == Slot(2, 6, (0,), 0.5)
    assert room.take(asking(3)) is None
    assert room.take(asking(1, memory=5)) is None
    assert room.take(asking(1, 0.5)) == Slot(1, 0, (0,), 0.5)  # the GPU that is in use already
    assert room.take(asking(1, 2)) is None
    assert room.lacks_gpus_only(asking(1, 2))
    assert not room.lacks_gpus_only(asking(2, 2))
    room.give_back(first)
    assert room.take(asking(3, 1, 10)) == Slot(3, 10, (1,), 1)


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from([0, 0.25, 1 / 3, 1, 2]), st.integers(0, 9))
    )
)
def test_room_never_runs_over(asked: list[tuple[int, float, int]]) -> None:
    room = Room(4, 10, [0, 1])
    taken: list[Slot] = []
    for cpus, gpus, memory in asked:
        slot = room.take(asking(cpus, gpus, memory))
        if slot is None and taken:
            room.give_back(taken.pop(0))
        elif slot is not None:
            taken.append(slot)
        assert sum(slot.cpus for slot in taken) + room.cpus == 4
        assert sum(slot.memory for slot in taken) <= 10
        for gpu in (0, 1):
            assert sum(slot.part for slot in taken if gpu in slot.gpus) <= 1.001
    for slot in taken:
        room.give_back(slot)
    assert room.take(asking(4, 2, 10)) is not None


def test_nodes_run_side_by_side_in_warm_workers(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    for tag in range(2):
        builder.add("tiny_meet", {"of": [number]}, tag=tag)
    pids = [builder.add("tiny_pid", {"of": [number]}, tag=tag) for tag in range(6)]
    result = run(builder.graph(), tmp_path, pool)
    assert result.status == "done", result.failures
    values: list[Any] = [Store(tmp_path / "store").open(result.nodes[node].digest) for node in pids]
    assert len({value.value for value in values}) <= 2
    assert os.getpid() not in {value.value for value in values}


def test_a_large_node_gets_its_turn(tmp_path: Path) -> None:
    builder = Builder()
    numbers = [builder.add("tiny_number", value=float(i)) for i in range(6)]
    large = builder.add("tiny_talk", {"of": [numbers[0]]}, cpus=2)
    result = run(builder.graph(), tmp_path, pool)
    assert result.status == "done"
    assert result.nodes[large].action == "executed"


def test_a_worker_that_can_not_begin_is_no_riddle(tmp_path: Path) -> None:
    shadow = tmp_path / "shadow" / "w2sdl_runtime"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").write_text("raise ImportError('libsoup.so is missing')")
    builder = Builder()
    builder.add("tiny_number", value=1.0)
    backend = lambda: PoolBackend(2, [shadow.parent, REPOSITORY])  # noqa: E731
    ((_, failure),) = run(builder.graph(), tmp_path, backend).failures
    assert failure.cause is Cause.PREREQUISITE
    assert failure.message == "a worker process can't begin: ImportError: libsoup.so is missing"


class _Fragile(PoolBackend):
    """Its first worker is killed before it can say that it is there."""

    def submit(self, attempt: Attempt, listener: Listener) -> Handle:
        handle = super().submit(attempt, listener)
        if handle == 0:
            next(iter(self._busy)).kill()
        return handle


def test_a_worker_that_is_killed_before_it_begins_is_lost_and_replaced(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    result = run(builder.graph(), tmp_path, lambda: _Fragile(2, [REPOSITORY]))
    assert result.status == "done", result.failures
    assert result.nodes[number].attempts == 2


def test_an_idle_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    node = builder.add("tiny_pid", {"of": [number]})
    builder.add("tiny_sum", {"parts": [node]})
    killed: list[int] = []

    def kill(event: events.Event) -> None:
        if isinstance(event, events.NodeFinished) and event.node in (number, node):
            folder = next((tmp_path / "store" / "runs").iterdir()) / "nodes"
            pid = max(
                (read_json(path) for path in folder.rglob("progress.json")),
                key=lambda record: record["time"],
            )["pid"]
            killed.append(pid)
            os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)

    result = run(builder.graph(), tmp_path, pool, [kill])
    assert result.status == "done", result.failures
    assert len(set(killed)) == 2


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def start_sleepy(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A run in a process of its own, with a worker that sleeps; and that worker's process id."""
    command = [sys.executable, "-m", "tests.runtime.tiny_run", str(folder), "pool", "sleep"]
    process = subprocess.Popen(command, cwd=REPOSITORY)
    until(lambda: ran(folder, "sleep") == 1)
    return process, int((folder / "ran-sleep").read_text())


def test_workers_end_with_a_killed_driver(tmp_path: Path) -> None:
    process, worker = start_sleepy(tmp_path)
    assert is_alive(worker)
    process.kill()
    process.wait()
    until(lambda: not is_alive(worker))


def test_an_interrupted_run_leaves_no_worker(tmp_path: Path) -> None:
    process, worker = start_sleepy(tmp_path)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert not is_alive(worker)
    assert not list((tmp_path / "store" / "tmp").iterdir())


def is_deaf(pid: int) -> bool:
    """Whether a process blocks SIGTERM."""
    blocked = Path(f"/proc/{pid}/status").read_text().partition("SigBlk:")[2].split()[0]
    return bool(int(blocked, 16) >> (signal.SIGTERM - 1) & 1)


def deaf_attempt(folder: Path, number: int) -> Attempt:
    """An attempt that hears no signal."""
    return Attempt(
        "n", "n", "no_such_op", 1, "Metric", "k", {}, {}, {}, number, str(folder / str(number)),
        str(folder / "store"), str(folder), ("tests.runtime.deaf_module",), "run", {},
    )  # fmt: skip


def test_an_interrupt_while_workers_are_ended_leaves_none(tmp_path: Path) -> None:
    """The driver ends them when the journal is lost, say, and somebody presses Ctrl-C."""
    backend, told = PoolBackend(2, [REPOSITORY]), list[Mapping[str, Any]]()
    for number in (1, 2):
        backend.submit(deaf_attempt(tmp_path, number), told.append)
    until(lambda: backend.wait(0.05) == [] and len(told) == 2)
    until(lambda: all(is_deaf(progress["pid"]) for progress in told))
    with Interrupts():
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
        with pytest.raises(KeyboardInterrupt):
            backend.cancel_all()
    backend.close()
    assert not any(is_alive(progress["pid"]) for progress in told)


def test_what_hears_nothing_is_ended_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("w2sdl_runtime.backends.pool_backend._PATIENCE", 0.3)
    backend, told = PoolBackend(2, [REPOSITORY]), list[Mapping[str, Any]]()
    backend.submit(deaf_attempt(tmp_path, 1), told.append)
    until(lambda: backend.wait(0.05) == [] and told)
    start = time.monotonic()
    backend.close()
    assert time.monotonic() - start < 5
    assert not is_alive(told[0]["pid"])
