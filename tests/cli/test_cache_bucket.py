"""`w2sdl cache verify` and `gc` of a store in a bucket, and of the cache folder in front of it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.bucket import Bucket
from tests.cli.commands import w2sdl
from tests.cli.test_cache_copy import OPTIONS, SPEC
from w2sdl.cli import run_cli
from w2sdl_runtime.runs.results import open_run

RUN = ("run", "tiny.w2s", *OPTIONS)


@pytest.fixture
def place(tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The options that name a bucket in which four results are."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    (tmp_path / "tiny.w2s").write_text(SPEC)
    options = ("--store", bucket.url, "--cache", str(tmp_path / "front"))
    assert run_cli([*RUN, *options]) == 0
    return options


def results(bucket: Bucket) -> list[str]:
    return [name for name in bucket.names() if name.startswith("keys/") and "manifest" in name]


def test_a_bucket_is_verified(
    place: tuple[str, ...], bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    far = ("--store", bucket.url, "--cache", str(tmp_path / "nothing here yet"))
    code, out, _ = w2sdl(capsys, "cache", "verify", "--all", *far)
    assert code == 0
    assert out.startswith("4 objects, ")
    assert out.endswith(f", all sound  (store: {bucket.url})\n")
    name = next(name for name in bucket.names() if name.endswith("artifact.json"))
    bucket.put(name, bucket.get(name)[:-2] + b" }")
    assert w2sdl(capsys, "cache", "verify", "--all", "--quick", *far)[:2] == (
        0,
        f"records read: all there  (store: {bucket.url})\n",
    )
    code, out, _ = w2sdl(capsys, "cache", "verify", "--all", *far, "--json")
    found = json.loads(out)
    assert (code, found["objects"], len(found["findings"])) == (1, 4, 1)
    assert found["findings"][0]["damage"] == "its bytes have changed"
    assert len(results(bucket)) == 3
    code, out, _ = w2sdl(capsys, *RUN, *far, "--json")
    assert (code, out.count('"event": "node_reused"')) == (0, 3)
    assert len(results(bucket)) == 4


def test_some_results_of_a_bucket_are_verified(
    place: tuple[str, ...], bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = w2sdl(capsys, "cache", "verify", "start", *place)
    assert (code, out.startswith("2 objects, ")) == (0, True)
    code, _, err = w2sdl(capsys, "cache", "verify", "stat", *place)
    assert (code, "no stored result is called `stat`" in err) == (1, True)


def test_a_copy_here_mends_the_bucket(
    place: tuple[str, ...], bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    name = next(name for name in bucket.names() if name.endswith("artifact.json"))
    bucket.delete(name)
    code, out, _ = w2sdl(capsys, "cache", "verify", "--all", "--quick", *place)
    assert code == 1
    first, second = out.splitlines()
    assert "its object is missing; the sound copy of this machine has taken its place" in first
    assert second == f"records read: 1 missing or damaged  (store: {bucket.url})"
    assert name in bucket.names()


def test_a_bucket_is_collected(
    place: tuple[str, ...], bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = "c" * 64
    bucket.put(f"objects/{digest}/artifact.json", b"{}")
    before = bucket.names()
    code, out, _ = w2sdl(capsys, "cache", "gc", *place)
    assert code == 0
    assert out == (
        f"there is nothing to remove  (store: {bucket.url})\n"
        "1 object that no result names stays: younger than --grace\n"
    )
    time.sleep(1.1)  # the clock of a bucket knows whole seconds
    code, out, _ = w2sdl(capsys, "cache", "gc", *place, "--grace", "0s", "--dry-run")
    assert (code, out) == (0, f"would remove 1 object: 2 B  (store: {bucket.url})\n")
    assert bucket.names() == before
    code, out, _ = w2sdl(capsys, "cache", "gc", *place, "--grace", "0s", "--json")
    found = json.loads(out)
    assert (code, found["objects"], found["results"]) == (0, [digest], 4)
    assert (found["bytes"], found["store"]) == (2, bucket.url)
    assert len(results(bucket)) == 4
    assert w2sdl(capsys, "cache", "verify", "--all", *place)[0] == 0


def test_the_folder_in_front_is_collected_and_verified_alone(
    place: tuple[str, ...], bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = w2sdl(capsys, "cache", "gc", "--keep-runs", "0", *place)
    assert (code, "knows no runs: all results there stay" in err, "--here" in err) == (
        1,
        True,
        True,
    )
    before = bucket.names()
    keep = ("--keep-runs", "0", "--grace", "0s")
    code, out, _ = w2sdl(capsys, "cache", "gc", "--here", *keep, *place)
    assert code == 0
    assert out.startswith("removed 1 run, 4 results, 4 objects")
    assert not list((tmp_path / "front" / "objects").iterdir())
    assert bucket.names() == before
    code, out, _ = w2sdl(capsys, "cache", "verify", "--all", "--here", *place)
    assert (code, out) == (0, "0 objects, 0 B, all sound\n")
    code, out, _ = w2sdl(capsys, "plan", "tiny.w2s", "--module", "tests.cli.run_ops", *place)
    assert "4 to reuse, 0 to run" in out


def test_what_is_not_there_and_what_does_not_fit(
    place: tuple[str, ...], bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (("gc",), ("verify", "--all")):
        code, _, err = w2sdl(capsys, "cache", *command, "--store", f"{bucket.url}/deeper")
        assert (code, f"there is no store at {bucket.url}/deeper" in err) == (1, True)
        code, _, err = w2sdl(capsys, "cache", *command, "--here", "--store", str(tmp_path / "x"))
        assert (code, "is a folder, and has no cache in front of it" in err) == (1, True)


def test_a_run_says_the_url_that_its_results_are_at(
    place: tuple[str, ...], bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Breaks if the record names the cache folder as the store."""
    (tmp_path / "w2sdl.toml").write_text(f'store = "{bucket.url}"\ncache = "front"\n')
    run = open_run("last")
    assert (run.record.info.store, run.record.info.cache) == (bucket.url, str(tmp_path / "front"))
    saved = json.loads((run.folder / "run.json").read_text())
    assert saved["store"] == bucket.url
    code, out, _ = w2sdl(capsys, *RUN, *place, "--json")
    assert (code, json.loads(out.splitlines()[0])["store"]) == (0, bucket.url)
    folder = tmp_path / "of all #signs"
    assert w2sdl(capsys, *RUN, "--store", folder)[0] == 0
    info = open_run("last", folder).record.info
    assert (info.store, info.cache) == (str(folder), "")
