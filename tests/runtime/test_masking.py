"""Secrets of the environment reach no log, event, manifest, record or report."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runtime.conftest import REPOSITORY
from w2sdl_runtime.masking import Masker, masked

SECRET = "swordfish-0123456789"
SPEC = 'experiment leaky\nmeasured = leak(how: "HOW")\n'


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MY_HUB_TOKEN", SECRET)
    monkeypatch.setenv("HF_HOME", "/nowhere")
    return SECRET


def run(folder: Path, how: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "leaky.w2s").write_text(SPEC.replace("HOW", how))
    (folder / "w2sdl.toml").write_text('modules = ["tests.runtime.secret_ops"]\n')
    command = [sys.executable, "-m", "w2sdl", "run", "leaky.w2s", *options]
    environment = {**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'runtime'}"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def everything_below(folder: Path) -> bytes:
    """All bytes that a run left, and the names of its files."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 8
    return b"\n".join([*(path.read_bytes() for path in files), *(str(p).encode() for p in files)])


@pytest.mark.parametrize(
    ("how", "executor"),
    [
        ("done", "local"),
        ("error", "local"),
        ("prerequisite", "local"),
        pytest.param("error", "ray", marks=pytest.mark.ray),
    ],
)
def test_a_token_that_is_printed_is_masked_everywhere(
    secret: str, tmp_path: Path, how: str, executor: str
) -> None:
    done = run(tmp_path, how, "--executor", executor)
    assert done.returncode == int(how != "done"), done.stderr
    left = everything_below(tmp_path)
    assert secret.encode() not in left
    log = next(tmp_path.rglob("log.txt")).read_text()
    for channel in ("stdout", "in pieces", "warnings", "context"):
        assert f"{channel} [MY_HUB_TOKEN]" in log
    assert "logging [MY_HUB_TOKEN]" in log
    if executor == "ray":  # a process of its own: its descriptors go to the log too
        stars = "*" * len(secret)
        assert f"descriptor {stars}" in log
        assert f"subprocess {stars}" in log
    said = (done.stdout + done.stderr) if executor == "ray" else done.stderr
    assert secret not in said
    if how != "done":
        assert "[MY_HUB_TOKEN]" in done.stdout + done.stderr


def test_a_secret_in_a_parameter_is_refused(secret: str, tmp_path: Path) -> None:
    done = run(tmp_path, secret, "--executor", "local")
    assert done.returncode == 1
    assert "a parameter holds the secret MY_HUB_TOKEN" in done.stdout + done.stderr
    (tmp_path / "leaky.w2s").unlink()
    assert secret.encode() not in everything_below(tmp_path)
    done = run(tmp_path, "done", "--executor", "local", "--set", f'measured.how="{secret}"')
    assert done.returncode == 1
    assert secret.encode() not in everything_below(tmp_path)


def test_what_is_a_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    (tmp_path / "token").write_text("login-of-the-hub\n")
    monkeypatch.setenv("OPENAI_API_KEY", "abcdefgh")
    monkeypatch.setenv("DB_PASSWORD", "abcdefghij")  # holds the other one
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", "/etc/some/path")
    monkeypatch.setenv("USE_TOKEN", "true")
    monkeypatch.setenv("HOME", "/home/someone")
    masker = Masker.of_environment()
    text = "abcdefghij abcdefgh /etc/some/path true /home/someone login-of-the-hub"
    assert masker.text(text) == (
        "[DB_PASSWORD] [OPENAI_API_KEY] /etc/some/path true /home/someone [Hugging Face login]"
    )
    assert masker.json({"a": ["x", {"abcdefgh": 1.5}], "b": None}) == {
        "a": ["x", {"[OPENAI_API_KEY]": 1.5}],
        "b": None,
    }
    assert masker.found_in({"a": ["x", {"y": "has abcdefgh"}]}) == "OPENAI_API_KEY"
    assert masker.found_in({"a": ["x"], "b": 3}) == ""
    path = tmp_path / "log"
    path.write_bytes(b"-" * ((1 << 20) - 4) + b"abcdefgh" + b"-" * (1 << 20) + b"abcdefghij")
    masker.file(path)
    assert path.read_bytes() == (b"-" * ((1 << 20) - 4) + b"*" * 8 + b"-" * (1 << 20) + b"*" * 10)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("w2sdl run x --set token=abc123", "w2sdl run x --set token=***"),
        ("git clone https://me:pw@host/x", "git clone https://***@host/x"),
        ("use hf_abcdefghijklmnop here", "use *** here"),
        ("--set S.steps=300", "--set S.steps=300"),
    ],
)
def test_command_lines(text: str, clean: str) -> None:
    assert masked(text) == clean
