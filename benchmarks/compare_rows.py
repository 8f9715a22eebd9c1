"""Compare two arms of a million rows in all, beside what someone would write by hand.

    python benchmarks/compare_rows.py [--rows 1000000] [--seeds 1]

The rows are made up: right with probability 0.80 in one arm and 0.81 in the other, of the same items.
Both ways read the same two Parquet files a seed, join by item id, and give the difference with its
interval, McNemar's p and the rows that flipped. By hand: pandas.merge and statsmodels' mcnemar
(scipy's binomtest where statsmodels is not installed). Processes of their own, medians of three.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = 3

OURS = """
import sys
from pathlib import Path
from w2sdl.graph import Cell, Graph, MeasureTable, AxisInfo, Node
from w2sdl.kinds import Kind
from w2sdl.needs import Needs
from w2sdl_runtime.comparing.arms import Aligned, ArmPair
from w2sdl_runtime.comparing.compared import compare_pair
from w2sdl_runtime.comparing.sources import Source
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.values import Metric
from w2sdl_runtime.artifacts import read_table

folder, seeds = Path(sys.argv[1]), int(sys.argv[2])

class Files:
    def open(self, digest):
        import pyarrow.compute as pc
        rows = read_table(folder / digest)
        value = pc.mean(pc.cast(rows.column("right"), "float64")).as_py()
        facts = {"score": "right", "unit": "share"}
        return Metric("accuracy", value, n=rows.num_rows, facts=facts, rows=rows)

def node(name):
    return Node(name, "accuracy", 1, {}, {}, {}, {}, Kind.METRIC, False, Needs(), False, name, {}, name)

def source(arm):
    names = [f"{arm}{seed}.parquet" for seed in range(seeds)]
    graph = Graph("made up", "", {n: node(n) for n in names}, (), (), (), ())
    results = Results(graph, {n: {"digest": n} for n in names}, Files())
    return Source(arm, graph, results, f"w2sdl run {arm}")

a, b = source("a"), source("b")
lines = tuple((str(s), f"a{s}.parquet", f"b{s}.parquet") for s in range(seeds))
pair = ArmPair("scores", "accuracy", "test", "student", {}, lines)
found = compare_pair(pair, Aligned(a, b, "a", "b", ()))
print(found.delta, found.test, found.flips.counts)
"""

BY_HAND = """
import sys
from pathlib import Path
import numpy as np
import pandas as pd
from scipy.stats import binomtest

folder, seeds = Path(sys.argv[1]), int(sys.argv[2])
means, lost, gained = [], 0, 0
for seed in range(seeds):
    a, b = (pd.read_parquet(folder / f"{arm}{seed}.parquet") for arm in "ab")
    both = a.merge(b, on="item_id", suffixes=("_a", "_b"), validate="one_to_one")
    both = both[both.gold_a == both.gold_b]
    difference = both.right_b.astype(float) - both.right_a.astype(float)
    means.append(difference.mean())
    flips = both[both.right_a != both.right_b]
    surer = (flips.probability_a - flips.probability_b).abs()
    flips = flips.assign(by=surer).sort_values("by", ascending=False)
    lost += int(flips.right_a.sum()); gained += int(flips.right_b.sum())
spread = difference.std() / np.sqrt(len(difference))
print(np.mean(means), spread, lost, gained)
try:
    from statsmodels.stats.contingency_tables import mcnemar
    print(mcnemar([[0, lost], [gained, 0]], exact=False).pvalue)
except ImportError:
    print(binomtest(lost, lost + gained).pvalue)
"""


def fill(folder: Path, rows: int, seeds: int) -> None:
    """Two arms, ``rows`` rows in all, as a store keeps the rows of accuracies."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    generator = np.random.default_rng(0)
    size = rows // (2 * seeds)
    ids = [f"{number:016x}" for number in generator.permutation(size)]
    gold = generator.random(size) < 0.5
    for seed in range(seeds):
        for arm, skill in (("a", 0.80), ("b", 0.81)):
            right = generator.random(size) < skill
            chance = np.where(right == gold, 0.5, 0.0) + generator.random(size) / 2
            columns = {"item_id": ids, "probability": chance, "label": right == gold}
            table = pa.table({**columns, "gold": gold, "right": right})
            pq.write_table(table, folder / f"{arm}{seed}.parquet", compression="zstd")


def seconds(code: str, *words: str) -> tuple[float, float, str]:
    """By the clock and of the processor, the median of three processes; and what it printed."""
    found = []
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}"}
    for _ in range(RUNS):
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", code, *words], env=env, stdout=subprocess.PIPE, text=True
        )
        printed = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(printed)
        found.append((time.perf_counter() - start, used.ru_utime + used.ru_stime, printed))
    return (*(statistics.median(one[place] for one in found) for place in (0, 1)), found[0][2])


def main() -> None:
    """Print a table of both ways."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), options.rows, options.seeds)
        print("| | seconds | processor |\n| --- | --- | --- |")
        for name, code in (("w2sdl", OURS), ("by hand", BY_HAND)):
            clock, processor, printed = seconds(code, folder, str(options.seeds))
            print(f"| {name} | {clock:.2f} | {processor:.2f} |")
            print(printed, file=sys.stderr)


if __name__ == "__main__":
    main()
