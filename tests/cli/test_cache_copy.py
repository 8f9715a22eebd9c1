"""`w2sdl cache push` and `pull`, and `--store URL`, against a real S3 server and against folders."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bucket import Bucket
from tests.cli.commands import w2sdl
from w2sdl.cli import run_cli
from w2sdl_runtime.storage.store import Store

ROOT = Path(__file__).parents[2]
SPEC = """
experiment tiny "nodes of all sorts"
axis arm = {a: "x", b: "y"}
start = quick(text: arm)
waits = slow(start, seconds: 0.05)
"""
OPTIONS = ("--module", "tests.cli.run_ops", "--executor", "local", "--quiet")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that has run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    (tmp_path / "w2sdl.toml").write_text('modules = ["tests.cli.run_ops"]\nexecutor = "local"\n')
    (tmp_path / "tiny.w2s").write_text(SPEC)
    assert run_cli(["run", "tiny.w2s", "--quiet"]) == 0
    return tmp_path


def counts(text: str) -> dict[str, int]:
    record = json.loads(text)
    return {name: record[name] for name in ("results", "objects", "there")}


def test_results_travel_through_a_bucket(
    project: Path, bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = w2sdl(capsys, "cache", "push", bucket.url)
    assert (code, out, err) == (0, "4 results, 4 objects copied\n", "")
    assert w2sdl(capsys, "cache", "push", bucket.url)[1] == (
        "0 results, 0 objects copied; 4 were there already\n"
    )
    code, out, err = w2sdl(capsys, "cache", "pull", bucket.url, "--store", "other")
    assert (code, out) == (0, "4 results, 4 objects copied\n")
    assert len(list(Store(Path("other")).manifests())) == 4
    code, out, err = w2sdl(capsys, "plan", "tiny.w2s", "--store", "other", "--detailed-exitcode")
    assert code == 0, out
    assert w2sdl(capsys, "cache", "verify", "--all", "--store", "other")[0] == 0


def test_a_part_travels_by_address_and_by_spec(
    project: Path, bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = w2sdl(capsys, "cache", "push", bucket.url, "start", "--json")
    assert (code, counts(out)) == (0, {"results": 2, "objects": 2, "there": 0})
    code, _, err = w2sdl(capsys, "cache", "push", bucket.url, "stat")
    assert code == 1
    assert "no stored result is called `stat`" in err
    code, out, _ = w2sdl(capsys, "cache", "push", bucket.url, "tiny.w2s", "--json")
    assert (code, counts(out)) == (0, {"results": 2, "objects": 2, "there": 2})
    (project / "other.w2s").write_text('experiment other\nstart = quick(text: "x")\n')
    code, out, _ = w2sdl(
        capsys, "cache", "pull", bucket.url, "other.w2s", "--store", "far", "--json"
    )
    assert (code, counts(out)) == (0, {"results": 1, "objects": 1, "there": 0})
    (project / "new.w2s").write_text('experiment new\nstart = quick(text: "z")\n')
    code, _, err = w2sdl(capsys, "cache", "pull", bucket.url, "new.w2s")
    assert (code, "no result of new.w2s is there" in err) == (1, True)


def test_a_folder_is_a_place_too(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert w2sdl(capsys, "cache", "push", "a folder")[0] == 0
    assert len(list(Store(Path("a folder")).manifests())) == 4
    code, _, err = w2sdl(capsys, "cache", "pull", "nowhere", "--store", "other")
    assert (code, "nowhere holds no results" in err) == (1, True)
    assert w2sdl(capsys, "cache", "pull", "a folder", "--store", "other")[0] == 0


def test_when_expectations_were_first_seen_travels_with_them(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "a" * 64
    record = {
        "first": "2026-01-01T00:00:00+00:00",
        "run": "r",
        "numbers": 1,
        "known": 0,
        "brought": 0,
    }
    claims = Store(Path(".w2sdl")).root / "claims"
    claims.mkdir(exist_ok=True)
    (claims / f"{name}.json").write_text(json.dumps(record))
    (claims / f"{'b' * 64}.json").write_text("{")
    code, out, err = w2sdl(capsys, "cache", "push", "a folder")
    assert code == 1
    assert "1 record of when an expectation was first seen copied" in out
    assert f"{'b' * 64}.json: no record of when an expectation was first seen" in err
    assert "help: a run of its spec in that store writes it anew" in err
    code, out, err = w2sdl(capsys, "cache", "pull", "a folder", "--store", "far")
    assert (code, err) == (0, "")
    assert json.loads(Path(f"far/claims/{name}.json").read_text()) == record


def test_damage_is_not_copied(
    project: Path, bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(project / ".w2sdl")
    victim = next(iter(store.manifests()))
    path = store.path(victim.digest) / "artifact.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b" ")
    code, out, err = w2sdl(capsys, "cache", "push", bucket.url)
    assert (code, out) == (1, "3 results, 3 objects copied\n")
    assert f"{victim.address}: its bytes are not right" in err
    other = next(name for name in bucket.names() if name.endswith("artifact.json"))
    bucket.put(other, bucket.get(other)[:-1] + b" ")
    code, out, err = w2sdl(capsys, "cache", "pull", bucket.url, "--store", "other")
    assert (code, out) == (1, "2 results, 2 objects copied\n")
    assert w2sdl(capsys, "cache", "verify", "--all", "--store", "other")[0] == 0


@pytest.mark.parametrize("point", ["push.object", "push.manifest", "pull.object", "pull.manifest"])
def test_a_killed_copy_goes_on_where_it_was(
    project: Path, bucket: Bucket, capsys: pytest.CaptureFixture[str], point: str
) -> None:
    what = point.partition(".")[0]
    if what == "pull":
        assert w2sdl(capsys, "cache", "push", bucket.url)[0] == 0
    store = ".w2sdl" if what == "push" else "other"
    command = ["cache", what, bucket.url, "--store", store]
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}",
        "W2SDL_TEST_KILL": f"{point}:2",
    }
    done = subprocess.run(
        [sys.executable, "-m", "w2sdl", *command], env=environment, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    code, out, _ = w2sdl(capsys, *command, "--json")
    found = counts(out)
    before = 2 if point.endswith("manifest") else 1
    assert (code, found["results"], found["there"]) == (0, 4 - before, before)
    assert found["objects"] == 2
    names = bucket.names()
    assert len([name for name in names if name.endswith("manifest.json")]) == 4
    assert w2sdl(capsys, "cache", "verify", "--all", "--store", store)[0] == 0


def test_a_run_with_a_store_at_a_url(
    project: Path, bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ("run", "tiny.w2s", "--store", bucket.url)
    code, out, err = w2sdl(capsys, *run)
    assert code == 0, err
    assert f"store   {bucket.url}\n" in out
    assert list((project / "caches" / "w2sdl" / "stores").iterdir())
    # Another machine: nothing in its cache.
    code, out, _ = w2sdl(
        capsys, "plan", "tiny.w2s", "--store", bucket.url, "--cache", "c2", "--json"
    )
    reasons = {r["reason"] for entry in json.loads(out)["nodes"] for r in entry["reasons"]}
    assert (code, reasons) == (0, {"CACHED_REMOTE"})
    code, out, _ = w2sdl(capsys, *run, "--cache", "c2", "--json")
    assert code == 0
    assert json.loads(out.splitlines()[-1])["status"] == "done"
    code, out, _ = w2sdl(capsys, "runs", "--store", bucket.url, "--cache", "c2", "--json")
    assert len(json.loads(out)) == 1
    assert not list(Path("c2/objects").iterdir())  # nothing needed to be fetched
    # By the settings of the project.
    (project / "w2sdl.toml").write_text(
        f'modules = ["tests.cli.run_ops"]\nexecutor = "local"\nstore = "{bucket.url}"\ncache = "c3"\n'
    )
    code, out, _ = w2sdl(capsys, "plan", "tiny.w2s")
    assert f"4 to reuse, 0 to run  (store: {bucket.url})" in out
    assert Path("c3").is_dir()


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("s3://key:hidden@bucket/x", "the store s3://***@bucket/x holds credentials"),
        ("s3://hidden@bucket/x", "the store s3://***@bucket/x holds credentials"),
        ("sftp://me:hidden@host/x", "the store sftp://***@host/x holds credentials"),
        ("az://box/x?sig=hidden", "the store az://box/x holds more than a place"),
        ("simplecache::s3://bucket/x", "holds more than a place"),
        ("memory://x", "no store can be kept at memory://x"),
    ],
)
@pytest.mark.parametrize("command", [("plan", "tiny.w2s", "--store"), ("cache", "push")])
def test_places_that_are_refused(
    project: Path, capsys: pytest.CaptureFixture[str], place: str, message: str, command: list[str]
) -> None:
    code, out, err = w2sdl(capsys, *command, place)
    assert code == 1
    assert message in err
    assert "hidden" not in out + err
    assert "Traceback" not in err


def test_a_package_that_is_missing_is_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = w2sdl(capsys, "plan", "tiny.w2s", "--store", "gs://bucket/x")
    assert code == 1
    assert err == ("error: stores at gs:// need another package\n  help: pip install gcsfs\n")


def test_a_cache_needs_a_store_elsewhere(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = w2sdl(capsys, "plan", "tiny.w2s", "--cache", "c")
    assert (code, "is a folder, and has no cache in front of it" in err) == (1, True)
