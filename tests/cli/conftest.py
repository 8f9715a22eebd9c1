"""A small spec in a file, and in a repository with a history."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import SMALL
from tests.cli.repositories import git


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "small.w2s"
    path.write_text(SMALL, "utf-8")
    return path


@pytest.fixture
def repo(spec: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two commits of a spec that imports a library."""
    folder = spec.parent
    monkeypatch.chdir(folder)
    text = SMALL.replace("axis seed", 'import "lib.w2s" as lib\naxis seed').replace(
        "ceiling = Ψ(S, gold(d.transfer), head: likelihood(), seed: seed)",
        "top = lib.ceil(S, gold(d.transfer), seed)\nceiling = top.model",
    )
    library = "def ceil(m, y, s) -> model {\n  model = Ψ(m, y, head: likelihood(), seed: s)\n}\n"
    spec.write_text(text, "utf-8")
    (folder / "lib.w2s").write_text(library, "utf-8")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    (folder / "lib.w2s").write_text(library.replace("seed: s", "seed: s, train: {epochs: 3}"))
    git(folder, "commit", "-q", "-am", "second")
    return folder
