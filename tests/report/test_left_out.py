"""Metrics that are no plain share bring their values without each row: means of them get intervals."""

from __future__ import annotations

import numpy as np
import pytest

from w2sdl_runtime.report.sampling import Samples, metric_samples
from w2sdl_runtime.values import Metric


def test_values_without_each_row_are_taken_as_they_are() -> None:
    import pyarrow as pa

    rows = pa.table({"item_id": ["a", "b", "c"], "without": [0.4, 0.5, 0.6]})
    metric = Metric("auroc", 0.5, n=3, facts={"left_out": "without"}, rows=rows)
    samples = Samples.of([metric], 2)
    assert metric_samples(metric, samples).tolist() == [0.5, 0.5, 0.5, 0.4, 0.5, 0.6]
    assert samples.interval(metric_samples(metric, samples)).lower is not None


def test_a_share_among_some_rows_loses_only_those() -> None:
    """2 of 3 counted rows hit; without `a` 1 of 2, without `d`, which does not count, still 2 of 3."""
    import pyarrow as pa

    columns = {"item_id": list("abcd"), "hit": [True, True, False, False]}
    rows = pa.table({**columns, "counted": [True, True, True, False]})
    metric = Metric("cdr", 2 / 3, n=4, facts={"score": "hit", "among": "counted"}, rows=rows)
    found = metric_samples(metric, Samples.of([metric], 1))
    assert found[2:] == pytest.approx(np.array([1 / 2, 1 / 2, 1, 2 / 3]))


def test_a_part_may_count_rows_of_its_own() -> None:
    """Of two wrong rows one is of the type; without the other wrong row all of them are."""
    import pyarrow as pa

    columns = {"item_id": list("abc"), "wrong": [True, True, False]}
    rows = pa.table({**columns, "overfitting": [True, False, False]})
    part = {"name": "overfitting", "value": 0.5, "where": "wrong", "is": True}
    metric = Metric("error_types", 2 / 3, n=3, facts={"score": "wrong"}, rows=rows)
    samples = Samples.of([metric], 1)
    found = metric_samples(metric, samples, part | {"score": "overfitting"})
    assert found[2:] == pytest.approx(np.array([0, 1, 0.5]))
