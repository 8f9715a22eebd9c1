"""What travels to a cluster: code, the user's modules, variables; and where secrets don't go."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from w2sdl_runtime import carried
from w2sdl_runtime.carried import carry_code, forwarded_secrets, forwarded_variables
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ray_jobs import JobRequest, entrypoint, pack


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module with a neighbour and a package, found like a user's."""
    folder = tmp_path / "own"
    (folder / "own_package" / "__pycache__").mkdir(parents=True)
    (folder / "own_package" / "__init__.py").write_text("")
    (folder / "own_package" / "prompt.txt").write_text("hello")
    (folder / "own_package" / "__pycache__" / "x.pyc").write_text("")
    (folder / "own_package" / ".hidden").write_text("")
    (folder / "own_module.py").write_text("def f():\n    import own_neighbour\n")
    (folder / "own_neighbour.py").write_text("")
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_the_folder_is_enough_to_run_w2sdl(modules: Path, tmp_path: Path) -> None:
    target = tmp_path / "there"
    target.mkdir()
    carry_code(target, ["own_module", "own_package.part", "json"])
    assert not list(target.rglob("__pycache__"))
    assert not list(target.rglob(".hidden"))
    assert (target / "own_package" / "prompt.txt").read_text() == "hello"
    code = (
        "import own_module, own_package, w2sdl, w2sdl_runtime; own_module.f()\n"
        "from w2sdl.discover import load_signatures\n"
        "from w2sdl.grammar_text import grammar_text\n"
        "assert load_signatures().op('accuracy') and grammar_text()\n"
        "print(w2sdl.__file__, w2sdl_runtime.__file__)"
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=target, env=environment, text=True, capture_output=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert all(path.startswith(str(target)) for path in done.stdout.split())
    assert not (target / "json").exists(), "what Python brings stays"


def test_too_much_is_refused_by_its_largest_file(
    modules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carried, "MAX_BYTES", 8 * 2**20)
    (modules / "own_package" / "weights.bin").write_bytes(bytes(9 * 2**20))
    (tmp_path / "there").mkdir()
    with pytest.raises(
        PrerequisiteError, match=r"largest file is own_package/weights\.bin, with 9"
    ):
        carry_code(tmp_path / "there", ["own_package"])


def test_a_module_that_is_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError, match="`no_such_module` can't be found"):
        carry_code(tmp_path, ["no_such_module"])


def test_secrets_are_not_among_the_variables() -> None:
    mine = {"HF_TOKEN": "s1", "AWS_SECRET_ACCESS_KEY": "s2", "HF_HOME": "/h", "W2SDL_X": "1",
            "HOME": "/home/me", "RAY_AUTH_TOKEN": "s3"}  # fmt: skip
    assert forwarded_variables(mine) == {"HF_HOME": "/h", "W2SDL_X": "1"}
    assert forwarded_secrets(mine) == {"HF_TOKEN": "s1", "AWS_SECRET_ACCESS_KEY": "s2"}


def test_a_job_carries_what_the_spec_names(tmp_path: Path) -> None:
    spec = tmp_path / "specs"
    (spec / "data").mkdir(parents=True)
    (spec / "a.w2s").write_text("experiment a")
    (spec / "data" / "rows.jsonl").write_text("{}")
    (spec / "other.bin").write_text("stays")
    target = tmp_path / "job"
    request = JobRequest(spec, ["a.w2s", "data"], (), ["spec/a.w2s", "--store", "/s/my store"])
    pack(request, target)
    assert (target / "spec" / "data" / "rows.jsonl").is_file()
    assert not (target / "spec" / "other.bin").exists()
    assert entrypoint(request) == (
        "python -m w2sdl run spec/a.w2s --store '/s/my store' --address auto"
    )


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


def test_a_path_that_leaves_the_folder_does_not_travel(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "a.w2s").write_text("experiment a")
    (tmp_path / "w2sdl").mkdir()
    request = JobRequest(tmp_path / "specs", ["a.w2s", "../w2sdl"], (), [])
    with pytest.raises(PrerequisiteError, match="outside the folder of the spec"):
        pack(request, tmp_path / "job")
