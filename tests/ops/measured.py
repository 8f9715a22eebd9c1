"""Labels to measure, drawn or given, and what every interval of a metric must satisfy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from test_accuracy import labels
from workbench import Workbench

from w2sdl_runtime.values import Labels, Metric


def drawn(rows: int, seed: int = 0, signal: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Scores in (0, 1) on two decimals, so that there are ties, and gold that they say something of."""
    generator = np.random.default_rng(seed)
    truth = generator.random(rows) < 0.35
    scores = 1 / (1 + np.exp(-(signal * (2 * truth - 1) + generator.normal(size=rows))))
    return np.round(scores, 2), truth


def run(tmp_path: Path, operation: Any, *inputs: Any, **named: Any) -> Metric:
    """The metric of plain numbers, stored and opened again."""
    bench = Workbench(tmp_path)
    given = [one if isinstance(one, Labels) else labels(one) for one in inputs]
    metric: Metric = bench.run(operation, *given, **named)
    return metric


def check_left_out(metric: Metric, again: Any, rows: tuple[int, ...] = (0, 7, 23)) -> None:
    """Values without a row are those of a measure that never had it."""
    assert metric.rows is not None
    without = metric.rows.column(metric.facts["left_out"]).to_pylist()
    for row in rows:
        assert np.isclose(without[row], again(row), atol=1e-12)
