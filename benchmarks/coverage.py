"""How often 95 % intervals hold the truth, in simulations where the truth is known.

    python benchmarks/coverage.py [--sims 2000] [--write]

Prints the tables of `docs/statistics.md`. With `--write` it also writes what few seeds cover into
`runtime/w2sdl_runtime/stats/simulated.py`, from where reports state it.

A model is right on a row where ability + seed + row + noise > 0, all normal: rows are hard for all
seeds and models alike (sd 1), noise is of one seed and row (sd 1), and a seed moves the accuracy of a
model by about the sd that is given. Each model has its own seeds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit, ndtri
from scipy.stats import binom, norm

from w2sdl_runtime.measuring.ranking import area
from w2sdl_runtime.measuring.resampling import draw_counts, without_each_row
from w2sdl_runtime.stats.intervals import Interval, bca, percentiles
from w2sdl_runtime.stats.leave_out import LeftOut, combine, jackknife
from w2sdl_runtime.stats.ratios import fieller
from w2sdl_runtime.stats.shares import wilson

SEEDS = (2, 3, 5, 10, 20)
ROWS = (200, 1000)
TABLE = Path(__file__).parents[1] / "runtime/w2sdl_runtime/stats/simulated.py"
Draw = Callable[[np.random.Generator], tuple[Interval | None, float]]


def right(
    rng: np.random.Generator, accuracy: float, sd: float, hard: np.ndarray, seeds: int
) -> np.ndarray:
    """Whether a model of this mean accuracy is right: seeds x rows, 0 or 1."""
    of_seed = sd * np.sqrt(2) / norm.pdf(ndtri(accuracy))
    ability = ndtri(accuracy) * np.sqrt(2 + of_seed**2)
    moved = ability + of_seed * rng.normal(size=(seeds, 1))
    return (moved + hard + rng.normal(size=(seeds, len(hard))) > 0).astype(np.float64)


@dataclass(frozen=True)
class Scenario:
    """What is estimated, and with how many seeds and rows."""

    kind: str
    seeds: int
    rows: int
    sd: float
    accuracies: tuple[float, ...]

    def draw(self, rng: np.random.Generator) -> tuple[Interval | None, float]:
        """One experiment: its interval (None where it gets none), and the truth."""
        hard = rng.normal(size=self.rows)
        models = [
            LeftOut.of_mean(right(rng, accuracy, self.sd, hard, self.seeds))
            for accuracy in self.accuracies
        ]
        if self.kind == "share":
            return jackknife(models[0], share=True), self.accuracies[0]
        if self.kind == "difference":
            first, second = self.accuracies
            return jackknife(combine(np.subtract, *models)), first - second
        weak, student, ceiling = self.accuracies
        gain, gap = (combine(np.subtract, one, models[0]) for one in models[1:])
        interval, truth = fieller(gain, gap), (student - weak) / (ceiling - weak)
        of_gap = jackknife(gap)
        # The guards of PGR: no interval where there may be no gap.
        return (interval if of_gap.lower is not None and of_gap.lower > 0 else None), truth


def covered(scenario: Scenario, sims: int, seed: int = 0) -> tuple[float, float]:
    """The share of intervals that hold the truth, and the share of experiments that got one."""
    rng = np.random.default_rng([seed, scenario.seeds, scenario.rows, round(1000 * scenario.sd)])
    hits = []
    for _ in range(sims):
        interval, truth = scenario.draw(rng)
        if interval is not None and interval.lower is not None and interval.upper is not None:
            hits.append(interval.lower <= truth <= interval.upper)
    return (float(np.mean(hits)) if hits else np.nan), len(hits) / sims


#: Heads of table rows: what, accuracies, spreads over seeds, numbers of seeds.
CASES = (
    ("share", "accuracy 70 %", (0.7,), (0.0, 0.01, 0.03, 0.06), SEEDS),
    ("share", "accuracy 93 %", (0.93,), (0.0, 0.01, 0.03, 0.06), SEEDS),
    ("difference", "75 % against 70 %", (0.75, 0.7), (0.0, 0.02, 0.06), SEEDS),
    ("ratio", "PGR of 60, 70, 80 %", (0.6, 0.7, 0.8), (0.0, 0.02, 0.05), (1, *SEEDS)),
    ("ratio", "PGR of 85, 88, 90 %", (0.85, 0.88, 0.9), (0.0, 0.02), (1, *SEEDS)),
)


def scenarios() -> Iterator[tuple[str, list[Scenario]]]:
    """Rows of the table, each with its scenarios over numbers of seeds."""
    for kind, what, accuracies, spreads, seeds in CASES:
        for sd in spreads:
            for rows in ROWS:
                several = [
                    Scenario(kind, s, rows, sd, accuracies) for s in seeds if s > 1 or not sd
                ]
                yield f"{what} | {100 * sd:.0f} | {rows:,}", several


def print_seeds(sims: int) -> dict[int, list[float]]:
    """The table over seeds; by number of seeds, what was covered."""
    columns = (1, *SEEDS)
    print("| what | sd over seeds, points | rows |", " | ".join(map(str, columns)), "|")
    print("| --- | --- | --- |", " | ".join("---" for _ in columns), "|")
    found: dict[int, list[float]] = {}
    for head, several in scenarios():
        cells = {}
        for scenario in several:
            share, given = covered(scenario, sims)
            told = f" ({100 * given:.0f})" if given < 0.995 else ""
            cells[scenario.seeds] = f"{100 * share:.1f}{told}"
            if given >= 0.5:
                found.setdefault(scenario.seeds, []).append(share)
        print(f"| {head} |", " | ".join(cells.get(s, "") for s in columns), "|", flush=True)
    return found


def exact_rows(rows: int, accuracy: float) -> float:
    """What Wilson's interval over rows covers: summed over all outcomes, not simulated."""
    counts = np.arange(rows + 1)
    ends = np.array([wilson(count / rows, rows) for count in counts])
    held = (ends[:, 0] <= accuracy) & (accuracy <= ends[:, 1])
    return float(binom.pmf(counts, rows, accuracy)[held].sum())


