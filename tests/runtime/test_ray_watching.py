"""What the driver sees of an attempt on Ray: its progress file, on a disk that machines share."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Any

from w2sdl_runtime.backends.watching import Watched
from w2sdl_runtime.worker.attempt_log import ProgressWriter


def test_progress_is_passed_on_once_and_no_time_limit_holds_afterwards(tmp_path: Path) -> None:
    told: list[Mapping[str, Any]] = []
    watched = Watched(tmp_path / "progress.json", told.append)
    watched.look()
    assert watched.begun is None
    writer = ProgressWriter(tmp_path, None)
    watched.look()
    watched.look()
    assert len(told) == 1
    assert watched.begun is not None
    assert watched.begun < inf
    writer(3, 9, "steps")
    writer.computed()
    watched.look()
    assert told[-1]["done"] == 3
    assert watched.begun == inf


def test_a_file_that_a_crashed_machine_left_empty_ends_nothing(tmp_path: Path) -> None:
    told: list[Mapping[str, Any]] = []
    (tmp_path / "progress.json").touch()
    Watched(tmp_path / "progress.json", told.append).look()
    assert not told
