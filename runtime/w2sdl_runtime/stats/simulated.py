"""What 95 % intervals over few seeds cover in simulations; the table is written, not typed.

`python benchmarks/coverage.py --write` measures it again; `docs/statistics.md` has every scenario.
"""

from __future__ import annotations

#: Experiments for each scenario.
SIMULATIONS = 2000
#: By number of seeds, the lowest and the highest share of intervals that hold the truth, over shares,
#: differences and PGR with seeds that differ by 0 to 6 points.
COVERAGE: dict[int, tuple[float, float]] = {
    2: (0.872, 0.972),
    3: (0.911, 0.974),
    5: (0.923, 0.974),
    10: (0.931, 0.967),
    20: (0.932, 0.963),
}

#: From so many seeds on, intervals cover what they claim.
ENOUGH = 10


def covers(seeds: int) -> str:
    """What intervals over so few seeds cover, in words; "" where there is nothing to be told.

    Between two numbers that were simulated, the smaller one's range is told.
    """
    known = [count for count in sorted(COVERAGE) if 2 <= count <= seeds]
    if not known or seeds >= ENOUGH:
        return ""
    lowest, highest = COVERAGE[known[-1]]
    several = f"{known[-1]} seeds" if known[-1] == seeds else f"{known[-1]} and more seeds"
    return (
        f"In simulations, 95 % intervals over {several} held the truth in {100 * lowest:.0f} to "
        f"{100 * highest:.0f} % of experiments"
    )
