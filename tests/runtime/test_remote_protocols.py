"""What is not particular to S3: stores on file systems of fsspec that promise less, or fail otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from tests.bucket import Bucket
from tests.runtime.remote_runs import assert_whole, at, digests, run
from tests.runtime.tiny_graph import Builder
from tests.runtime.tiny_run import prepare, small_graph
from w2sdl.cli import run_cli
from w2sdl_runtime.cache.collecting_remote import collect_remote
from w2sdl_runtime.cache.verifying_remote import verify_remote
from w2sdl_runtime.cluster.doctor import Level, check_bucket
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.storage.remote_folder import RemoteFolder


class Careless(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Writes a file whether there is one or not, whatever it was asked, and knows no times."""

    protocol = "careless"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    refusal: ClassVar[Exception | None] = None

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: Any) -> None:
        super().pipe_file(path, value, mode="overwrite")

    def cat_file(self, path: str, **options: Any) -> Any:
        if self.refusal is not None:
            raise self.refusal
        return super().cat_file(path, **options)


@pytest.fixture
def careless() -> Iterator[Bucket]:
    fsspec.register_implementation("careless", Careless, clobber=True)
    yield Bucket("", "careless://box/study", None)
    Careless.store.clear()
    Careless.refusal = None


@pytest.mark.parametrize("protocol", ["careless", "memory"])
def test_a_place_that_does_not_decide_is_said_to_be_one(
    careless: Bucket, tmp_path: Path, protocol: str
) -> None:
    """One writes over what is there, the other looks first: neither tells two at once apart."""
    place = Bucket("", f"{protocol}://box/{tmp_path.name}", None)
    assert not RemoteFolder(place.url).decides()
    assert not RemoteFolder(place.url).sizes("tmp")  # the question leaves nothing
    store = at(place, tmp_path / "cache")
    assert store.caution == ""
    store.prepare()
    assert store.caution.startswith(f"{place.url} does not decide which of two machines was first")
    assert at(place, tmp_path / "cache").caution == store.caution
    check = check_bucket(place.url)
    assert (check.level, check.fact) == (Level.WARNING, store.caution)


def test_a_place_that_decides_needs_no_word(bucket: Bucket, tmp_path: Path) -> None:
    for place in (bucket, Bucket("", f"file://{tmp_path}/far", None)):
        store = at(place, tmp_path / place.url.partition(":")[0])
        store.prepare()
        assert store.caution == ""
        assert RemoteFolder(place.url).decides()


def test_runs_checks_and_collections_work_there_too(
    careless: Bucket, tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    graph = small_graph()
    assert digests(run(graph.graph(), prepare(tmp_path), careless)) == undisturbed
    other = run(graph.graph(), tmp_path, careless, cache="other")
    assert (other.counts["executed"], digests(other)) == (0, undisturbed)
    assert_whole(careless, tmp_path)
    store = at(careless, tmp_path / "third")
    found = verify_remote(store)
    assert (found.objects > 5, found.findings) == (True, ())
    store.remote.folder.write(f"objects/{'c' * 64}/artifact.json", b"{}")
    assert collect_remote(store.remote, -5.0).objects == ["c" * 64]
    number = graph.id("tiny_number2")
    store.remote.folder.write(f"objects/{undisturbed[number]}/artifact.json", b"{}")
    (finding,) = verify_remote(store).findings
    assert finding.digest == undisturbed[number]
    fifth = run(graph.graph(), tmp_path, careless, cache="fifth")
    assert (fifth.counts["executed"], digests(fifth)) == (1, undisturbed)


def test_who_reads_last_follows_what_stands(careless: Bucket, tmp_path: Path) -> None:
    """Another machine writes between our look and our writing, and once more right after it."""
    folder = RemoteFolder(careless.url)
    fs = folder._place[0]
    plain = fs.pipe_file

    def and_theirs(path: str, value: bytes, **options: Any) -> None:
        plain(path, value, **options)
        plain(path, b"theirs")

    fs.pipe_file = and_theirs
    try:
        assert folder.create("one", b"ours") == b"theirs"
    finally:
        del fs.pipe_file


def test_a_file_without_a_time_is_never_old(
    careless: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = Builder()
    builder.add("tiny_number", value=1.0)
    run(builder.graph(), tmp_path, careless)
    remote = at(careless, tmp_path / "cache").remote
    remote.folder.write(f"objects/{'c' * 64}/artifact.json", b"{}")
    find = Careless.find

    def timeless(self: Careless, path: str, **options: Any) -> Any:
        found = find(self, path, **options)
        return {n: {k: v for k, v in i.items() if k != "created"} for n, i in found.items()}

    monkeypatch.setattr(Careless, "find", timeless)
    done = collect_remote(remote, -5.0)
    assert (done.objects, done.young) == ([], 1)


class Refused(Exception):
    """As some libraries say it: a class of their own, and a number."""

    code = 403


class ClientAuthenticationError(Exception):
    """As others do."""


@pytest.mark.parametrize("error", [Refused("no"), ClientAuthenticationError("no")])
def test_a_refusal_in_the_words_of_another_library_is_one_sentence(
    careless: Bucket, tmp_path: Path, error: Exception
) -> None:
    Careless.refusal = error
    with pytest.raises(PrerequisiteError, match="careless://box/study lets nobody in: no"):
        at(careless, tmp_path / "cache").prepare()


def test_a_run_says_it_once_in_plain_words(
    careless: Bucket,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.w2s").write_text('experiment tiny\nstart = quick(text: "x")\n')
    options = ["--module", "tests.cli.run_ops", "--executor", "local", "--quiet"]
    place = ["--store", careless.url, "--cache", "front"]
    assert run_cli(["run", "tiny.w2s", *options, *place]) == 0
    err = capsys.readouterr().err
    assert err.count(f"warning: {careless.url} does not decide which of two machines") == 1
    assert run_cli(["run", "tiny.w2s", *options, *place, "--json"]) == 0
    out = capsys.readouterr()
    assert "does not decide" not in out.err
    assert all(json.loads(line) for line in out.out.splitlines())
