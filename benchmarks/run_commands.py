"""What looking at runs costs: `w2sdl status` of a run of 10,000 nodes, and the live display of as many.

The status of a run that goes on, beside `w2sdl --help`, which is what Python, click and our table of
commands take: whole processes, the median of seven. Then 40,000 events of 10,000 nodes, as fast as they
come, with a display on a terminal that nobody looks at, and without one: processor time.
"""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from w2sdl import keys
from w2sdl.graph import Graph, Node
from w2sdl.kinds import Kind
from w2sdl.needs import Needs
from w2sdl_runtime.console.console import RunConsole
from w2sdl_runtime.driver import events
from w2sdl_runtime.provenance import host_name, process_started
from w2sdl_runtime.storage.store import Store

NODES = 10_000
RUN = "20260101-120000-brisk-otter"


def fill(root: Path) -> None:
    """A journal as a run of this very process would have it: most nodes done, some running."""
    store = Store(root)
    store.prepare()
    (root / "runs" / RUN).mkdir(parents=True)
    run = {"run": RUN, "name": "brisk-otter", "experiment": "many", "spec": "/many.w2s"}
    run |= {"status": "running", "started": time.time(), "ended": None, "host": host_name()}
    run |= {"pid": os.getpid(), "process": process_started(os.getpid())}
    store.journal.set_run({**run, "command": "w2sdl run many.w2s", "nodes": NODES})
    states = ("running", "queued", *["executed"] * 8)
    store.journal.set_nodes(
        {"run": RUN, "node": f"{i:064x}", "address": f"n[i={i}]", "name": "n", "op": "n",
         "state": states[i % 10], "since": time.time()}
        for i in range(NODES)
    )  # fmt: skip


def seconds(folder: Path, *arguments: str) -> tuple[float, float]:
    """Median wall and processor time of a command."""
    walls, processors = [], []
    for _ in range(7):
        before, start = os.times(), time.perf_counter()
        command = [sys.executable, "-m", "w2sdl", *arguments]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        walls.append(time.perf_counter() - start)
        after = os.times()
        spent = after.children_user - before.children_user
        processors.append(spent + after.children_system - before.children_system)
    return statistics.median(walls), statistics.median(processors)


def graph_of(count: int) -> Graph:
    nodes = {}
    for i in range(count):
        id_ = keys.structural_id("n", 1, {"i": i}, {})
        nodes[id_] = Node(id_, "n", 1, {}, {}, {}, {}, Kind.METRIC, False, Needs(), False, f"n{i % 7}",
                          {}, f"n{i}")  # fmt: skip
    return Graph("many", "", nodes, (), (), (), ())


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def tell(graph: Graph, console: RunConsole) -> float:
    """Processor seconds for four events a node."""
    start = time.process_time()
    for node in graph.nodes.values():
        console(events.NodeQueued(node.id, node.address, 1))
        console(events.NodeStarted(node.id, node.address, 1))
        console(events.NodeProgress(node.id, node.address, 1, 1, "steps"))
        console(events.NodeFinished(node.id, node.address, "", "", 0.001))
    return time.process_time() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder) / ".w2sdl")
        for name in ("--help", "status"):
            wall, processor = seconds(Path(folder), name)
            print(f"w2sdl {name:<7} {wall:.3f} s, {processor:.3f} s of processor time")
    os.environ.update(TERM="xterm-256color", CI="")
    graph = graph_of(NODES)
    for name, stream in (("a live display", Terminal()), ("plain lines", io.StringIO())):
        with RunConsole(graph, stream, estimate=lambda node: 0.01) as console:
            print(f"{NODES} nodes, {name}: {tell(graph, console):.2f} s of processor time")


if __name__ == "__main__":
    main()
