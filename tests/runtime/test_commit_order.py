"""What a power cut may find: bytes are on the disk before they get a name, objects before results."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.runtime.tiny_graph import Builder, run
from tests.runtime.tiny_run import prepare
from w2sdl_runtime.partials import Partial, Partials
from w2sdl_runtime.storage.store import Store

Happened = list[tuple[str, Path, Path]]


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> Happened:
    """All files that this process flushes to the disk or renames from here on, in order."""
    found: Happened = []
    fsync = os.fsync

    def flush(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        fsync(descriptor)
        found.append(("flushed", path, path))

    def noting(call: Callable[..., None]) -> Callable[..., None]:
        def rename(source: Any, target: Any, **more: Any) -> None:
            call(source, target, **more)
            found.append(("named", Path(source), Path(target)))

        return rename

    monkeypatch.setattr(os, "fsync", flush)
    for name in ("rename", "replace"):
        monkeypatch.setattr(os, name, noting(getattr(os, name)))
    return found


def named(happened: Happened, target: Path) -> int:
    """When something got its name, for the first time."""
    return next(at for at, (what, _, to) in enumerate(happened) if (what, to) == ("named", target))


def flushed_before(happened: Happened, at: int) -> set[Path]:
    return {path for what, path, _ in happened[:at] if what == "flushed"}


def test_a_result_gets_its_name_last(tmp_path: Path, happened: Happened) -> None:
    builder = Builder()
    node = builder.add("tiny_weights", source="model")
    entry = run(builder.graph(), prepare(tmp_path)).nodes[node]
    store = Store(tmp_path / "store")
    folder, key = store.path(entry.digest), store.keys / entry.key
    of_object, of_key, of_result = (
        named(happened, path) for path in (folder, key / "key.json", key / "manifest.json")
    )
    assert of_object < of_key < of_result
    files = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert len(files) > 1
    scratch = happened[of_object][1]
    assert {scratch / name for name in files} <= flushed_before(happened, of_object)
    assert happened[of_result][1] in flushed_before(happened, of_result)


def test_a_partial_result_is_whole_before_it_replaces_another(
    tmp_path: Path, happened: Happened
) -> None:
    partials = Partials(tmp_path / "partial", 0.0, tmp_path)
    for step in range(2):
        partials.save("training", Partial({"step": np.array(step)}, {"step": step}))
        (path,) = (tmp_path / "partial").iterdir()
        at = named(happened, path)
        assert happened[at][1] in flushed_before(happened, at)
