"""Sources: content is in the key, paths and times are not; the hub is asked for commits only."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.runtime.tiny_graph import Builder, ran, run
from w2sdl.graph import Node
from w2sdl_runtime.driver import events
from w2sdl_runtime.hash_cache import HashCache
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.source_params import with_revisions, without_sources
from w2sdl_runtime.sources import Sources
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.worker.failures import Cause

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def reader(path: str) -> Builder:
    builder = Builder()
    builder.add("tiny_read", name="r", path=path)
    return builder


def test_a_file_is_known_by_its_content_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("4")
    (tmp_path / "b.txt").write_text("4")
    first = run(reader("a.txt").graph(), tmp_path)
    assert first.counts["executed"] == 1
    os.utime(tmp_path / "a.txt", (1, 1))
    assert run(reader("a.txt").graph(), tmp_path).counts["executed"] == 0
    assert run(reader("b.txt").graph(), tmp_path).counts["executed"] == 0
    preimage = Store(tmp_path / "store").preimage(first.nodes[next(iter(first.nodes))].key)
    assert "a.txt" not in str(preimage)
    (tmp_path / "a.txt").write_text("5")
    assert run(reader("a.txt").graph(), tmp_path).counts["executed"] == 1


@pytest.mark.parametrize("made_in", ["file", "folder"])
def test_what_changes_before_it_is_read_gives_no_result(tmp_path: Path, made_in: str) -> None:
    """Its key says what it held when the run began: what is computed now is not that key's result."""
    path = tmp_path / "a.txt" if made_in == "file" else tmp_path / "folder" / "a.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text("4")
    graph = reader("a.txt" if made_in == "file" else "folder").graph()

    def change(event: events.Event) -> None:
        if isinstance(event, events.NodeQueued):
            path.write_text("5")

    result = run(graph, tmp_path, sinks=[change])
    ((_, failure),) = result.failures
    assert failure.cause is Cause.PREREQUISITE
    assert "is not what it was" in failure.message
    assert not list(Store(tmp_path / "store").manifests())
    assert run(graph, tmp_path).status == "done"


def test_a_folder_is_known_by_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "one").write_text("1")
    run(reader("parts").graph(), tmp_path)
    (folder / ".DS_Store").write_text("bookkeeping")
    assert run(reader("parts").graph(), tmp_path).counts["executed"] == 0
    (folder / "one").rename(folder / "two")
    assert run(reader("parts").graph(), tmp_path).counts["executed"] == 1
    assert ran(tmp_path, "read") == 2


def test_a_file_that_is_not_there_fails_its_node_in_one_sentence(tmp_path: Path) -> None:
    result = run(reader("nowhere.txt").graph(), tmp_path)
    ((node, failure),) = result.failures
    assert node.address == "r"
    assert failure.message == "there is no file nowhere.txt"
    assert str(tmp_path) in failure.help


def resolved(node: Node, base: Path, lock: dict[str, str]) -> dict[str, dict[str, str]]:
    return Sources(base, lock, HashCache()).resolve(node)


def model(source: Any, **params: Any) -> Node:
    builder = Builder()
    builder.add("tiny_weights", source=source, **params)
    return next(iter(builder.nodes.values()))


def test_a_model_folder_is_known_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "config.json").write_text("{}")
    found = resolved(model("m"), tmp_path, {})
    assert list(found["source"]) == ["folder"]
    assert without_sources(model("m")) == {}


def test_a_hub_id_is_known_by_its_commit(tmp_path: Path) -> None:
    locked = {"lab/tiny": COMMIT, "lab/tiny@main": COMMIT[::-1]}
    for revision, commit in ((None, COMMIT), ("main", COMMIT[::-1]), ("f" * 40, "f" * 40)):
        node = model("lab/tiny") if revision is None else model("lab/tiny", revision=revision)
        found = resolved(node, tmp_path, locked)
        assert found == {"source": {"repo": "lab/tiny", "revision": commit}}
        assert with_revisions(node, found)["revision"] == commit
        assert without_sources(node) == {}


