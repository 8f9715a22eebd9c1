"""Metrics that are no plain share bring their values without each row: means of them get intervals."""

from __future__ import annotations

import numpy as np
import pytest

from w2sdl.graph import Cell
from w2sdl.replication import Replication
from w2sdl_runtime.report.averaging import _estimate
from w2sdl_runtime.report.metric_numbers import unit_of
from w2sdl_runtime.report.sampling import Samples, metric_samples
from w2sdl_runtime.values import Metric


def test_values_without_each_row_are_taken_as_they_are() -> None:
    import pyarrow as pa

    rows = pa.table({"item_id": ["a", "b", "c"], "without": [0.4, 0.5, 0.6]})
    metric = Metric("auroc", 0.5, n=3, facts={"left_out": "without"}, rows=rows)
    samples = Samples.of([metric], 2)
    assert metric_samples(metric, samples)[:6].tolist() == [0.5, 0.5, 0.5, 0.4, 0.5, 0.6]
    assert samples.estimate(metric_samples(metric, samples)).interval().lower is not None


def test_a_share_among_some_rows_loses_only_those() -> None:
    """2 of 3 counted rows hit; without `a` 1 of 2, without `d`, which does not count, still 2 of 3."""
    import pyarrow as pa

    columns = {"item_id": list("abcd"), "hit": [True, True, False, False]}
    rows = pa.table({**columns, "counted": [True, True, True, False]})
    metric = Metric("cdr", 2 / 3, n=4, facts={"score": "hit", "among": "counted"}, rows=rows)
    found = metric_samples(metric, Samples.of([metric], 1))
    assert found[2:6] == pytest.approx(np.array([1 / 2, 1 / 2, 1, 2 / 3]))


def test_a_part_may_count_rows_of_its_own() -> None:
    """Of two wrong rows one is of the type; without the other wrong row all of them are."""
    import pyarrow as pa

    columns = {"item_id": list("abc"), "wrong": [True, True, False]}
    rows = pa.table({**columns, "overfitting": [True, False, False]})
    part = {"name": "overfitting", "value": 0.5, "where": "wrong", "is": True}
    metric = Metric("error_types", 2 / 3, n=3, facts={"score": "wrong"}, rows=rows)
    samples = Samples.of([metric], 1)
    found = metric_samples(metric, samples, part | {"score": "overfitting"})
    assert found[2:5] == pytest.approx(np.array([0, 1, 0.5]))


def test_a_part_may_be_a_difference_whose_interval_goes_below_0() -> None:
    """A drop may be a gain; breaks where its interval is cut at 0 like a share's."""
    import pyarrow as pa

    def metric(drops: list[float]) -> Metric:
        numbers = {"n": 4, "value": float(np.mean(drops)), "lower": None, "upper": None}
        parts = [
            {"name": "drop", "score": "drop", "unit": "difference", **numbers},
            {"name": "cut", "score": "moved", "unit": "share", **numbers, "value": -np.mean(drops)},
        ]
        facts = {"unit": "share", "score": "drop", "parts": parts}
        moved = np.abs(drops)
        rows = pa.table({"item_id": list("abcd"), "drop": drops, "moved": moved})
        return Metric("conflict_tax", 0.0, n=4, facts=facts, rows=rows)

    seeds = [metric([-1.0, 0.0, 0.0, 0.0]), metric([0.0, 0.0, 0.0, 0.0])]
    cells = [(Cell("S'", {"seed": str(i)}, str(i)), one) for i, one in enumerate(seeds)]
    repeats = Replication("seed", ("0", "1"), frozenset())
    drop, cut = (_estimate(cells, part, repeats) for part in ("drop", "cut"))
    assert drop is not None
    assert drop.lower is not None
    assert cut is not None
    assert drop.value == -cut.value == pytest.approx(-0.125)
    assert drop.lower < -0.125
    assert cut.lower is not None
    assert 0 <= cut.lower < 0.05
    assert unit_of(seeds[0], "drop") == "difference"
    assert unit_of(seeds[0], "") == "share"
