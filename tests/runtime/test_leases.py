"""Leases among real processes: one owner a key, the dead lose theirs, and late commits are refused."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from tests.forks import FORKS
from w2sdl_runtime.storage import leases
from w2sdl_runtime.storage.journal import Journal
from w2sdl_runtime.storage.journal_file import NAME, insert
from w2sdl_runtime.storage.leases import Holder, Lease, Leases, Superseded, fenced, held

KEYS = [f"key-{number}" for number in range(200)]


def _take_all(root: Path, name: str, others: list[str]) -> None:
    journal = Journal(root)
    with Leases(journal, name) as mine, (root / f"taken-{name}").open("w") as file:
        for key in KEYS:
            if isinstance(found := mine.take(key, ""), Lease):
                file.write(f"{key} {found.token}\n")
        file.flush()
        (root / f"done-{name}").touch()
        while not all((root / f"done-{other}").exists() for other in others):
            time.sleep(0.01)


def test_of_many_processes_one_gets_each_key(tmp_path: Path) -> None:
    names = ["a", "b", "c"]
    processes = [FORKS.Process(target=_take_all, args=(tmp_path, name, names)) for name in names]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 3
    taken = [
        line.split() for name in names for line in (tmp_path / f"taken-{name}").open().readlines()
    ]
    assert sorted(key for key, _ in taken) == sorted(KEYS)
    assert len({token for _, token in taken}) == len(KEYS)
    assert not held(tmp_path)


def _hold(root: Path, beat: float) -> None:
    leases.BEAT = beat
    journal = Journal(root)
    with Leases(journal, "holder") as mine:
        mine.take("key", "an.address")
        (root / "ready").touch()
        time.sleep(60)


@contextmanager
def holder(root: Path, beat: float = 3.0) -> Iterator[BaseProcess]:
    """A process that holds the lease of `key`."""
    process = FORKS.Process(target=_hold, args=(root, beat))
    process.start()
    try:
        while not (root / "ready").exists():
            assert process.is_alive()
            time.sleep(0.01)
        yield process
    finally:
        process.kill()
        process.join()


def test_a_held_key_names_its_holder_until_that_one_dies(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with holder(tmp_path) as process, Leases(journal, "mine") as mine:
        found = mine.take("key", "")
        assert isinstance(found, Holder)
        assert (found.run, found.pid) == ("holder", process.pid)
        assert str(process.pid) in str(found)
        (before,) = held(tmp_path)
        process.kill()
        process.join()
        taken = mine.take("key", "")
        assert isinstance(taken, Lease)
        assert taken.token > before["token"]


def test_owners_show_that_they_are_alive(tmp_path: Path) -> None:
    with holder(tmp_path, beat=0.05):
        first = held(tmp_path)[0]["beat"]
        time.sleep(0.3)
        assert held(tmp_path)[0]["beat"] > first


def test_a_process_that_was_stopped_for_long_is_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    with holder(tmp_path, beat=0.05) as process, Leases(journal, "mine") as mine:
        monkeypatch.setattr(leases, "SILENCE_HERE", 0.5)
        time.sleep(0.6)
        assert isinstance(mine.take("key", ""), Holder)  # it lives and says so
        old = held(tmp_path)[0]["token"]
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(0.7)
        assert isinstance(mine.take("key", ""), Lease)
        with pytest.raises(Superseded, match="run mine has taken it over"):
            fenced(journal, Lease("key", old)).__enter__()


def owned(journal: Journal, **owner: object) -> None:
    """A lease of some other owner."""
    row = {"owner": "o", "run": "r", "host": "elsewhere", "pid": 1, "started": 1.0}
    with journal.transaction() as db:
        insert(db, "owners", {**row, "beat": time.time(), **owner})
        lease = {"key": "key", "token": 1, "owner": "o", "address": "", "taken": 0.0}
        insert(db, "leases", lease)


@pytest.mark.parametrize(("silent", "is_held"), [(0, True), (20, True), (40, False)])
def test_owners_elsewhere_are_known_by_their_heartbeat(
    tmp_path: Path, silent: float, is_held: bool
) -> None:
    journal = Journal(tmp_path)
    owned(journal, beat=time.time() - silent)
    with Leases(journal, "mine") as mine:
        assert isinstance(mine.take("key", ""), Holder if is_held else Lease)


def test_another_process_with_the_number_of_a_dead_one_is_not_it(tmp_path: Path) -> None:
    from w2sdl_runtime.provenance import host_name

    journal = Journal(tmp_path)
    owned(journal, host=host_name(), pid=os.getpid(), started=-50.0)
    with Leases(journal, "mine") as mine:
        assert isinstance(mine.take("key", ""), Lease)


def test_a_commit_uses_its_lease_up_and_a_late_one_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with Leases(journal, "mine") as mine:
        first = mine.take("key", "")
        second = mine.take("key", "")  # after its worker was lost, say
        assert isinstance(first, Lease)
        assert isinstance(second, Lease)
        assert second.token > first.token
        with pytest.raises(Superseded), fenced(journal, first):
            raise AssertionError("a late commit was let in")
        with fenced(journal, second) as db:
            assert db.in_transaction
        assert not held(tmp_path)


def test_a_failed_commit_keeps_its_lease(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with Leases(journal, "mine") as mine:
        lease = mine.take("key", "")
        assert isinstance(lease, Lease)
        with pytest.raises(OSError, match="full"), fenced(journal, lease):
            raise OSError("full")
        assert [row["token"] for row in held(tmp_path)] == [lease.token]


def test_a_lost_journal_does_not_make_a_driver_look_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "BEAT", 0.05)
    journal = Journal(tmp_path)
    with Leases(journal, "mine") as mine:
        before = mine.take("key", "")
        for suffix in ("", "-wal", "-shm"):
            (tmp_path / (NAME + suffix)).unlink(missing_ok=True)
        after = mine.take("key", "")
        assert isinstance(before, Lease)
        assert isinstance(after, Lease)
        assert after.token > before.token
        with Leases(Journal(tmp_path), "other") as other:
            assert isinstance(other.take("key", ""), Holder)
        with journal.transaction() as db:
            db.execute("DELETE FROM owners")
        time.sleep(0.3)
        assert journal.rows("SELECT run FROM owners")[0]["run"] == "mine"
    assert not journal.rows("SELECT * FROM owners")
