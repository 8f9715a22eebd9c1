"""Every shipped spec, run for real under its `test` profile: one on Ray, as a newcomer would."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from w2sdl.cli import run_cli

ROOT = Path(__file__).parents[2]


def run(spec: str, store: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "w2sdl", "run", spec, "--store", str(store), *more]
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}"}
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=400, check=False
    )


ON_RAY = "debate_sciq"
SPECS = sorted(path.stem for path in (ROOT / "specs").glob("*.w2s"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all specs: what two of them have in common is computed once."""
    return tmp_path_factory.mktemp("store")


@pytest.mark.parametrize("name", [name for name in SPECS if name != ON_RAY])
def test_the_test_profile_runs(name: str, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In this process, where torch is there already: each shipped spec, whatever is added."""
    given = ["--profile", "test", "--executor", "local", "--store", str(store), "--quiet"]
    code = run_cli(["run", str(ROOT / f"specs/{name}.w2s"), *given])
    told = capsys.readouterr()
    assert code == 0, told.out + told.err
    (report,) = re.findall(r"^report +(.+)$", told.out, re.M)
    assert "ceiling" in Path(report).read_text("utf-8")


@pytest.mark.ray
def test_the_test_profile_runs_on_ray_and_again_from_the_store(tmp_path: Path) -> None:
    name = ON_RAY
    first = run(f"specs/{name}.w2s", tmp_path, "--profile", "test")
    assert first.returncode == 0, first.stdout + first.stderr
    again = run(f"specs/{name}.w2s", tmp_path, "--profile", "test")
    assert again.returncode == 0, again.stdout + again.stderr
    infos = [json.loads(p.read_text("utf-8")) for p in tmp_path.glob("runs/*/run.json")]
    last = max(infos, key=lambda info: info["started"])
    assert last["counts"]["executed"] == 0
    (report,) = tmp_path.glob("runs/*/report.html")  # the first: it still stands
    assert f"report  {report}" in again.stdout
    page = report.read_text("utf-8")
    assert "ceiling" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


OWN = """experiment own
axis share = [0.0, 0.4]
data qa = science_qa(parts: {test: 100})
noisy = flipped(gold(qa.test), share: share, seed: 0)
"""


@pytest.mark.ray
def test_an_operation_of_ones_own_reaches_the_workers(tmp_path: Path) -> None:
    """No training beside it: workers that have only this to do need no torch."""
    (tmp_path / "own.w2s").write_text(OWN, "utf-8")
    shutil.copy(ROOT / "examples" / "own_operation.py", tmp_path)
    done = run(str(tmp_path / "own.w2s"), tmp_path / "store", "--module", "own_operation")
    assert done.returncode == 0, done.stdout + done.stderr
    logs = [path.read_text("utf-8") for path in tmp_path.glob("store/runs/*/nodes/*/*/log.txt")]
    said = re.findall(r"flipped (\d+) of 100 labels", "".join(logs))
    assert len(said) == 2
    assert sorted(said)[0] == "0" != sorted(said)[1]
