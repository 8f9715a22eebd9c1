"""Runs a small graph in a process of its own, so that tests can kill it.

Usage: python -m tests.runtime.tiny_run FOLDER local|pool|ray|HOST:PORT [small|sleep|wide]
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.runtime.tiny_graph import MODULES, Builder, run
from w2sdl_runtime.backends.backend import Backend
from w2sdl_runtime.backends.local_backend import LocalBackend
from w2sdl_runtime.op import PrerequisiteError


def small_graph() -> Builder:
    """Seven nodes of all sorts: objects in objects, an inline node, a folder of files."""
    builder = Builder()
    data = builder.add("tiny_data", value=2.0)
    part = builder.add("tiny_part", {"data": [data]}, part="train")
    number = builder.add("tiny_number", value=5.0)
    sign = builder.add("tiny_sign", {"of": [number]})
    total = builder.add("tiny_sum", {"parts": [part, number, sign]})
    builder.add("tiny_weights", source="model")
    builder.add("tiny_sum", {"parts": [total, total]}, name="last")
    return builder


def sleepy_graph() -> Builder:
    """A node that is done at once, one that takes a minute, and one that waits for it."""
    builder = Builder()
    number = builder.add("tiny_number", name="number", value=1.0)
    slow = builder.add("tiny_sleep", {"of": [number]}, name="slow")
    builder.add("tiny_sign", {"of": [slow]}, name="after")
    return builder


def wide_graph() -> Builder:
    """Three nodes that take a few seconds each, more than any one machine does at a time."""
    builder = Builder()
    numbers = [builder.add("tiny_number", value=float(i)) for i in range(3)]
    slow = [
        builder.add("tiny_sleep", {"of": [number]}, name=f"slow{i}", seconds=3.0 + i / 10)
        for i, number in enumerate(numbers)
    ]
    builder.add("tiny_sum", {"parts": slow}, name="last")
    return builder


GRAPHS = {"small": small_graph, "sleep": sleepy_graph, "wide": wide_graph}


def make_backend(name: str) -> Backend:
    if name == "local":
        return LocalBackend()
    if name == "pool":
        from w2sdl_runtime.backends.pool_backend import PoolBackend

        return PoolBackend(2, [Path.cwd()])
    from w2sdl_runtime.backends.ray_backend import RayBackend

    if name == "ray":
        return RayBackend(cpus=2, paths=[Path.cwd()])
    return RayBackend(name, modules=MODULES)


def prepare(folder: Path) -> Path:
    """A folder with the model that the small graph reads."""
    (folder / "model").mkdir(parents=True, exist_ok=True)
    (folder / "model" / "config.json").write_text("{}")
    return folder


def main() -> int:
    folder, backend, *rest = sys.argv[1:]
    graph = GRAPHS[rest[0] if rest else "small"]()
    try:
        result = run(graph.graph(), prepare(Path(folder)), lambda: make_backend(backend))
    except PrerequisiteError as error:
        print(error.message, error.help)
        return 1
    print(result.status, result.counts)
    return 128 + result.signal if result.signal else int(result.status != "done")


if __name__ == "__main__":
    sys.exit(main())
