"""The journal: one file that many processes write, and that may be lost without harm."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.forks import FORKS
from tests.runtime.tiny_graph import Builder, run
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.storage import journal_file
from w2sdl_runtime.storage.journal import Journal, reading_journal
from w2sdl_runtime.storage.journal_file import NAME
from w2sdl_runtime.storage.reconcile import reconcile
from w2sdl_runtime.storage.store import Store


def small_store(folder: Path) -> Store:
    """A store with three results, which no process has open."""
    process = FORKS.Process(target=_make_store, args=(folder,))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    return Store(folder / "store")


def _make_store(folder: Path) -> None:
    builder = Builder()
    numbers = [builder.add("tiny_number", value=float(i)) for i in range(2)]
    builder.add("tiny_sum", {"parts": numbers})
    run(builder.graph(), folder)


def indexed(store: Store) -> dict[str, str]:
    journal = Journal(store.root)
    found = {row["key"]: row["digest"] for row in journal.results()}
    journal.close()
    return found


def overwritten(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no database": lambda path: path.write_bytes(b"garbage" * 1000),
    "other header": lambda path: path.write_bytes(b"\xff" * 100 + path.read_bytes()[100:]),
    "pages overwritten": overwritten,
    "cut off": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_journal_is_built_again_from_the_files(tmp_path: Path, damage: str) -> None:
    store = small_store(tmp_path)
    before = indexed(store)
    assert len(before) == 3
    DAMAGES[damage](store.root / NAME)
    again = Store(store.root)
    reconcile(again)
    assert indexed(again) == before
    if damage in ("no database", "other header", "pages overwritten", "cut off"):
        assert list((store.root / "aside").glob(f"{NAME}.*"))
    assert again.journal.check()


def test_reconciling_adds_what_a_killed_process_did_not_and_forgets_what_is_gone(
    tmp_path: Path,
) -> None:
    store = small_store(tmp_path)
    before = indexed(store)
    first, second, third = before
    store.journal.forget_results([first])
    (store.keys / second / "manifest.json").unlink()
    reconcile(store)
    assert indexed(store) == {key: before[key] for key in (first, third)}


def test_a_journal_of_a_later_version_is_refused_in_a_sentence(tmp_path: Path) -> None:
    Journal(tmp_path).close()
    db = sqlite3.connect(tmp_path / NAME)
    db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(PrerequisiteError, match="was written by a later version of w2sdl") as error:
        Journal(tmp_path)
    assert error.value.help == "use that version"
    assert not (tmp_path / "aside").exists()


def _add_hundred(root: Path, number: int) -> None:
    journal = Journal(root)
    for i in range(100):
        journal.mark_object(f"{number}-{i}", sound=True)
    journal.close()


def test_many_processes_make_and_write_one_journal(tmp_path: Path) -> None:
    processes = [FORKS.Process(target=_add_hundred, args=(tmp_path, i)) for i in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 8
    assert Journal(tmp_path).rows("SELECT count(*) FROM objects")[0][0] == 800


def test_who_has_it_open_goes_over_to_the_new_file(tmp_path: Path) -> None:
    old = Journal(tmp_path)
    old.mark_object("before", sound=True)
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / (NAME + suffix)).unlink(missing_ok=True)
    new = Journal(tmp_path)
    old.mark_object("after", sound=True)
    assert [row["digest"] for row in new.rows("SELECT digest FROM objects")] == ["after"]
    old.close()
    new.mark_object("last", sound=True)  # closing the old one took nothing from the new one
    assert Journal(tmp_path).check()


def test_who_could_not_go_over_tries_again(tmp_path: Path) -> None:
    """The new file is no journal at first; by and by it is, and still the same file."""
    (tmp_path / "other").mkdir()
    journal, other = Journal(tmp_path), Journal(tmp_path / "other")
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / (NAME + suffix)).unlink(missing_ok=True)
    (tmp_path / NAME).write_bytes(b"no database" * 100)
    with pytest.raises(PrerequisiteError), journal.transaction():
        raise AssertionError("a transaction began")
    other.close()
    shutil.copyfile(other.path, tmp_path / NAME)
    journal.forget_results(["key"])


def test_a_file_that_can_not_even_be_looked_at_is_a_sentence(tmp_path: Path) -> None:
    """A heartbeat that ends for good would let others take over what is being computed."""
    journal = Journal(tmp_path)
    (tmp_path / NAME).rename(tmp_path / "kept")
    (tmp_path / NAME).symlink_to(NAME)  # to itself: no look at it succeeds
    with pytest.raises(PrerequisiteError), journal.transaction():
        raise AssertionError("a transaction began")
    (tmp_path / "kept").replace(tmp_path / NAME)
    journal.forget_results(["key"])


def test_only_one_sets_a_damaged_file_aside(tmp_path: Path) -> None:
    store = small_store(tmp_path)
    assert indexed(store)  # the last to close it writes the log back into the file
    overwritten(store.root / NAME)
    one, two = Journal(store.root), Journal(store.root)
    assert not one.check()
    one.mark_object("new", sound=True)
    two.check()
    assert Journal(store.root).rows("SELECT digest FROM objects")[0]["digest"] == "new"


def test_an_exception_takes_all_of_a_transaction_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path)

    def interrupted() -> None:
        with journal.transaction() as db:
            db.execute("INSERT INTO tokens VALUES (1)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not journal.rows("SELECT * FROM tokens")


def test_a_transaction_that_was_left_open_does_not_stop_the_next(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    left = journal.transaction()
    left.__enter__().execute("INSERT INTO tokens VALUES (1)")
    with journal.transaction() as db:
        db.execute("INSERT INTO tokens VALUES (2)")
    assert [row["last"] for row in journal.rows("SELECT last FROM tokens")] == [2]


def test_who_waits_in_vain_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = Journal(tmp_path)
    monkeypatch.setattr(journal_file, "_BUSY", 0.1)
    waiter = Journal(tmp_path)
    with holder.transaction():
        with pytest.raises(PrerequisiteError, match="database is locked") as error:
            waiter.mark_object("x", sound=True)
        assert "is that one stopped?" in error.value.help


def test_who_only_reads_gets_none_where_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert reading_journal(tmp_path) is None
    (tmp_path / NAME).write_bytes(b"garbage" * 1000)
    found = reading_journal(tmp_path)
    assert found is not None
    with pytest.raises(PrerequisiteError, match="file is not a database") as error:
        found.results()
    assert "the next `w2sdl run` builds it again" in error.value.help
    assert not (tmp_path / "aside").exists()