def print_rows() -> None:
    """Shares of rows, exactly."""
    sizes, accuracies = (50, 100, 200, 500, 1000, 2000), (0.5, 0.7, 0.9, 0.95, 0.99)
    print("| accuracy |", " | ".join(f"{n:,} rows" for n in sizes), "|")
    print("| --- |", " | ".join("---" for _ in sizes), "|")
    for accuracy in accuracies:
        cells = [f"{100 * exact_rows(n, accuracy):.1f}" for n in sizes]
        print(f"| {100 * accuracy:.0f} % |", " | ".join(cells), "|")


def auroc_covered(rows: int, signal: float, sims: int, resamples: int = 1000) -> list[float]:
    """What BCa and percentile intervals of AUROC cover; a case is `signal` sd above a control."""
    rng = np.random.default_rng([rows, round(10 * signal)])
    truth = norm.cdf(signal / np.sqrt(2))
    hits = []
    for _ in range(sims):
        gold = rng.random(rows) < 0.4
        statistic = area(expit(signal * gold + rng.normal(size=rows)), gold)
        value, left = statistic(np.ones(rows)), without_each_row(statistic, rows)
        drawn = np.array([statistic(one) for one in draw_counts(rng, resamples, rows)])
        drawn = drawn[np.isfinite(drawn)]
        if left is None or not drawn.size:
            raise ValueError(f"{rows} rows have no area")
        ends = bca(drawn, value, left), percentiles(drawn)
        hits.append([lower <= truth <= upper for lower, upper in ends])
    return list(np.mean(hits, axis=0))


def print_auroc(sims: int) -> None:
    """A statistic of rows that is no mean."""
    print("| AUROC | rows | BCa | percentile |\n| --- | --- | --- | --- |")
    for signal in (0.5, 2.0):
        for rows in (50, 200, 500):
            cells = " | ".join(f"{100 * one:.1f}" for one in auroc_covered(rows, signal, sims))
            print(f"| {norm.cdf(signal / np.sqrt(2)):.2f} | {rows} | {cells} |", flush=True)


def write(found: dict[int, list[float]], sims: int) -> None:
    """The table in code: lowest and highest coverage over all scenarios, by number of seeds above 1."""
    lines = [
        f"    {seeds}: ({min(shares):.3f}, {max(shares):.3f}),"
        for seeds, shares in sorted(found.items())
        if seeds > 1
    ]
    text = TABLE.read_text("utf-8")
    head, tail = text.index("COVERAGE: "), text.index("}\n", text.index("COVERAGE: "))
    declared = text[head : text.index("{", head) + 1]
    table = "\n".join([declared, *lines, ""])
    counted = f"SIMULATIONS = {sims}\n"
    old = next(line for line in text.splitlines(True) if line.startswith("SIMULATIONS"))
    TABLE.write_text((text[:head] + table + text[tail:]).replace(old, counted), "utf-8")


def main(arguments: list[str]) -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sims", type=int, default=2000, help="experiments for each cell")
    parser.add_argument("--write", action="store_true", help="write the table in code too")
    given = parser.parse_args(arguments)
    error = 100 * np.sqrt(0.95 * 0.05 / given.sims)
    print(f"Monte-Carlo standard error: {error:.1f} points ({given.sims:,} experiments a cell)\n")
    print_rows()
    print()
    found = print_seeds(given.sims)
    print()
    print_auroc(min(given.sims, 500))
    if given.write:
        write(found, given.sims)


if __name__ == "__main__":
    main(sys.argv[1:])
