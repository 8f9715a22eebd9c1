"""Plays random scenarios and writes the table of docs/reliability.md from what happened.

``python -m tests.faults.table [--local 180] [--ray 20] [--seed 1000] [--seconds S]``; every third local
one has worker processes. With ``--seconds`` no new one begins after that time, nor a local one after
three quarters of it. One that ends otherwise than it must is printed, and gives exit code 1.
"""

from __future__ import annotations

import argparse
import math
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path

from tests.cluster import Cluster
from tests.faults.scenario import (
    AT_START,
    IN_DRIVER,
    IN_LONG,
    IN_WORKER,
    Outcome,
    draw_scenario,
    play,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"
_EXECUTORS = {"local": "local", "pool": "local, -j 2", "ray": "Ray, two machines"}


def scenarios(local: int, ray: int, first: int) -> Iterator[tuple[int, str]]:
    """Seeds, and the executors that they are for."""
    for seed in range(first, first + local):
        yield seed, "local" if seed % 3 else "pool"
    for seed in range(first, first + ray):
        yield seed, "ray"


def run_all(
    chosen: Iterable[tuple[int, str]], cluster: Cluster | None, seconds: float
) -> tuple[list[Outcome], int]:
    """What happened in all scenarios for which there was time, and how many ended as none may."""
    outcomes, failed, start = [], 0, time.monotonic()
    for seed, executor in chosen:
        share = 1.0 if executor == "ray" else 0.75
        if time.monotonic() - start < share * seconds:
            folder = Path(tempfile.mkdtemp(prefix="w2sdl-fault-"))
            try:
                there = cluster if executor == "ray" else None
                outcomes.append(play(draw_scenario(seed, executor), folder, there))
                shutil.rmtree(folder)
            except AssertionError as error:
                failed += 1
                print(f"{folder}: {error}", flush=True)
    return outcomes, failed


def table(outcomes: list[Outcome], failed: int, seconds: float) -> str:
    """The tables as Markdown."""
    done, tried = len(outcomes), len(outcomes) + failed
    lines = [
        f"{done} of {tried} scenarios ended as they must, in {seconds / 60:.0f} minutes; "
        f"{_kills(outcomes)} processes were ended or stopped.\n"
    ]
    lines += _rows("executor", outcomes, lambda o: [_EXECUTORS[o.scenario.executor]])
    lines += ["", *_rows("besides kills", outcomes, lambda o: [o.scenario.trouble or "nothing"])]
    lines += ["", *_points(outcomes)]
    return "\n".join(lines) + "\n"


def _rows(
    title: str, outcomes: list[Outcome], names: Callable[[Outcome], Iterable[str]]
) -> list[str]:
    lines = [
        f"| {title} | ended with equal digests | kills | most often one node ran |",
        "|---|--:|--:|--:|",
    ]
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        for name in names(outcome):
            groups.setdefault(name, []).append(outcome)
    for name, group in sorted(groups.items()):
        worst = 1 + max(outcome.again for outcome in group)
        lines.append(f"| {name} | {len(group)} | {_kills(group)} | {worst} |")
    return lines


def _kills(outcomes: Iterable[Outcome]) -> int:
    return sum(len(outcome.fired) for outcome in outcomes)


def _points(outcomes: list[Outcome]) -> list[str]:
    """How often a driver and a worker were ended at each point."""
    lines = [
        "| ended at | driver | worker | KILL | INT or TERM | stopped |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for point in (*AT_START, *IN_DRIVER, *IN_WORKER, *IN_LONG):
        fired = [(k, victim) for o in outcomes for k, victim in o.fired if k.point == point]
        victims = [sum(victim == who for _, victim in fired) for who in ("driver", "worker")]
        signals = [
            sum(kill.signal in which for kill, _ in fired)
            for which in (("KILL",), ("INT", "TERM"), ("STOP",))
        ]
        lines.append(f"| `{point}` | " + " | ".join(map(str, [*victims, *signals])) + " |")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name, default in (("local", 180), ("ray", 20), ("seed", 1000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=math.inf)
    chosen = parser.parse_args()
    start = time.monotonic()
    with Cluster(workers=1) if chosen.ray else nullcontext() as cluster:
        drawn = scenarios(chosen.local, chosen.ray, chosen.seed)
        outcomes, failed = run_all(drawn, cluster, chosen.seconds)
    text = DOCUMENT.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    written = table(outcomes, failed, time.monotonic() - start)
    DOCUMENT.write_text(f"{before}{BEGIN}{written}{END}{after}", "utf-8")
    print(f"{len(outcomes)} ended as they must, {failed} did not")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
