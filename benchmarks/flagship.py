"""Whole-command times of the flagship: cold run, exact re-run, check. Prints a Markdown table."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SPEC = "specs/debate_sciq.w2s"


def seconds(*arguments: str) -> float:
    start = time.perf_counter()
    command = [sys.executable, "-m", "w2sdl", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as store:
        cold = seconds("run", SPEC, "--store", store)
        again = statistics.median(seconds("run", SPEC, "--store", store) for _ in range(3))
    check = statistics.median(seconds("check", SPEC) for _ in range(5))
    print("| command | seconds |\n| --- | --- |")
    print(f"| `w2sdl run {SPEC}`, cold | {cold:.1f} |")
    print(f"| the same again (median of 3) | {again:.2f} |")
    print(f"| `w2sdl check {SPEC}` (median of 5) | {check:.2f} |")


if __name__ == "__main__":
    main()
