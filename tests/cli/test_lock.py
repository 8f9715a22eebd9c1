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
    assert "2 locked" in capsys.readouterr().out
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
