"""What another run on the same store does at the worst moment: between two steps of this one's loop."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from tests.forks import FORKS
from tests.runtime.test_execute import spoil
from tests.runtime.tiny_graph import Builder, ran, run, value_of
from w2sdl.needs import Retry
from w2sdl_runtime.backends.backend import Backend
from w2sdl_runtime.backends.local_backend import LocalBackend
from w2sdl_runtime.driver import events
from w2sdl_runtime.storage import leases
from w2sdl_runtime.storage.journal_file import NAME
from w2sdl_runtime.storage.leases import Lease, Leases, held
from w2sdl_runtime.storage.store import Store


def chain() -> tuple[Builder, str, str]:
    """A node, and one that needs it."""
    builder = Builder()
    number = builder.add("tiny_number", value=1.0, name="number")
    return builder, number, builder.add("tiny_sign", {"of": [number]}, name="sign")


def test_a_result_that_comes_before_its_lease_is_taken_lets_the_run_go_on(tmp_path: Path) -> None:
    """The backend is made when a node was decided and its lease was not yet asked for."""
    builder, number, sign = chain()
    other = Builder()
    other.add("tiny_number", value=1.0)

    def backend() -> Backend:
        assert run(other.graph(), tmp_path).counts["executed"] == 1
        return LocalBackend()

    result = run(builder.graph(), tmp_path, backend)
    assert result.status == "done"
    assert (result.nodes[number].action, result.nodes[sign].action) == ("reused", "executed")
    assert ran(tmp_path, "number") == 1


def test_a_result_that_comes_while_its_lease_is_taken_is_taken_over(tmp_path: Path) -> None:
    """The other run's commit holds the journal: this one has looked, and waits for it."""
    builder, number, sign = chain()
    first = run(builder.graph(), tmp_path)
    store = Store(tmp_path / "store")
    for node in (number, sign):
        (store.keys / first.nodes[node].key / "manifest.json").rename(tmp_path / f"kept-{node}")
    is_held, threads = threading.Event(), []

    def commit() -> None:
        db = sqlite3.connect(store.root / NAME, isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        is_held.set()
        time.sleep(
            1.0
        )  # for the run to come to its lease; were it too short, nothing would be tested
        kept = store.keys / first.nodes[number].key / "manifest.json"
        (tmp_path / f"kept-{number}").rename(kept)
        db.execute("COMMIT")
        db.close()

    def backend() -> Backend:
        threads.append(threading.Thread(target=commit))
        threads[0].start()
        is_held.wait()
        return LocalBackend()

    result = run(builder.graph(), tmp_path, backend)
    threads[0].join()
    assert result.status == "done"
    assert (result.nodes[number].action, result.nodes[sign].action) == ("reused", "executed")
    assert (ran(tmp_path, "number"), ran(tmp_path, "sign")) == (1, 2)
    assert not held(store.root)


def test_what_another_run_has_mended_is_not_made_once_more(tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=4.0, name="number")
    first = run(builder.graph(), tmp_path)
    entry, store = first.nodes[number], Store(tmp_path / "store")
    value, manifest, preimage = (
        store.open(entry.digest), store.lookup(entry.key), store.preimage(entry.key),
    )  # fmt: skip
    assert manifest is not None
    assert preimage is not None
    spoil(tmp_path, entry.digest)
    with Leases(store.journal, "other") as other:
        lease = other.take(entry.key, "number")
        assert isinstance(lease, Lease)

        def mend(event: events.Event) -> None:
            if isinstance(event, events.NodeWaiting):
                assert store.put(value) == entry.digest
                store.commit(entry.key, preimage, manifest, lease, replace=True)

        total = builder.add("tiny_sum", {"parts": [number]})
        result = run(builder.graph(), tmp_path, sinks=[mend], only=frozenset([total]))
    assert value_of(result, total, tmp_path) == 4.0
    assert result.nodes[number].action == "reused"
    assert ran(tmp_path, "number") == 1


@pytest.mark.parametrize("how", ["error", "oom"])
def test_what_failed_is_free_for_others_at_once(tmp_path: Path, how: str) -> None:
    """Not only when its run ends, hours later; and while that waits to try it again."""
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    if how == "error":
        builder.add("tiny_fail", {"of": [number]})
    else:
        builder.add("tiny_hungry", {"of": [number]}, retry=Retry(1, ("oom",)))
    leased: list[list[dict[str, object]]] = []

    def look(event: events.Event) -> None:
        if isinstance(event, events.NodeFailed | events.NodeRetried):
            leased.append(held(tmp_path / "store"))

    run(builder.graph(), tmp_path, sinks=[look])
    assert leased == [[]]


def test_what_runs_is_ended_before_others_may_begin_it(tmp_path: Path) -> None:
    builder, _, _ = chain()
    leased: list[int] = []

    class Looking(LocalBackend):
        def cancel_all(self) -> None:
            leased.append(len(held(tmp_path / "store")))

    def interrupt(event: events.Event) -> None:
        if isinstance(event, events.NodeStarted):
            os.kill(os.getpid(), signal.SIGTERM)

    assert run(builder.graph(), tmp_path, Looking, [interrupt]).status == "interrupted"
    assert leased == [1]
    assert not held(tmp_path / "store")


def slow_graph() -> Builder:
    """A node that takes two seconds."""
    builder = Builder()
    number = builder.add("tiny_number", value=1.0, name="number")
    builder.add("tiny_sleep", {"of": [number]}, name="slow", seconds=2.0)
    return builder


def _run_slow(folder: Path) -> None:
    result = run(slow_graph().graph(), folder)
    slow = result.nodes[slow_graph().id("slow")]
    (folder / "said").write_text(f"{result.status} {slow.action} {slow.attempts}")


def test_who_was_stopped_and_comes_back_takes_what_another_run_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its node was taken over: what it has computed comes too late, and its run goes on all the same."""
    stopped = FORKS.Process(target=_run_slow, args=(tmp_path,), daemon=True)
    stopped.start()
    assert stopped.pid is not None
    while ran(tmp_path, "sleep") < 1:
        assert stopped.is_alive()
        time.sleep(0.02)
    os.kill(stopped.pid, signal.SIGSTOP)
    monkeypatch.setattr(leases, "SILENCE_HERE", 0.5)
    time.sleep(0.6)
    graph, pid = slow_graph(), stopped.pid

    def wake(event: events.Event) -> None:
        if isinstance(event, events.NodeStarted) and event.address == "slow":
            os.kill(pid, signal.SIGCONT)

    result = run(graph.graph(), tmp_path, sinks=[wake])
    stopped.join(60)
    assert (result.status, result.nodes[graph.id("slow")].action) == ("done", "executed")
    assert (tmp_path / "said").read_text() == "done reused 0"
    manifest = Store(tmp_path / "store").lookup(result.nodes[graph.id("slow")].key)
    assert manifest is not None
    assert manifest.run == result.run
    assert ran(tmp_path, "sleep") == 2
    assert not held(tmp_path / "store")
