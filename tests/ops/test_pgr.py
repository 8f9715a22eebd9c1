from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from test_accuracy import labels
from workbench import Workbench

from w2sdl_runtime.measuring.recovery import measure
from w2sdl_runtime.op import Mismatch, PrerequisiteError
from w2sdl_runtime.ops.pgr import pgr
from w2sdl_runtime.report.recovered import ratio
from w2sdl_runtime.values import Labels, Metric


def right_share(share: float, rows: int) -> Labels:
    """Labels of rows whose gold is 1, right for the first ``share`` of them."""
    return labels(np.arange(rows) < round(share * rows))


def run(tmp_path: Path, weak: float, student: float, ceiling: float, rows: int = 10_000) -> Metric:
    bench = Workbench(tmp_path)
    models = [[right_share(share, rows)] for share in (weak, student, ceiling)]
    metric = pgr(bench.context("pgr"), *models, labels(np.ones(rows)), resamples=400)
    return bench.keep(metric)


@pytest.mark.parametrize(
    ("weak", "student", "ceiling", "recovered"),
    [
        (0.900, 0.926, 0.934, 0.7647),
        (0.860, 0.887, 0.899, 0.6923),
        (0.875, 0.879, 0.898, 0.1739),
        (0.8017, 0.8100, 0.8762, 0.1114),
        (0.60, 0.50, 0.80, -0.5),
        (0.60, 0.90, 0.80, 1.5),
    ],
)
def test_the_published_vectors(
    tmp_path: Path, weak: float, student: float, ceiling: float, recovered: float
) -> None:
    metric = run(tmp_path, weak, student, ceiling)
    assert metric.name == "PGR[acc]"
    assert metric.value == pytest.approx(recovered, abs=5e-5)
    assert metric.lower is not None
    assert metric.upper is not None
    assert metric.lower < metric.value < metric.upper


@pytest.mark.parametrize("ceiling", [0.50, 0.48])
def test_without_a_gap_it_is_null_and_says_why(tmp_path: Path, ceiling: float) -> None:
    metric = run(tmp_path, 0.50, 0.52, ceiling, rows=200)
    assert metric.value is metric.lower is metric.upper is None
    assert metric.reason == "ceiling_not_above_weak"
    assert metric.facts["accuracies"] == {"weak": 0.5, "student": 0.52, "ceiling": ceiling}
    assert metric.n == 200
    assert metric.facts["gain"]["value"] == pytest.approx(0.02)
    assert metric.facts["no_gap_share"] > 0.5


def rows_of(weak: float, student: float, ceiling: float, rows: int, seeds: int = 1) -> np.ndarray:
    """Truth values, independent between models, with the given chances of being right."""
    drawn = np.random.default_rng(3).random((3, seeds, rows))
    return drawn < np.array([weak, student, ceiling])[:, None, None]


def bootstrap(right: np.ndarray, resamples: int = 2000) -> Metric:
    ids = [str(row) for row in range(right.shape[2])]
    return measure(right, ids, resamples, np.random.default_rng(0))


def test_an_unstable_ratio_has_no_interval_but_the_gain_has() -> None:
    metric = bootstrap(rows_of(0.60, 0.62, 0.64, rows=150))
    assert metric.value is not None
    assert metric.facts["no_gap_share"] > 0.05
    assert "unstable" in metric.facts["warnings"]
    assert metric.lower is metric.upper is None
    assert metric.facts["gain"]["lower"] < metric.facts["gain"]["value"]


def test_a_gap_of_rounding_is_none() -> None:
    """The same three accuracies in another order: their means differ in the last bit."""
    weak, ceiling = (0.1, 0.4, 0.1), (0.1, 0.1, 0.4)
    assert np.mean(ceiling) > np.mean(weak)
    right = [
        [[row < 10 * share for row in range(10)] for share in shares]
        for shares in (weak, (0.9, 0.9, 0.9), ceiling)
    ]
    found = measure(np.array(right), [str(row) for row in range(10)], 50, np.random.default_rng(0))
    assert (found.value, found.reason) == (None, "ceiling_not_above_weak")
    assert [seed["pgr"] is None for seed in found.facts["per_seed"]] == [True, True, False]
    assert not np.isfinite(ratio(0.5, 0.6, 0.5))  # type: ignore[arg-type]  # as `combine` calls it


def test_a_gap_within_two_standard_errors_is_warned_of() -> None:
    close = bootstrap(rows_of(0.60, 0.62, 0.64, rows=150))
    far = bootstrap(rows_of(0.50, 0.70, 0.90, rows=600))
    assert "small_gap" in close.facts["warnings"]
    assert far.facts["warnings"] == []


