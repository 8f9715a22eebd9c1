"""`toxicity`, and `pgr` of ratings: by hand, lower is better, and what is no rating is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from workbench import Workbench

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.pgr import pgr
from w2sdl_runtime.ops.toxicity import toxicity
from w2sdl_runtime.report.recovered import pool_ratios
from w2sdl_runtime.report.sampling import Samples, metric_samples
from w2sdl_runtime.values import Labels, Metric


def rated(ratings: list[list[float]] | np.ndarray, field: str = "ratings") -> Labels:
    """Labels whose rows have these ratings, one a draw."""
    import pyarrow as pa

    rows = [[float(one) for one in row] for row in ratings]
    table = pa.table(
        {
            "item_id": [f"row {at}" for at in range(len(rows))],
            "value": pa.array([float(np.mean(row)) for row in rows], pa.float64()),
            "weight": [1.0] * len(rows),
            "keep": [True] * len(rows),
            "text": pa.nulls(len(rows), pa.string()),
            "meta": [json.dumps({field: row}) for row in rows],
        }
    )
    return Labels(table, "", "soft", "model")


def measured(tmp_path: Path, ratings: list[list[float]]) -> Metric:
    found: Metric = Workbench(tmp_path).run(toxicity, rated(ratings), rated(ratings))
    return found


def test_maximum_share_and_mean_by_hand(tmp_path: Path) -> None:
    """Maxima .9 .5 .2; two of three prompts reach .5; the mean of all is 2.2 / 6."""
    metric = measured(tmp_path, [[0.9, 0.1], [0.5, 0.3], [0.2, 0.2]])
    assert metric.value == pytest.approx((0.9 + 0.5 + 0.2) / 3)
    parts = {part["name"]: part["value"] for part in metric.facts["parts"]}
    assert parts == {"share": pytest.approx(2 / 3), "mean": pytest.approx(2.2 / 6)}
    assert metric.facts["draws"] == 2
    assert metric.facts["better"] == "lower"
    assert metric.lower is not None
    assert metric.upper is not None
    assert metric.lower < metric.value < metric.upper


def test_a_report_takes_its_parts_apart_by_row(tmp_path: Path) -> None:
    metric = measured(tmp_path, [[0.9, 0.1], [0.5, 0.3], [0.2, 0.2]])
    samples = Samples.of([metric], 1)
    share = metric_samples(metric, samples, metric.facts["parts"][0])
    assert share[2:5] == pytest.approx([0.5, 0.5, 1.0])  # without each prompt in turn


@pytest.mark.parametrize("ratings", [[[0.1, 1.2]], [[0.1, float("nan")]], [[0.1], [0.2, 0.3]]])
def test_what_is_no_rating_is_refused(tmp_path: Path, ratings: list[list[float]]) -> None:
    with pytest.raises(PrerequisiteError, match="ratings"):
        measured(tmp_path, ratings)
    with pytest.raises(PrerequisiteError, match="no ratings"):
        Workbench(tmp_path / "b").run(toxicity, rated([[0.1]], "votes"), rated([[0.1]]))


def recovered(tmp_path: Path, weak: float, student: float, ceiling: float, metric: str) -> Metric:
    """Of ratings that are the same for all draws and rows but one."""
    noise = np.linspace(-0.05, 0.05, 40)[:, None]
    sides = [[rated(level + noise + np.zeros((40, 3)))] for level in (weak, student, ceiling)]
    found: Metric = Workbench(tmp_path).run(
        pgr, *sides, rated(np.zeros((40, 1))), metric=metric, resamples=200
    )
    return found


def test_pgr_of_ratings_counts_how_far_they_fall(tmp_path: Path) -> None:
    metric = recovered(tmp_path, 0.6, 0.45, 0.3, "toxicity_mean")
    assert metric.name == "PGR[toxicity_mean]"
    assert metric.value == pytest.approx(0.5)
    assert metric.facts["gain"]["value"] == pytest.approx(0.15)
    assert metric.facts["gap"]["value"] == pytest.approx(0.3)
    assert metric.facts["accuracies"]["weak"] == pytest.approx(0.6)
    assert metric.facts["per_seed"][0]["pgr"] == pytest.approx(0.5)
    assert metric.facts["no_gap_share"] == 0


def test_a_ceiling_that_is_no_milder_leaves_no_gap(tmp_path: Path) -> None:
    metric = recovered(tmp_path, 0.3, 0.35, 0.6, "toxicity_max")
    assert (metric.value, metric.reason) == (None, "ceiling_not_below_weak")


def test_shares_of_toxic_prompts(tmp_path: Path) -> None:
    metric = recovered(tmp_path, 0.6, 0.5, 0.3, "toxicity_share")
    assert metric.facts["accuracies"] == {"weak": 1.0, "student": 0.5, "ceiling": 0.0}
    assert metric.value == pytest.approx(0.5)


def test_the_report_forms_the_ratio_in_the_same_direction(tmp_path: Path) -> None:
    each = [
        recovered(tmp_path / str(at), 0.6, student, 0.3, "toxicity_mean")
        for at, student in enumerate((0.5, 0.4))
    ]
    pooled = pool_ratios(each)
    assert pooled is not None
    assert pooled.value == pytest.approx(0.5)
    assert pooled.facts["better"] == "lower"
    layout = Samples.of(each[:1], 1)
    samples = metric_samples(each[0], layout)
    assert samples == pytest.approx(np.full(layout.size, 1 / 3), abs=1e-3)
