"""Compile and plan of specs that expand to many nodes: time, memory, and Snakemake's beside them.

    python benchmarks/large_graph.py [--snakemake PATH] [--stages]

Whole processes, the median of three: seconds by the clock and, since other work on the machine moves
those, seconds of processor time. Snakemake (9 or later) is looked for on PATH unless it is given;
it plans the same jobs with the same edges, in an empty folder.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from large_specs import SHAPES, axes, snakefile

ROOT = Path(__file__).parents[1]
RUNS = 3
SIZES = [("axes", 1_000), ("axes", 10_000), ("axes", 100_000), ("deep", 1_000), ("wide", 1_000)]


@dataclass(frozen=True, slots=True)
class Run:
    seconds: float
    processor: float
    memory: float  #: peak, MiB
    printed: str

    def cells(self) -> str:
        return f"{self.seconds:.2f} | {self.processor:.2f} | {self.memory:.0f}"


def timed(command: Sequence[str], folder: Path) -> Run:
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err, text=True)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        out.seek(0)
        err.seek(0)
        printed, wrong = out.read(), err.read()
    if status:
        raise SystemExit(f"{' '.join(command)}\n{printed}{wrong}")
    processor = used.ru_utime + used.ru_stime
    return Run(seconds, processor, used.ru_maxrss / 1024, printed + wrong)


def median(command: Sequence[str], folder: Path) -> Run:
    runs = [timed(command, folder) for _ in range(RUNS)]
    return Run(
        statistics.median(run.seconds for run in runs),
        statistics.median(run.processor for run in runs),
        max(run.memory for run in runs),
        runs[0].printed,
    )


def plan_command(spec: Path, store: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "w2sdl", "plan", str(spec), "--store", str(store), *more]


def commands(folder: Path) -> None:
    """``w2sdl plan`` against an empty store, by shape and size."""
    print("| spec | nodes | seconds | processor | MiB |\n| --- | --- | --- | --- | --- |")
    for shape, size in SIZES:
        spec = folder / f"{shape}{size}.w2s"
        spec.write_text(SHAPES[shape](size), "utf-8")
        run = median(plan_command(spec, folder / "empty"), ROOT)
        nodes = run.printed.rsplit("\n\n", 1)[1].split(" nodes")[0]
        print(f"| {shape}, {size:,} | {int(nodes):,} | {run.cells()} |", flush=True)


def stored(folder: Path, size: int) -> None:
    """The same against a store that has every result, and with a root changed."""
    from filled_store import fill_store

    from w2sdl.pipeline import Compilation
    from w2sdl.source import Source
    from w2sdl_runtime.registry import load_signatures

    spec, store = folder / f"axes{size}.w2s", folder / "full"
    graph = Compilation(Source("spec", axes(size)), load_signatures()).graph
    if graph is None:
        raise SystemExit("the spec has errors")
    fill_store(store, graph)
    print(f"\n| plan of {len(graph.nodes):,} nodes | seconds | processor | MiB |")
    print("| --- | --- | --- | --- |")
    cases = {
        "all stored": (),
        "a root changed: first plan of this store": ("--set", "W.steps=6"),
        "a root changed: again": ("--set", "W.steps=7"),
    }
    for name, more in cases.items():
        command = plan_command(spec, store, *more)
        run = timed(command, ROOT) if name.endswith("store") else median(command, ROOT)
        print(f"| {name} | {run.cells()} |", flush=True)


def snakemake(folder: Path, executable: str | None, size: int) -> None:
    found = executable or shutil.which("snakemake")
    if found is None:
        print("\nsnakemake is not on PATH: name one with --snakemake")
        return
    place = folder / "snakemake"
    place.mkdir()
    (place / "Snakefile").write_text(snakefile(size), "utf-8")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    command = [found, "--dry-run", "--quiet", "all", "--cores", "1"]
    run = median(command, place)
    listed = subprocess.run(
        [found, "--dry-run", "--cores", "1", "--quiet", "rules"],
        capture_output=True, text=True, cwd=place, check=True,
    )  # fmt: skip
    total = next(line for line in listed.stdout.splitlines() if line.startswith("total"))
    print(
        f"\n| snakemake {version.stdout.strip()} --dry-run --quiet all --cores 1 | seconds ", end=""
    )
    print("| processor | MiB |\n| --- | --- | --- | --- |")
    print(f"| {int(total.split()[1]):,} jobs, of which one is the rule `all` | {run.cells()} |")


def stages(shape: str, size: int) -> None:
    """Where the time of one compilation goes, in this process."""
    from w2sdl.pipeline import Compilation
    from w2sdl.planning.deciding import plan_graph
    from w2sdl.source import Source
    from w2sdl_runtime.cache.index import store_index
    from w2sdl_runtime.registry import load_signatures
    from w2sdl_runtime.storage.store import Store

    made = Compilation(Source("spec", SHAPES[shape](size)), load_signatures())
    took = []
    for stage in ("parsed", "module", "program", "expansion", "graph"):
        start = time.perf_counter()
        getattr(made, stage)
        took.append(time.perf_counter() - start)
    start = time.perf_counter()
    if made.graph is None:
        raise SystemExit("the spec has errors")
    plan_graph(made.graph, store_index(Store(Path("no such store")), Path(), {}))
    took.append(time.perf_counter() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cells = " | ".join(f"{seconds:.3f}" for seconds in took)
    print(f"| {shape}, {size:,} | {cells} | {memory:.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--snakemake", help="a snakemake executable")
    parser.add_argument("--stages", action="store_true", help="seconds of each stage instead")
    parser.add_argument("--one", nargs=2, metavar=("SHAPE", "SIZE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        stages(given.one[0], int(given.one[1]))
        return
    if given.stages:
        print("| spec | parse | elaborate | check | expand | judge | plan | MiB |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
        for shape, size in SIZES:  # a process each, so that none inherits another's memory
            subprocess.run([sys.executable, __file__, "--one", shape, str(size)], check=True)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands(folder)
        stored(folder, 10_000)
        snakemake(folder, given.snakemake, 10_000)


if __name__ == "__main__":
    main()
