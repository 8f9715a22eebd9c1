"""What travels to a cluster is what is imported here."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from w2sdl_runtime.carried import carry_code


def test_of_a_package_in_several_folders_the_first_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("first", "second"):
        package = tmp_path / folder / "spread"
        package.mkdir(parents=True)
        (package / "both.py").write_text(f"PLACE = {folder!r}\n")
        (package / f"only_{folder}.py").touch()
        monkeypatch.syspath_prepend(tmp_path / folder)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "first"), *sys.path])
    carry_code(tmp_path / "carried", ["spread.both"])
    found = tmp_path / "carried" / "spread"
    assert (found / "both.py").read_text() == "PLACE = 'first'\n"
    assert {path.name for path in found.iterdir()} == {
        "both.py",
        "only_first.py",
        "only_second.py",
    }
