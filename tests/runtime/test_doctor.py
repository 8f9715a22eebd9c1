"""What the doctor finds, on hand-made ailments."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import pytest

from w2sdl.cli import run_cli
from w2sdl_runtime.cluster import doctor
from w2sdl_runtime.cluster.doctor import Check, Level
from w2sdl_runtime.cluster.ray_cluster import is_about_token, refused, token_help
from w2sdl_runtime.cluster.ray_doctor import judge_machine, look_around
from w2sdl_runtime.provenance import package_versions, python_version


def levels(checks: list[Check]) -> list[str]:
    return [check.level.value for check in checks]


def test_a_healthy_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["doctor", "--store", str(tmp_path / "store"), "--json"]) == 0
    checks = json.loads(capsys.readouterr().out)
    names = [check["name"] for check in checks]
    for name in (
        "python",
        "packages",
        "torch",
        "gpu",
        "threads",
        "store",
        "operations",
        "hub",
        "ray",
    ):
        assert name in names
    assert not list((tmp_path / "store").iterdir()), "it leaves nothing behind"


def test_a_module_that_can_not_be_imported_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["doctor", "--store", str(tmp_path), "--module", "no_such_ops"]) == 1
    out = capsys.readouterr().out
    assert "problem  operations" in out
    assert "no_such_ops" in out
    assert "1 problem" in out


def test_an_unreachable_cluster_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["doctor", "--store", str(tmp_path), "--address", "127.0.0.1:1"]) == 1
    assert "nothing answers at 127.0.0.1:1" in capsys.readouterr().out


def test_packages_of_other_versions(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("# pins\nclick==0.1\nno-such-package==1\n")
    (check,) = [c for c in doctor.check_packages(tmp_path / "c.txt") if c.level == Level.WARNING]
    assert "click" in check.fact
    assert "(tested: 0.1)" in check.fact
    assert "no-such-package" not in check.fact


def test_inherited_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    assert doctor.check_threads().level is Level.WARNING
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert doctor.check_threads().level is Level.OK


def test_a_store_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (check,) = doctor.check_store(tmp_path / "file")
    assert check.level is Level.PROBLEM
    assert "can't be written" in check.fact


def test_a_store_at_a_url(tmp_path: Path) -> None:
    check = doctor.check_bucket(f"file://{tmp_path}")
    assert check.level is Level.OK
    assert "there is no store yet" in check.fact
    check = doctor.check_bucket("nosuch://bucket")
    assert check.level is Level.PROBLEM
    assert "nosuch://" in check.fact


def test_a_disk_that_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_TOO_LITTLE", 10**18)
    (check,) = doctor.check_store(tmp_path)
    assert check.level is Level.PROBLEM
    assert "too little" in check.fact


def test_the_hub_is_only_informative(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        assert "answers" in doctor.check_hub(server.getsockname()).fact
    check = doctor.check_hub(("127.0.0.1", 1))
    assert check.level is Level.OK
    assert "can't be reached" in check.fact


def test_a_machine_like_this_one(tmp_path: Path) -> None:
    (tmp_path / "marker").write_text("")
    start = time.time()
    found = look_around(str(tmp_path / "marker"))
    assert levels(list(judge_machine("m", found, (start, time.time()), tmp_path))) == ["ok"]


def test_a_machine_that_differs(tmp_path: Path) -> None:
    now = time.time()
    found = {
        "host": "m",
        "time": now + 60,
        "python": "3.9.1",
        "packages": {**package_versions(), "torch": "1.0"},
        "marker": False,
        "writable": False,
    }
    checks = list(judge_machine("m", found, (now - 1, now), tmp_path))
    assert levels(checks) == ["warning", "problem", "problem", "warning"]
    text = " ".join(check.fact for check in checks)
    for words in ("torch 1.0 (here", "Python 3.9.1", "does not see the store", "by 60 s"):
        assert words in text
    assert python_version() in text


@pytest.mark.parametrize(
    ("variables", "help"),
    [
        ({}, "RAY_AUTH_TOKEN is not set here"),
        ({"RAY_AUTH_TOKEN_PATH": "/no/such/file"}, "which is no file"),
        ({"RAY_AUTH_TOKEN": "x"}, "set RAY_AUTH_MODE=token"),
        ({"RAY_AUTH_TOKEN": "x", "RAY_AUTH_MODE": "disabled"}, "it is `disabled` here"),
        ({"RAY_AUTH_TOKEN": "x", "RAY_AUTH_MODE": "token"}, "another token"),
    ],
)
def test_which_variable_is_missing(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], help: str
) -> None:
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert help in token_help()


def test_a_bare_refusal_is_read_with_what_ray_printed() -> None:
    error = ConnectionError("Failed to connect to Ray cluster at h:1")
    said = "gcs_client.cc:210: ... Unauthenticated: RPC error: InvalidAuthToken: missing"
    assert is_about_token(said)
    assert "refuses our token" in refused(error, "h:1", said).message
    assert "Failed to connect" in refused(error, "h:1", "").message
    assert "version of Ray" in refused(error, "h:1", "").help
