"""Runs tiny nodes under the console in a process of its own, for tests with a pseudo-terminal.

Usage: python -m tests.runtime.tiny_console FOLDER sleep|many
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.runtime.tiny_graph import Builder, run
from w2sdl_runtime.console.console import RunConsole


def graph_of(kind: str) -> Builder:
    builder = Builder()
    number = builder.add("tiny_number", name="quick", value=1.0)
    if kind == "sleep":
        builder.add("tiny_sleep", {"of": [number]}, name="S'[evidence=debate, seed=1]", seconds=3.0)
    else:
        for i in range(300):
            builder.add("tiny_number", name=f"group{i % 30}", value=float(i + 2))
    return builder


def main() -> int:
    graph = graph_of(sys.argv[2]).graph()
    with RunConsole(graph, sys.stdout, estimate=lambda node: 1.5) as console:
        result = run(graph, Path(sys.argv[1]), sinks=[console])
    return int(result.status != "done")


if __name__ == "__main__":
    sys.exit(main())
