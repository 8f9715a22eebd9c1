"""What travels to a cluster: code, the user's modules, variables; and where secrets don't go."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from w2sdl.cli.common import Request, load_spec, require_valid
from w2sdl.cli.failures import Failure
from w2sdl.cli.submit import job_words, needed_files
from w2sdl_runtime.cluster import carried
from w2sdl_runtime.cluster.carried import carry_code, forwarded_secrets, forwarded_variables
from w2sdl_runtime.cluster.ray_jobs import Job, JobRequest, entrypoint, pack
from w2sdl_runtime.op import PrerequisiteError


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
        "from w2sdl.syntax.grammar_text import grammar_text\n"
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
    root = tmp_path / "mine"
    (root / "specs").mkdir(parents=True)
    (root / "data").mkdir()
    (root / "specs" / "a.w2s").write_text("experiment a")
    (root / "data" / "rows.jsonl").write_text("{}")
    (root / "data" / ".cache").write_text("")
    (root / "other.bin").write_text("stays")
    target = tmp_path / "job"
    files = [Path("specs/a.w2s"), Path("data")]
    request = JobRequest(root, files, (), ["a.w2s", "--store", "/s/my store"], Path("specs"))
    pack(request, target)
    there = {
        str(path.relative_to(target / "project")) for path in (target / "project").rglob("*.*")
    }
    assert there == {"w2sdl.toml", "specs/a.w2s", "data/rows.jsonl"}
    assert entrypoint(request) == (
        'export W2SDL_CARRIED="$PWD" PYTHONPATH="$PWD" && cd project/specs && '
        "python -m w2sdl run a.w2s --store '/s/my store' --address auto"
    )


def test_a_path_that_leaves_the_project_does_not_travel(tmp_path: Path) -> None:
    for name in ("../w2sdl", "/etc/hostname"):
        request = JobRequest(tmp_path, [Path(name)], (), [])
        with pytest.raises(PrerequisiteError, match="lies outside the project"):
            pack(request, tmp_path / f"job-{len(name)}")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose spec lies in a folder of its own, beside data."""
    root = tmp_path / "mine"
    (root / "specs").mkdir(parents=True)
    (root / "rows").mkdir()
    (root / "w2sdl.toml").write_text("")
    (root / "rows" / "train.jsonl").write_text("{}")
    (root / "specs" / "rows.jsonl").write_text("{}")
    (root / "specs" / "parts.w2s").write_text("experiment parts\n")
    (root / "specs" / "a.w2s").write_text(
        'experiment a\n\nfile = "rows.jsonl"\n\nc = text_file(file, origin: "mine")\n'
    )
    monkeypatch.chdir(root)
    return root


def test_what_is_needed_is_found_from_the_root_on(project: Path) -> None:
    request = Request(Path("specs/a.w2s"), settings=('file="rows/train.jsonl"',))
    shared = Request(request.spec, settings=(f'file="{project}/rows/train.jsonl"',))
    for asked, more in (
        (request, {Path("rows/train.jsonl")}),
        (Request(request.spec), {Path("specs/rows.jsonl")}),
        (shared, set()),  # typed as an absolute path: all machines have it
    ):
        loaded = load_spec(asked)
        files = set(needed_files(loaded, require_valid(loaded), project))
        assert files == {Path("specs/a.w2s"), Path("w2sdl.toml"), *more}


def test_a_link_out_of_the_project_does_not_travel(project: Path) -> None:
    (project / "specs" / "rows.jsonl").unlink()
    (project / "specs" / "rows.jsonl").symlink_to("/etc/hostname")
    loaded = load_spec(Request(Path("specs/a.w2s")))
    with pytest.raises(PrerequisiteError, match="lies outside the project"):
        list(needed_files(loaded, require_valid(loaded), project))


def test_a_budget_travels_with_its_job(tmp_path: Path) -> None:
    """What the settings say travels as the settings do."""
    spec = tmp_path / "tiny.w2s"
    spec.write_text('experiment tiny "one"\ndata d = science_qa()\n', "utf-8")
    loaded = load_spec(Request(spec))
    options = {"device": "auto", "keep_going": False, "fresh": False, "budget": "12gpuh"}
    assert job_words(loaded, spec.name, options)[-2:] == ["--budget", "12gpuh"]
    assert "--budget" not in job_words(loaded, spec.name, {**options, "budget": None})
    assert job_words(loaded, spec.name, {**options, "budget": "none"})[-1] == "none"
    with pytest.raises(Failure, match="`12`: a number without a unit"):
        job_words(loaded, spec.name, {**options, "budget": "12"})


def test_a_job_out_of_budget_has_not_failed() -> None:
    from w2sdl.cli.jobs import _line

    job = Job("calm-otter", "FAILED", "exit code 3", None, None, exit_code=3, facts={})
    assert _line(job).split() == ["calm-otter", "incomplete"]
    failed = Job("calm-otter", "FAILED", "exit code 1", None, None, exit_code=1, facts={})
    assert _line(failed).split()[:2] == ["calm-otter", "failed"]
