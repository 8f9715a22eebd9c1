"""Partial results: whole or not there, the newest that is whole, and nothing of them fails a node."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from w2sdl_runtime.faults import VARIABLE
from w2sdl_runtime.partials import Partial, Partials
from w2sdl_runtime.storage.store import Store


def opened(folder: Path, every: float = 0.0, said: list[str] | None = None) -> Partials:
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return Partials(
        folder / "partial", every, work, said.append if said is not None else lambda _: None
    )


def piece(step: int) -> Partial:
    arrays = {"weight": np.full((3, 2), step, np.float32), "step": np.array(step, np.int64)}
    return Partial(arrays, {"step": step})


def step_of(partial: Partial | None) -> int:
    """The step that a piece is of, which all of it agrees on; 0 for none."""
    if partial is None:
        return 0
    assert partial.arrays["step"].shape == ()
    assert int(partial.arrays["step"]) == partial.facts["step"]
    assert (partial.arrays["weight"] == partial.facts["step"]).all()
    return int(partial.facts["step"])


def files(folder: Path) -> list[Path]:
    return sorted((folder / "partial").iterdir())


def test_the_last_piece_of_a_label_is_found_and_replaces_the_others(tmp_path: Path) -> None:
    partials = opened(tmp_path)
    for step in range(1, 13):
        partials.save("training", piece(step))
    partials.save("another", piece(99))
    assert len(files(tmp_path)) == 2
    again = opened(tmp_path)
    assert step_of(again.load("training")) == 12
    assert step_of(again.load("another")) == 99
    assert again.load("train") is None
    assert not list((tmp_path / "work").iterdir())
    again.clear()
    assert not (tmp_path / "partial").exists()
    assert again.load("training") is None


def damage(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    if how == "torn":
        content = content[:-5]
    elif how == "empty":
        content.clear()
    else:
        content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["torn", "empty", "flipped"])
def test_a_damaged_file_is_passed_over_with_a_line_in_the_log(tmp_path: Path, how: str) -> None:
    partials = opened(tmp_path)
    partials.save("training", piece(1))
    first = files(tmp_path)[0]
    kept = first.read_bytes()
    partials.save("training", piece(2))
    first.write_bytes(kept)  # killed before it was removed
    damage(files(tmp_path)[1], how)
    said: list[str] = []
    again = opened(tmp_path, said=said)
    assert step_of(again.load("training")) == 1
    assert len(said) == 1
    assert "is damaged: what it held is done again" in said[0]
    damage(first, how)
    assert again.load("training") is None
    again.save("training", piece(3))
    assert step_of(opened(tmp_path).load("training")) == 3
    assert len(files(tmp_path)) == 1


SCRIPT = """
import sys
from pathlib import Path
from tests.runtime.test_partials import opened, piece, step_of
partials = opened(Path(sys.argv[1]))
for step in range(step_of(partials.load("training")) + 1, 6):
    partials.save("training", piece(step))
"""


@pytest.mark.parametrize(
    ("point", "done"),
    [("partial.saved-temp:3", 2), ("partial.saved:3", 3), ("partial.resumed:1", 0)],
)
def test_killed_while_it_commits(tmp_path: Path, point: str, done: int) -> None:
    if done == 0:
        opened(tmp_path).save("training", piece(4))
        done = 4
    root = Path(__file__).parents[2]
    path = f"{root}{os.pathsep}{root / 'runtime'}"
    environment = {**os.environ, "PYTHONPATH": path, VARIABLE: point}
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    ended = subprocess.run(command, env=environment, cwd=root, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert step_of(opened(tmp_path).load("training")) == done
    subprocess.run(command, env=environment | {VARIABLE: ""}, cwd=root, check=True)
    assert step_of(opened(tmp_path).load("training")) == 5
    assert len(files(tmp_path)) == 1


def test_a_piece_waits_until_a_commit_is_due_and_takes_the_others_along(tmp_path: Path) -> None:
    partials = opened(tmp_path, every=3600.0)
    assert not partials.due()
    partials.offer("first", piece(1))
    assert not (tmp_path / "partial").exists(), "a short node pays nothing"
    partials.save("second", piece(2))
    again = opened(tmp_path)
    assert step_of(again.load("first")) == 1
    assert step_of(again.load("second")) == 2
    partials.offer("third", piece(3))
    partials.flush()
    assert step_of(again.load("third")) == 3


def test_without_a_folder_or_a_label_nothing_is_kept(tmp_path: Path) -> None:
    nowhere = Partials()
    assert not nowhere.due()
    nowhere.save("training", piece(1))
    assert nowhere.load("training") is None
    nowhere.clear()
    unnamed = opened(tmp_path)
    unnamed.save("", piece(1))
    assert unnamed.load("") is None
    assert not (tmp_path / "partial").exists()


def test_what_cannot_be_written_fails_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "partial").write_text("in the way")
    partials = opened(tmp_path, said=said)
    partials.save("training", piece(1))
    assert partials.load("training") is None
    assert len(said) == 1
    assert "the work goes on" in said[0]


def test_a_store_sweeps_partials_of_finished_nodes_only(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.prepare()
    for key in ("done", "under-way"):
        Partials(store.partials(key), 0.0).save("training", piece(1))
    (store.keys / "done").mkdir()
    (store.keys / "done" / "manifest.json").write_text("{}")
    store.prepare()
    assert [path.name for path in (tmp_path / "partial").iterdir()] == ["under-way"]
