"""Run folders: unique names, found again by any handle, and never a raw address in a path."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.runtime.tiny_graph import Builder, run
from w2sdl.graph import Node
from w2sdl.kinds import Kind
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.runs.loaded_run import load_run, run_folders
from w2sdl_runtime.runs.run_record import RunRecord, RunRequest, slug
from w2sdl_runtime.storage.store import Store


def small() -> Builder:
    builder = Builder()
    builder.add("tiny_number", value=1.0)
    return builder


def test_runs_are_found_by_id_name_and_last(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with pytest.raises(PrerequisiteError, match="holds no run yet"):
        load_run(store, "last")
    runs = [run(small().graph(), tmp_path).run for _ in range(5)]
    assert len(set(runs)) == 5
    assert load_run(store, "last").info.run == runs[-1]
    assert load_run(store, runs[0]).info.run == runs[0]
    name = runs[2].split("-", 2)[2]
    if sum(other.endswith(name) for other in runs) == 1:
        assert load_run(store, name).info.run == runs[2]
    with pytest.raises(PrerequisiteError, match="5 runs called `2`"):
        load_run(store, "2")
    with pytest.raises(PrerequisiteError, match="no run called `nonsense`"):
        load_run(store, "nonsense")


def test_what_was_asked_for_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    graph = small().graph()
    request = RunRequest("tiny.w2s", "text", "resolved", ("test",), ("a=1",), "w2sdl run tiny.w2s")
    record = RunRecord.create(store, graph, request)
    record.finish("done")
    found = load_run(store, "last")
    assert found.graph() == graph
    assert found.info.spec_text == "text"
    assert (found.info.profiles, found.info.overrides) == (["test"], ["a=1"])
    assert found.info.command == "w2sdl run tiny.w2s"
    assert found.info.packages["numpy"]
    assert found.info.ended is not None
    assert found.info.ended >= found.info.started


def test_a_run_whose_folder_was_removed_is_gone_whatever_the_journal_says(tmp_path: Path) -> None:
    first, last = (run(small().graph(), tmp_path) for _ in range(2))
    store = Store(tmp_path / "store")
    assert load_run(store, "last").info.run == last.run
    shutil.rmtree(last.folder)
    assert load_run(store, "last").info.run == first.run
    with pytest.raises(PrerequisiteError, match="no run called"):
        load_run(store, last.run)


def test_a_folder_without_run_json_is_no_run(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    run(small().graph(), tmp_path)
    (store.root / "runs" / "99999999-999999-half-made").mkdir()
    assert len(run_folders(store)) == 1
    assert load_run(store, "last").status == "done"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("S'[evidence=debate, seed=2]", "S-evidence-debate-seed-2-0123456789ab"),
        ("../../etc/passwd", "etc-passwd-0123456789ab"),
        ("Φ", "0123456789ab"),
        ("é" * 300, "e" * 48 + "-0123456789ab"),
    ],
)
def test_slugs_are_plain_and_unique(address: str, expected: str) -> None:
    id_ = "0123456789abcdef"
    node = Node(id_, "o", 1, {}, {}, {}, {}, Kind.METRIC, False, 1, False, "n", {}, address)
    assert slug(node) == expected
