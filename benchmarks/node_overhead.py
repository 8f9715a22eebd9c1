"""What a node costs that does nothing: a run of 100, and the same run again, beside other tools.

    python benchmarks/node_overhead.py [--peers FOLDER] [--nodes 100] [--flat 10000]

Whole processes by the clock. The cost of a node is the slope between two sizes, so that starting Python,
or Ray, doesn't count; the table has the whole commands as well. FOLDER is a virtual environment's
``bin`` with snakemake, dvc and a python that has metaflow. ``--flat`` runs so many nodes through Ray
and prints the memory of the driver on the way.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent


def seconds(command: Sequence[str], folder: Path, **environment: str) -> float:
    """Run a command to its end; what it prints counts only if it fails."""
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return time.perf_counter() - start


def write_spec(folder: Path, nodes: int) -> Path:
    spec = folder / "trivial.w2s"
    spec.write_text(
        f'experiment trivial\n"Nothing"\naxis i = 0..{nodes - 1}\nx = trivial(value: i)\n'
    )
    return spec


def w2sdl(executor: str) -> Callable[[Path, int], list[str]]:
    def command(folder: Path, nodes: int) -> list[str]:
        spec = write_spec(folder, nodes)
        given = ["--module", "trivial_ops", "--store", str(folder / "store"), "--quiet"]
        return [sys.executable, "-m", "w2sdl", "run", str(spec), "--executor", executor, *given]

    return command


def snakemake(peers: Path) -> Callable[[Path, int], list[str]]:
    def command(folder: Path, nodes: int) -> list[str]:
        (folder / "Snakefile").write_text(
            f'rule all:\n    input: expand("{{i}}.txt", i=range({nodes}))\n'
            'rule one:\n    output: "{i}.txt"\n    shell: "echo x > {output}"\n'
        )
        return [str(peers / "snakemake"), "--cores", "1", "--quiet", "all"]

    return command


def dvc(peers: Path) -> Callable[[Path, int], list[str]]:
    def command(folder: Path, nodes: int) -> list[str]:
        if not (folder / ".dvc").exists():
            seconds([str(peers / "dvc"), "init", "--no-scm", "--quiet"], folder)
        stages = "".join(
            f"  s{i}:\n    cmd: echo x > {i}.txt\n    outs: [{i}.txt]\n" for i in range(nodes)
        )
        (folder / "dvc.yaml").write_text(f"stages:\n{stages}")
        return [str(peers / "dvc"), "repro", "--quiet"]

    return command


def metaflow(peers: Path) -> Callable[[Path, int], list[str]]:
    def command(folder: Path, nodes: int) -> list[str]:
        (folder / "flow.py").write_text(
            "from metaflow import FlowSpec, step\n"
            "class Flow(FlowSpec):\n"
            f"    @step\n    def start(self):\n        self.all = list(range({nodes}))\n"
            "        self.next(self.one, foreach='all')\n"
            "    @step\n    def one(self):\n        self.x = self.input\n        self.next(self.join)\n"
            "    @step\n    def join(self, inputs):\n        self.next(self.end)\n"
            "    @step\n    def end(self):\n        pass\n"
            "if __name__ == '__main__':\n    Flow()\n"
        )
        most = ["--max-num-splits", str(nodes), "--max-workers", "1"]
        return [str(peers / "python"), "flow.py", "run", *most]

    return command


def row(name: str, make: Callable[[Path, int], list[str]], nodes: int, again: bool = True) -> None:
    """Two sizes, each in a folder of its own; then the larger one once more."""
    took = []
    for size in (max(1, nodes // 10), nodes):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            environment = {"PYTHONPATH": python_path(), "USERNAME": "benchmark"}
            command = make(folder, size)
            took.append(seconds(command, folder, **environment))
            rerun = seconds(command, folder, **environment) if again else None
    each = (took[1] - took[0]) / (nodes - max(1, nodes // 10))
    second = "runs all again" if rerun is None else f"{rerun:.2f}"
    print(f"| {name} | {took[1]:.2f} | {each:.4f} | {second} |", flush=True)


def python_path() -> str:
    return os.pathsep.join([str(HERE), str(ROOT), str(ROOT / "runtime")])


def flat(nodes: int) -> None:
    """The driver's memory while so many nodes run through Ray."""
    import psutil

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        command = w2sdl("ray")(folder, nodes)
        start = time.perf_counter()
        environment = {**os.environ, "PYTHONPATH": python_path()}
        process = subprocess.Popen(command, cwd=folder, env=environment)
        seen: list[tuple[float, float]] = []

        def watch() -> None:
            driver = psutil.Process(process.pid)
            while process.poll() is None:
                seen.append((time.perf_counter() - start, driver.memory_info().rss / 2**20))
                time.sleep(1)

        watcher = threading.Thread(target=watch)
        watcher.start()
        if process.wait():
            raise SystemExit("the run failed")
        watcher.join()
        took = time.perf_counter() - start
    marks = [seen[int(len(seen) * share)][1] for share in (0.25, 0.5, 0.75, 0.95)]
    print(f"\n{nodes:,} nodes through Ray: {took:.0f} s, {took / nodes:.4f} s a node;", end=" ")
    print("driver's memory at 25, 50, 75, 95 %:", ", ".join(f"{mark:.0f}" for mark in marks), "MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--peers", type=Path, help="bin folder with snakemake, dvc, python (metaflow)"
    )
    parser.add_argument("--nodes", type=int, default=100)
    parser.add_argument("--flat", type=int, default=0)
    given = parser.parse_args()
    print(f"| {given.nodes} trivial nodes | first run, s | a node, s | again, s |")
    print("| --- | --- | --- | --- |")
    row("w2sdl, local", w2sdl("local"), given.nodes)
    row("w2sdl, Ray", w2sdl("ray"), given.nodes)
    if given.peers:
        row("Snakemake", snakemake(given.peers), given.nodes)
        row("DVC", dvc(given.peers), given.nodes)
        row("Metaflow", metaflow(given.peers), given.nodes, again=False)
    if given.flat:
        flat(given.flat)


if __name__ == "__main__":
    main()