@pytest.mark.parametrize(
    ("constant", "value"), [("HF_HUB_OFFLINE", True), ("ENDPOINT", "http://127.0.0.1:9")]
)
def test_a_hub_out_of_reach_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, constant: str, value: object
) -> None:
    """Offline by choice, or nothing listening: whatever the HTTP library raises is explained."""
    monkeypatch.setattr(f"huggingface_hub.constants.{constant}", value)
    with pytest.raises(PrerequisiteError, match="can't be asked for model lab/tiny") as error:
        resolved(model("lab/tiny"), tmp_path, {})
    assert "revision:" in error.value.help


def test_a_path_is_no_hub_id(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError, match=r"there is no model ./weights/tiny"):
        resolved(model("./weights/tiny"), tmp_path, {})


def test_sources_in_variants_lists_and_records(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text(name)
    params = {
        "debater": {"variant": "written", "template": "a", "tokens": 3},
        "files": ["a", "b"],
        "parts": {"train": "c", "test": "a"},
        "absent": None,
    }
    builder = Builder()
    builder.add("tiny_number", value=1.0)
    base = next(iter(builder.nodes.values()))
    known = {"debater.template": "file", "files": "file", "parts": "file", "absent": "file"}
    fields = {name: getattr(base, name) for name in Node.__slots__}
    node = Node(**{**fields, "params": params, "key_params": params, "sources": known})
    found = resolved(node, tmp_path, {})
    assert set(found) == {"debater.template", "files.0", "files.1", "parts.train", "parts.test"}
    assert found["files.0"] == found["debater.template"] == found["parts.test"]
    assert without_sources(node) == {"debater": {"variant": "written", "tokens": 3}}


def rewritten(path: Path, text: str) -> None:
    """Change a file so that its size and time stay: only reading it can tell."""
    status = path.stat()
    path.write_text(text)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_digests_are_kept_for_files_that_did_not_change(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for path in (old, new):
        path.write_text("1")
    os.utime(old, (1, 1))
    first = HashCache(tmp_path / "hashes.json")
    digest = first.file(old)
    assert first.file(new) == digest
    first.save()
    rewritten(old, "2")
    rewritten(new, "2")
    again = HashCache(tmp_path / "hashes.json")
    assert again.file(old) == digest  # not read again
    assert again.file(new) != digest  # too young to be trusted: it could change under its time
    os.utime(old, (2, 2))
    assert again.file(old) == again.file(new)


class FakeHub(BaseHTTPRequestHandler):
    """Knows one repository, and counts who asks."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        known = self.path.startswith("/api/models/lab/tiny")
        body = json.dumps({"id": "lab/tiny", "sha": COMMIT} if known else {"error": "no"}).encode()
        self.send_response(200 if known else 404)
        if not known:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A hub on this machine; the requests that it got."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeHub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr(
        "huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{server.server_port}"
    )
    FakeHub.asked.clear()
    yield FakeHub.asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_hub_is_asked_once_for_a_commit(tmp_path: Path, hub: list[str]) -> None:
    resolver = Sources(tmp_path, {}, HashCache())
    for _ in range(3):
        assert resolver.resolve(model("lab/tiny"))["source"]["revision"] == COMMIT
    assert len(hub) == 1
    resolver.resolve(model("lab/tiny", revision="branch"))
    assert hub[1].startswith("/api/models/lab/tiny/revision/branch")


def test_a_repository_that_is_not_there_is_one_sentence(tmp_path: Path, hub: list[str]) -> None:
    with pytest.raises(PrerequisiteError, match="hub gives no model lab/none"):
        resolved(model("lab/none"), tmp_path, {})
    assert [path for path in hub if path.startswith("/api/models/")] == ["/api/models/lab/none"]
