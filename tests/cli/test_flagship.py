"""The shipped specs, run for real on Ray under their `test` profiles, as a newcomer would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(spec: str, store: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "w2sdl", "run", spec, "--store", str(store), *more]
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}"}
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=400, check=False
    )


DEFAULT = ["debate_sciq", "burns_nlp"]
SLOW = [
    "burns_chess",
    "burns_reward",
    "debate_boolq",
    "debate_cosmosqa",
    "debate_hh",
    "debate_oversight",
]


@pytest.mark.ray
@pytest.mark.parametrize(
    "name", [*DEFAULT, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]
)
def test_the_test_profile_runs_on_ray_and_again_from_the_store(name: str, tmp_path: Path) -> None:
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


@pytest.mark.ray
def test_an_operation_of_ones_own_reaches_the_workers(tmp_path: Path) -> None:
    done = run(
        "examples/own_operation.w2s", tmp_path, "--module", "own_operation",
        "--set", "S.steps=5", "--set", "seed=0..0", "--set", "share=[0.0, 0.4]",
        "--set", "qa.parts={transfer: 100, test: 100}",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "noise_hurts" in done.stdout
