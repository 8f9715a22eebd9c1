"""Lock files: written from what a hub says, and then no hub is needed. The hub is a server on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from w2sdl.cli import run_cli

COMMITS = {"/api/models/lab/tiny": "a" * 40, "/api/datasets/lab/rows": "b" * 40}
SPEC = """
experiment locked "names two repositories"
data d = hub("lab/rows", format: binary(text: "text", label: "label"), parts: {supervise: 10, test: 10})
weak W = model("lab/tiny")
t = finetune(W, gold(d.supervise))
measure m = accuracy(t) on d.test
"""


class _Hub(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        commit = COMMITS.get(self.path.partition("?")[0].partition("/revision/")[0])
        body = json.dumps({"id": self.path.split("/", 3)[-1], "sha": commit} if commit else {})
        self.send_response(200 if commit else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", endpoint)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "locked.w2s"
    path.write_text(SPEC, "utf-8")
    return path


def test_a_locked_spec_plans_without_a_hub(
    spec: Path, hub: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert run_cli(["lock", str(spec)]) == 0
    assert f"datasets/lab/rows = {'b' * 40}" in capsys.readouterr().out
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    assert run_cli(["plan", str(spec), "--store", str(spec.parent / "store")]) == 0
    assert run_cli(["lock", str(spec)]) == 0  # nothing is asked again
    assert "2 revisions, 0 files" in capsys.readouterr().out
    assert run_cli(["compile", str(spec)]) == 0
    assert f"# locked: lab/tiny = {'a' * 40}" in capsys.readouterr().out


def test_upgrade_asks_again_and_says_what_moved(
    spec: Path, hub: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert run_cli(["lock", str(spec)]) == 0
    monkeypatch.setitem(COMMITS, "/api/models/lab/tiny", "c" * 40)
    assert run_cli(["lock", str(spec), "--upgrade"]) == 0
    assert f"lab/tiny = {'c' * 40} (was {'a' * 40})" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": "other", "revisions": {}}'])
def test_a_file_that_is_no_lock_is_refused(
    spec: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(f"{spec}.lock").write_text(text, "utf-8")
    assert run_cli(["plan", str(spec), "--store", str(spec.parent / "store")]) == 1
    error = capsys.readouterr().err
    assert "locked.w2s.lock" in error
    assert "delete it" in error  # `w2sdl lock` reads it too: writing it again is no help alone


FILES = """
experiment files "reads files of its own"
texts = text_file("corpus.txt", origin: "by hand")
"""


@pytest.fixture
def files_spec(tmp_path: Path) -> Path:
    path = tmp_path / "files.w2s"
    path.write_text(FILES, "utf-8")
    (tmp_path / "corpus.txt").write_text("one\n\ntwo\n", "utf-8")
    return path


def plan_locked(spec: Path) -> int:
    return run_cli(["plan", str(spec), "--store", str(spec.parent / "store"), "--locked"])


def test_locked_passes_where_nothing_moved_and_refuses_without_a_lock(
    files_spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan_locked(files_spec) == 1
    assert f"help: write it: w2sdl lock {files_spec}" in capsys.readouterr().err
    assert run_cli(["lock", str(files_spec)]) == 0
    assert "0 revisions, 1 file and" in capsys.readouterr().out
    assert plan_locked(files_spec) == 0
    assert run_cli(["run", str(files_spec), "--locked", "-n"]) == 0


def test_locked_names_all_that_moved_and_what_to_do(
    files_spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["lock", str(files_spec)]) == 0
    path = Path(f"{files_spec}.lock")
    lock = json.loads(path.read_text("utf-8"))
    assert set(lock) == {
        "schema", "revisions", "files", "packages", "python", "w2sdl", "key_schema"
    }  # fmt: skip
    lock["packages"] |= {"numpy": "1.0.0", "w2sdl-extra": "7"}
    lock["python"] = "2.7"
    path.write_text(json.dumps(lock), "utf-8")
    (files_spec.parent / "corpus.txt").write_text("three\n", "utf-8")
    files_spec.write_text(FILES + 'more = text_file("more.txt", origin: "by hand")\n', "utf-8")
    (files_spec.parent / "more.txt").write_text("more\n", "utf-8")
    capsys.readouterr()
    assert plan_locked(files_spec) == 1
    error = capsys.readouterr().err
    assert f"5 things not as {path} says" in error
    rows = {line.split()[0]: line for line in error.splitlines()[2:]}
    assert set(rows) == {"corpus.txt", "more.txt", "numpy", "w2sdl-extra", "python"}
    assert "restore it; or, if the change is meant: w2sdl lock" in rows["corpus.txt"]
    assert "not locked" in rows["more.txt"]
    assert "pip install numpy==1.0.0" in rows["numpy"]
    assert "not installed" in rows["w2sdl-extra"]
    assert run_cli(["run", str(files_spec), "--locked"]) == 1
    assert not (files_spec.parent / ".w2sdl" / "runs").exists()


def test_locked_asks_no_hub_and_names_what_was_never_locked(
    spec: Path, hub: ThreadingHTTPServer, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert run_cli(["lock", str(spec)]) == 0
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    assert plan_locked(spec) == 0
    spec.write_text(SPEC.replace("lab/tiny", "lab/other"), "utf-8")
    capsys.readouterr()
    assert plan_locked(spec) == 1
    error = capsys.readouterr().err
    assert "1 thing not as" in error
    assert "lab/other  not locked" in error


def test_a_lock_of_the_first_schema_is_read_and_written_anew(
    spec: Path, hub: ThreadingHTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    revisions = {"lab/tiny": "a" * 40, "datasets/lab/rows": "b" * 40, "lab/elsewhere": "d" * 40}
    path = Path(f"{spec}.lock")
    path.write_text(json.dumps({"schema": "w2sdl.lock.1", "revisions": revisions}), "utf-8")
    assert run_cli(["plan", str(spec), "--store", str(spec.parent / "store")]) == 0
    capsys.readouterr()
    assert plan_locked(spec) == 1  # it says nothing of packages
    assert "not locked" in capsys.readouterr().err
    assert run_cli(["lock", str(spec)]) == 0
    lock = json.loads(path.read_text("utf-8"))
    assert (lock["schema"], lock["revisions"]) == ("w2sdl.lock.2", revisions)
    assert plan_locked(spec) == 0


def test_the_build_of_a_package_is_not_locked(files_spec: Path) -> None:
    """A lock made on a laptop holds on a machine with GPUs."""
    assert run_cli(["lock", str(files_spec)]) == 0
    lock = json.loads(Path(f"{files_spec}.lock").read_text("utf-8"))
    assert not any("+" in version for version in lock["packages"].values())
