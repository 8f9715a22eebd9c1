"""How long parsing and checking take, by the length of a spec; in one process, and as a command.

    python benchmarks/parse_check.py [LINES ...]

The stages are timed in a process that has loaded everything, in processor time: a machine is rarely
idle. The command is a new process each time, with its start, its imports, and the graph too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from long_spec import long_spec

import w2sdl

ROUNDS = 7


def stages(text: str) -> dict[str, float]:
    """Seconds of processor time for each stage, the best of some rounds."""
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        compilation = w2sdl.compile_text(text)
        for stage, name in (
            ("parse", "parsed"),
            ("names", "module"),
            ("check", "program"),
            ("graph", "graph"),
        ):
            start = time.process_time()
            getattr(compilation, name)
            best[stage] = min(best.get(stage, 1e9), time.process_time() - start)
        assert compilation.is_valid, compilation.diagnostics[0].title()
    return best


def command(text: str) -> tuple[float, float]:
    """Seconds of a whole ``w2sdl check``, the best of three; and of its processor time."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "long.w2s"
        spec.write_text(text, "utf-8")
        found = []
        for _ in range(3):
            start, used = time.perf_counter(), os.times()
            line = [sys.executable, "-m", "w2sdl", "check", str(spec)]
            subprocess.run(line, check=True, capture_output=True)
            now = os.times()
            spent = now.children_user + now.children_system
            spent -= used.children_user + used.children_system
            found.append((time.perf_counter() - start, spent))
    return min(found)


def main() -> None:
    print(f"load {os.getloadavg()[0]:.1f}")
    assert w2sdl.compile_text(long_spec(10)).is_valid
    for lines in [int(word) for word in sys.argv[1:]] or [300, 1_000, 3_000]:
        text = long_spec(lines)
        found = stages(text)
        checked = found["parse"] + found["names"] + found["check"]
        parts = ", ".join(f"{stage} {1000 * seconds:.0f}" for stage, seconds in found.items())
        print(f"{text.count(chr(10)):>5} lines: parse and check {1000 * checked:.0f} ms ({parts})")
        print("       w2sdl check: {:.2f} s, {:.2f} s of processor time".format(*command(text)))


if __name__ == "__main__":
    main()
