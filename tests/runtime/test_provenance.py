"""Where each result says that it came from, and that no secret gets there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import w2sdl
from tests.runtime.tiny_graph import Builder, run
from w2sdl.cli import run_cli
from w2sdl_runtime.fingerprint import recorded_fingerprint
from w2sdl_runtime.provenance import device_name, git_state, host_name, masked, processor_name
from w2sdl_runtime.storage.manifest import Manifest
from w2sdl_runtime.storage.store import Store


def git(folder: Path, *arguments: str) -> None:
    names = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", "-C", str(folder), *names, *arguments], check=True, capture_output=True)


def test_a_manifest_says_all_of_where_a_result_came_from(tmp_path: Path) -> None:
    git(tmp_path, "init")
    (tmp_path / "tiny.w2s").write_text("experiment tiny\n")
    git(tmp_path, "add", "tiny.w2s")
    git(tmp_path, "commit", "-m", "first")
    git(tmp_path, "remote", "add", "origin", "https://ada:hunter2@example.org/study.git")
    builder = Builder()
    number = builder.add("tiny_number", value=1.0, seed=7)
    sign = builder.add("tiny_sign", {"of": [number]})
    result = run(builder.graph(), tmp_path)
    store = Store(tmp_path / "store")
    first, second = (store.lookup(result.nodes[id_].key) for id_ in (number, sign))
    assert first is not None
    assert second is not None
    assert (first.op, first.op_version, first.seed, second.seed) == ("tiny_number", 1, 7, None)
    assert second.inputs == {"of": [first.digest]}
    assert len(first.fingerprint) == 16
    assert first.fingerprint != second.fingerprint
    assert first.version == w2sdl.__version__
    assert first.host == host_name()
    assert (first.device, first.device_name) == ("cpu", device_name("cpu"))
    assert first.device_name
    assert first.platform
    assert first.threads == 1
    assert first.packages["numpy"]
    assert first.command
    assert first.git["remote"] == "https://***@example.org/study.git"
    assert len(str(first.git["commit"])) == 40
    preimage = store.preimage(first.key)
    assert preimage is not None
    assert preimage["params"] == {"value": 1.0, "seed": 7}


def test_a_processor_is_told_from_others_of_its_maker() -> None:
    """Breaks where two machines that give different numbers have one name in a table's origin."""
    intel = """processor	: 0
cpu family	: 6
model		: 143
model name	: Xeon Processor

processor	: 1
model		: 1
"""
    assert processor_name(intel) == "Xeon Processor (family 6, model 143)"
    arm = "processor\t: 0\nmodel name\t: Neoverse-N1\n"
    assert processor_name(arm) == "Neoverse-N1"
    assert processor_name("processor\t: 0\n")


def test_a_manifest_of_a_later_version_is_read_and_one_of_an_earlier_has_defaults(
    tmp_path: Path,
) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    entry = run(builder.graph(), tmp_path).nodes[number]
    manifest = Store(tmp_path / "store").lookup(entry.key)
    assert manifest is not None
    record = manifest.model_dump(mode="json")
    assert Manifest.model_validate({**record, "energy": 3.0}) == manifest
    for name in ("fingerprint", "seed", "device_name", "platform", "version", "command"):
        del record[name]
    assert Manifest.model_validate(record).digest == manifest.digest


def test_the_fingerprint_is_of_the_code_and_nothing_where_there_is_no_source() -> None:
    names: dict[str, object] = {}
    exec("def made_up(): return 1", names)
    assert recorded_fingerprint(names["made_up"]) == ""  # type: ignore[arg-type]
    assert recorded_fingerprint(masked) == recorded_fingerprint(masked) != ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("s3://key:secret@host/bucket", "s3://***@host/bucket"),
        ("--set token=hf_abcdefghijklmnop", "--set token=***"),
        ("run hf_abcdefghijklmnopq x.w2s", "run *** x.w2s"),
        ("--set 'api_key: \"abc\", steps: 3'", "--set 'api_key: \"***\", steps: 3'"),
        ("password=hunter2&user=ada", "password=***&user=ada"),
        ("--set tokens=512 --set keys=3", "--set tokens=512 --set keys=3"),
        ("git@example.org:ada/study.git", "git@example.org:ada/study.git"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_no_file_of_a_run_holds_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token in the environment or on the command line gets nowhere, and so can't be retried."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_TOKEN", "hf_environmentsecret")
    (tmp_path / "s.w2s").write_text('experiment s\ntoken = "x"\nquiet_one = quick(text: token)\n')
    options = ["--module", "tests.cli.run_ops", "--executor", "local"]
    assert run_cli(["run", "s.w2s", *options]) == 0
    for path in (tmp_path / ".w2sdl").rglob("*"):
        assert path.is_dir() or b"hf_environmentsecret" not in path.read_bytes(), path


def test_a_folder_without_git_has_no_state(tmp_path: Path) -> None:
    assert git_state(tmp_path / "nowhere") == {}
