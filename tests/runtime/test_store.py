"""The store: nothing half-written is trusted, and changed bytes are noticed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.runtime.tiny_graph import Builder, run
from w2sdl_runtime.files import temporary_name
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.storage.leases import Lease
from w2sdl_runtime.storage.objects import CorruptObject
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import Metric, Predictor


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    store.prepare()
    return store


def test_a_value_comes_back_as_it_was(store: Store) -> None:
    digest = store.put(Metric("a", 1.5, 1.0, 2.0, 7, facts={"x": [1, "µ"]}))
    again = Store(store.root).open(digest)
    assert isinstance(again, Metric)
    assert (again.value, again.upper, again.facts) == (1.5, 2.0, {"x": [1, "µ"]})
    assert again.digest == digest


def test_equal_content_is_one_object_whoever_writes_it(store: Store, tmp_path: Path) -> None:
    digest = store.put(Metric("a", 1.0))
    before = (store.path(digest) / "artifact.json").stat().st_mtime_ns
    assert store.put(Metric("a", 1.0)) == digest
    assert (store.path(digest) / "artifact.json").stat().st_mtime_ns == before
    assert Store(tmp_path / "other").put(Metric("a", 1.0)) == digest
    assert store.put(Metric("a", 2.0)) != digest
    assert not list(store.tmp.iterdir())


def test_many_may_store_the_same_object_at_a_time(store: Store, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    for name in range(20):
        (tmp_path / "files" / str(name)).write_text("x")
    with ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(lambda _: store.put(Predictor({}, tmp_path / "files")), range(16)))
    assert len(set(digests)) == 1
    assert store.is_sound(digests[0])
    assert not list(store.tmp.iterdir())


def test_files_in_folders_count_by_path_and_content(store: Store, tmp_path: Path) -> None:
    digests = []
    for folder, name, text in (
        ("a", "x/w", "1"),
        ("b", "x/w", "1"),
        ("c", "y/w", "1"),
        ("d", "x/w", "2"),
    ):
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
        digests.append(store.put(Predictor({}, tmp_path / folder)))
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
    loaded = store.open(digests[0])
    assert isinstance(loaded, Predictor)
    assert loaded.folder is not None
    assert (loaded.folder / "x" / "w").read_text() == "1"


@pytest.mark.parametrize("damage", ["flip", "extra", "missing file", "missing object"])
def test_damage_is_noticed_by_the_next_process(store: Store, damage: str) -> None:
    digest = store.put(Metric("a", 1.0))
    path = store.path(digest) / "artifact.json"
    if damage == "flip":
        path.chmod(0o644)
        content = bytearray(path.read_bytes())
        content[20] ^= 1
        path.write_bytes(content)
    elif damage == "extra":
        (store.path(digest) / "extra").write_text("")
    elif damage == "missing file":
        path.unlink()
    else:
        path.unlink()
        store.path(digest).rmdir()
    with pytest.raises(CorruptObject) as error:
        Store(store.root).open(digest)
    assert error.value.digest == digest


def test_what_the_disk_can_not_read_is_corrupt(store: Store) -> None:
    digest = store.put(Metric("a", 1.0))
    (store.path(digest) / "sector").symlink_to("/proc/self/mem")  # reads as a bad disk does: EIO
    with pytest.raises(CorruptObject, match="can't be read"):
        Store(store.root).open(digest)
    store.set_aside(digest)
    assert store.put(Metric("a", 1.0)) == digest


def test_what_is_stored_again_takes_the_place_of_changed_bytes(store: Store) -> None:
    digest = store.put(Metric("a", 1.0))
    path = store.path(digest) / "artifact.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"1.0", b"2.0"))
    again = Store(store.root)
    assert again.put(Metric("a", 1.0)) == digest
    found = again.open(digest)
    assert isinstance(found, Metric)
    assert found.value == 1.0
    assert len(list((store.root / "aside").glob(f"{digest}.*"))) == 1


def test_two_may_set_one_object_aside(store: Store) -> None:
    digest = store.put(Metric("a", 1.0))
    Store(store.root).set_aside(digest)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.set_aside(digest), range(8)))
    assert not store.path(digest).exists()


def test_stored_files_are_write_protected(store: Store) -> None:
    digest = store.put(Metric("a", 1.0))
    assert not (store.path(digest) / "artifact.json").stat().st_mode & 0o222


def test_opened_values_are_kept_but_not_without_bound(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", cached=2)
    digests = [store.put(Metric("a", float(i))) for i in range(3)]
    first = store.open(digests[0])
    assert store.open(digests[0]) is first
    for digest in digests[1:]:
        store.open(digest)
    assert store.open(digests[0]) is not first


def one_result(folder: Path) -> tuple[Store, str]:
    """A store with one result, and its key."""
    builder = Builder()
    node = builder.add("tiny_number", value=1.0)
    result = run(builder.graph(), folder)
    return Store(folder / "store"), result.nodes[node].key


def test_a_key_exists_only_with_manifest_and_object(tmp_path: Path) -> None:
    store, key = one_result(tmp_path)
    manifest = store.lookup(key)
    assert manifest is not None
    assert manifest.op == "tiny_number"
    assert manifest.params["value"] == 1.0
    assert manifest.facts["value"] == 1.0
    assert store.preimage(key) is not None
    store.set_aside(manifest.digest)
    assert store.lookup(key) is None
    store.put(Metric("x", 1.0, facts={"seed": 0, "draw": manifest.facts["facts"]["draw"]}))
    assert store.lookup(key) == manifest
    store.forget(key)
    assert store.lookup(key) is None


@pytest.mark.parametrize("content", ["", "{", "{}", '{"key": 1}', "\udcff"])
def test_a_torn_manifest_is_no_manifest(tmp_path: Path, content: str) -> None:
    store, key = one_result(tmp_path)
    path = store.keys / key / "manifest.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert store.lookup(key) is None


def test_the_first_result_of_a_key_stands(tmp_path: Path) -> None:
    """A worker that was given up on comes late, and whoever took its lease over has used it up."""
    builder = Builder()
    node = builder.add("tiny_number", value=1.0)
    entry = run(builder.graph(), tmp_path).nodes[node]
    store = Store(tmp_path / "store")
    first, preimage = store.lookup(entry.key), store.preimage(entry.key)
    assert first is not None
    assert preimage is not None
    late = first.model_copy(update={"run": "late", "digest": store.put(Metric("late", 2.0))})
    assert store.commit(entry.key, preimage, late, Lease(entry.key, 1)) == first
    assert store.lookup(entry.key) == first
    assert store.journal.results()[0]["digest"] == first.digest
    assert store.commit(entry.key, preimage, late, replace=True) == late
    assert store.lookup(entry.key) == late


def test_a_result_under_the_name_of_another_key_is_none(tmp_path: Path) -> None:
    """As a copy by hand leaves it: its object is sound, and of another computation."""
    builder = Builder()
    node = builder.add("tiny_number", value=1.0)
    key = run(builder.graph(), tmp_path).nodes[node].key
    store, other = Store(tmp_path / "store"), "0" * 64
    shutil.copytree(store.keys / key, store.keys / other)
    assert store.lookup(key) is not None
    assert store.lookup(other) is None


def test_objects_hold_no_time_name_or_place(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, key = one_result(tmp_path / "a")
    second, same = one_result(tmp_path / "b")
    assert key == same
    one, two = first.lookup(key), second.lookup(key)
    assert one is not None
    assert two is not None
    assert one.digest == two.digest
    assert one.started != two.started


def test_what_a_killed_process_left_is_swept_and_what_a_live_one_writes_is_not(
    store: Store,
) -> None:
    mine = store.scratch()
    gone = subprocess.Popen(["true"])
    gone.wait()
    dead = mine.with_name(mine.name.replace(f".{os.getpid()}.", f".{gone.pid}."))
    elsewhere = mine.with_name(f"elsewhere.example.org.{gone.pid}.abc")
    dead.mkdir()
    elsewhere.mkdir()
    Store(store.root).prepare()
    assert sorted(store.tmp.iterdir()) == sorted([mine, elsewhere])


def test_small_files_that_were_not_finished_are_swept(store: Store) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    mine = f".timings.json.{temporary_name()}"
    dead = mine.replace(f".{os.getpid()}.", f".{gone.pid}.")
    for name in (mine, dead, ".hidden"):
        (store.root / name).touch()
    store.prepare()
    assert {path.name for path in store.root.glob(".*")} == {mine, ".hidden"}


@pytest.mark.parametrize("is_later", [False, True])
def test_partial_results_go_with_the_result_that_they_were_for(
    tmp_path: Path, is_later: bool
) -> None:
    """Those of a node that is computed again, by --force or to mend it, are later than its result."""
    builder = Builder()
    node = builder.add("tiny_number", value=1.0)
    key = run(builder.graph(), tmp_path).nodes[node].key
    store = Store(tmp_path / "store")
    made = (store.keys / key / "manifest.json").stat().st_mtime
    piece = store.partials(key) / "piece"
    piece.parent.mkdir(parents=True)
    piece.touch()
    os.utime(piece, (made + is_later - 0.5,) * 2)
    store.prepare()
    assert piece.exists() == is_later


def test_a_store_of_another_layout_is_refused(store: Store) -> None:
    (store.root / "store.json").write_text(json.dumps({"layout": 99}))
    with pytest.raises(PrerequisiteError, match="layout 99"):
        Store(store.root)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)  # the journal is open


def test_a_full_disk_is_one_sentence_and_leaves_nothing(small_disk: Path, tmp_path: Path) -> None:
    store = Store(small_disk / "store")
    store.prepare()
    kept = store.put(Metric("a", 1.0))
    (tmp_path / "big").mkdir()
    (tmp_path / "big" / "weights").write_bytes(os.urandom(2_500_000))
    with pytest.raises(PrerequisiteError, match=r"the disk of .* is full"):
        store.put(Predictor({}, tmp_path / "big"))
    assert not list(store.tmp.iterdir())
    assert [path.name for path in store.objects.iterdir()] == [kept]
    assert store.is_sound(kept)


def test_a_full_disk_fails_the_node_without_a_traceback(small_disk: Path) -> None:
    builder = Builder()
    (small_disk / "config.json").write_text("x" * 1_500_000)
    node = builder.add("tiny_weights", source=".")
    result = run(builder.graph(), small_disk)
    assert result.status == "failed"
    ((failed, failure),) = result.failures
    assert failed.id == node
    assert failure.type == "PrerequisiteError"
    assert "is full" in failure.message


def test_a_read_only_store_is_one_sentence(small_disk: Path) -> None:
    store = Store(small_disk / "store")
    store.prepare()
    digest = store.put(Metric("a", 1.0))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(PrerequisiteError, match="can't be written"):
        store.put(Metric("a", 2.0))
    with pytest.raises(PrerequisiteError, match="can't be written"):
        one_result(small_disk)
    assert Store(store.root).open(digest).digest == digest