def test_accuracies_are_averaged_over_seeds_before_the_ratio(tmp_path: Path) -> None:
    """Half of a gap of 0.4, nothing of one of 0.1: together 2/5, not the mean 1/4."""
    bench = Workbench(tmp_path)
    weak = [right_share(0.5, 100), right_share(0.5, 100)]
    student = [right_share(0.7, 100), right_share(0.5, 100)]
    ceiling = [right_share(0.9, 100), right_share(0.6, 100)]
    metric = pgr(bench.context("pgr"), weak, student, ceiling, labels(np.ones(100)))
    assert metric.value == pytest.approx(0.4)
    assert [seed["pgr"] for seed in metric.facts["per_seed"]] == pytest.approx([0.5, 0.0])
    assert metric.facts["seeds"] == 2
    assert metric.rows is not None
    assert metric.rows.num_rows == 200
    assert set(metric.rows["seed"].to_pylist()) == {0, 1}


def test_a_model_without_seeds_serves_all_of_them(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    shared = [right_share(0.5, 50)]
    several = [right_share(share, 50) for share in (0.6, 0.7, 0.8)]
    gold = labels(np.ones(50))
    metric = pgr(bench.context("pgr"), shared, several, [right_share(0.9, 50)] * 3, gold)
    assert metric.value == pytest.approx(0.5)
    with pytest.raises(PrerequisiteError, match="1 weak, 3 student, 2 ceiling"):
        pgr(bench.context("pgr"), shared, several, several[:2], gold)


def test_seeds_that_differ_widen_the_interval() -> None:
    steady = np.repeat(rows_of(0.5, 0.6, 0.9, 300), 4, axis=1)
    moved = steady.copy()
    moved[1, 0], moved[1, 1] = moved[0, 0], moved[2, 1]  # two students as bad or good as it gets
    width = [bootstrap(right) for right in (steady, moved)]
    assert all(m.upper is not None and m.lower is not None for m in width)
    narrow, wide = [m.upper - m.lower for m in width]  # type: ignore[operator]
    assert wide > 1.5 * narrow


def test_the_pairing_of_rows_is_kept() -> None:
    """A student that is the weak model but for ten rows has a certain gain; unpaired it has not."""
    from scipy import stats

    weak = np.random.default_rng(0).random(400) < 0.6
    student = weak.copy()
    student[np.flatnonzero(~weak)[:10]] = True
    metric = bootstrap(np.stack([weak, student, np.ones(400, dtype=bool)])[:, None, :])
    gain = metric.facts["gain"]
    assert gain["value"] == pytest.approx(0.025)
    expected = stats.ttest_1samp(student.astype(float) - weak, 0).confidence_interval()
    assert (gain["lower"], gain["upper"]) == pytest.approx((expected.low, expected.high))
    assert gain["lower"] > 0.009


def test_the_same_seed_gives_the_same_interval(tmp_path: Path) -> None:
    first, second = (run(tmp_path / name, 0.5, 0.6, 0.8, rows=100) for name in "ab")
    assert (first.lower, first.upper) == (second.lower, second.upper)


def test_resamples_take_less_than_one_by_one() -> None:
    right = rows_of(0.6, 0.7, 0.8, rows=600, seeds=3)
    bootstrap(right, 10)
    best = min(_seconds(lambda: bootstrap(right)) for _ in range(3))
    assert best < _seconds(lambda: _one_by_one(right, 2_000)) / 2


def _one_by_one(right: np.ndarray, draws: int) -> None:
    """What resampling by picking seeds and rows of each draw would be."""
    generator = np.random.default_rng(0)
    _, seeds, rows = right.shape
    for _ in range(draws):
        picked = right[:, generator.integers(0, seeds, seeds)]
        picked[:, :, generator.integers(0, rows, rows)].mean(axis=(1, 2))


def _seconds(work: Callable[[], object]) -> float:
    """Of processor time: other work on the machine doesn't count."""
    start = time.process_time()
    work()
    return time.process_time() - start


def ranked(areas: list[float], seeds: int = 2, rows: int = 240) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the three roles, of which the better rank right rows higher; and gold."""
    generator = np.random.default_rng(4)
    truth = generator.random(rows) < 0.4
    noise = generator.normal(size=(3, seeds, rows))
    signal = np.asarray(areas)[:, None, None] * (2.0 * truth - 1)
    return 1 / (1 + np.exp(-(signal + noise))), truth


def recovered_area(tmp_path: Path, scores: np.ndarray, truth: np.ndarray, **named: int) -> Metric:
    models = [[labels(one) for one in role] for role in scores]
    metric: Metric = Workbench(tmp_path).run(pgr, *models, labels(truth), metric="auroc", **named)
    return metric


def test_areas_take_the_place_of_accuracies_and_are_named(tmp_path: Path) -> None:
    """Against scikit-learn: areas are averaged over seeds first, then the ratio is formed."""
    from sklearn.metrics import roc_auc_score

    scores, truth = ranked([0.3, 0.7, 1.2])
    metric = recovered_area(tmp_path, scores, truth, resamples=300)
    weak, student, ceiling = (
        np.mean([roc_auc_score(truth, one) for one in role]) for role in scores
    )
    assert metric.name == "PGR[auroc]"
    assert metric.value == pytest.approx((student - weak) / (ceiling - weak))
    assert metric.facts["accuracies"]["ceiling"] == pytest.approx(ceiling)
    assert metric.lower < metric.value < metric.upper
    assert len(metric.facts["per_seed"]) == 2


def test_the_same_ranking_in_other_numbers_recovers_the_same(tmp_path: Path) -> None:
    """No threshold: a student that says 0.1 p is right on half of the rows, and ranks as before."""
    scores, truth = ranked([0.3, 0.7, 1.2])
    shrunk = scores * np.array([1, 0.1, 1])[:, None, None]
    one = recovered_area(tmp_path / "a", scores, truth, resamples=50)
    other = recovered_area(tmp_path / "b", shrunk, truth, resamples=50)
    assert (one.value, one.lower, one.upper) == (other.value, other.lower, other.upper)


def test_areas_have_the_same_guards(tmp_path: Path) -> None:
    scores, truth = ranked([0.9, 0.5, 0.3])
    no_gap = recovered_area(tmp_path / "a", scores, truth, resamples=50)
    assert (no_gap.value, no_gap.reason) == (None, "ceiling_not_above_weak")
    assert no_gap.facts["no_gap_share"] > 0.9
    one_class = recovered_area(tmp_path / "b", scores, np.ones(len(truth)), resamples=50)
    assert (one_class.value, one_class.reason) == (None, "one_gold_class_only")


def test_repetitions_in_areas_are_pooled_in_areas(tmp_path: Path) -> None:
    """The report forms one ratio of several nodes: equal to that of all seeds in one node."""
    from w2sdl_runtime.report.recovered import pool_ratios
    from w2sdl_runtime.report.sampling import Samples, metric_samples

    scores, truth = ranked([0.3, 0.7, 1.2])
    together = recovered_area(tmp_path / "t", scores, truth, resamples=50)
    each = [
        recovered_area(tmp_path / str(at), scores[:, at : at + 1], truth, resamples=50)
        for at in range(2)
    ]
    pooled = pool_ratios(each)
    assert pooled is not None
    assert pooled.name == "PGR[auroc]"
    assert pooled.value == pytest.approx(together.value)
    found = metric_samples(together, Samples.of([together], 2))
    assert found[0] == pytest.approx(together.value)
    assert found[1] == pytest.approx(each[1].value)  # without the first seed
    without = recovered_area(tmp_path / "w", scores[:, :, 1:], truth[1:], resamples=10)
    assert found[3] == pytest.approx(without.value)


@pytest.mark.parametrize("name", ["balanced_accuracy", "f1"])
def test_other_metrics_of_two_classes_take_their_place(tmp_path: Path, name: str) -> None:
    """Against scikit-learn, of unbalanced classes: accuracies would recover something else."""
    from sklearn.metrics import balanced_accuracy_score, f1_score

    scores, truth = ranked([0.2, 0.5, 0.9])
    models = [[labels(one) for one in role] for role in scores]
    metric: Metric = Workbench(tmp_path).run(
        pgr, *models, labels(truth), metric=name, resamples=200
    )
    score = (
        balanced_accuracy_score
        if name == "balanced_accuracy"
        else lambda y, p: f1_score(y, p, average="weighted")
    )
    weak, student, ceiling = (np.mean([score(truth, one > 0.5) for one in role]) for role in scores)
    assert metric.name == f"PGR[{name}]"
    assert metric.value == pytest.approx((student - weak) / (ceiling - weak))
    assert metric.facts["accuracies"]["student"] == pytest.approx(student)
    assert metric.lower < metric.value < metric.upper


def test_words_can_be_matched_and_not_ranked() -> None:
    given = dict.fromkeys(("weak", "student", "ceiling", "gold"), ("text",))
    refused = pgr.__w2sdl__.answers({"metric": "auroc"}, given)
    assert isinstance(refused, Mismatch)
    assert refused.fact == "these labels are words, which can't be ranked"
    assert pgr.__w2sdl__.answers({"metric": "accuracy"}, given) == ""
