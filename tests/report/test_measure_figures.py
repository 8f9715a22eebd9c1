"""Figures of measures: rankings, parts of many points, curves of who says how sure; and their names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from w2sdl.graph import Cell, MeasureTable
from w2sdl.roles import Roles
from w2sdl_runtime.report.confidence import _kept, plot_confidence
from w2sdl_runtime.report.headline import headline
from w2sdl_runtime.report.items.answers import Arm, Part
from w2sdl_runtime.report.measure_words import measure_in_words, metric_name, whole_name
from w2sdl_runtime.report.parts import plot_parts
from w2sdl_runtime.report.ranked import STEPS, _curve
from w2sdl_runtime.report.tables import Column, Figure, Table
from w2sdl_runtime.report.text import amount
from w2sdl_runtime.stats.intervals import Interval
from w2sdl_runtime.values import Metric

ROLES = Roles({"weak": "weak", "S'": "student", "top": "ceiling"}, {})


def arm(of: str, probability: list[float], gold: list[bool]) -> Arm:
    p = np.array(probability)
    right = (p > 0.5) == np.array(gold)
    return Arm(of, "other", "other", {}, right, p, (), right.astype(int), 1)


def figure(value: float, **facts: object) -> Figure:
    ends = Interval(value, value - 0.1, value + 0.1, "t")
    return Figure(ends, (), n=9, unit="share", facts=facts)


def column(of: str, value: float, part: str = "", **facts: object) -> Column:
    return Column(of, part, (), {(): figure(value, **facts)})


def table(name: str, op: str, columns: list[Column], **arguments: str) -> Table:
    dims = tuple(dict.fromkeys(dim for one in columns for dim in one.dims))
    return Table(name, op, "x.test", arguments, dims, tuple(columns))


# -- rankings and confidence -----------------------------------------------------------------------


def test_a_ranking_keeps_its_highest_rows_first_and_ties_count_alike() -> None:
    """By hand: of 40 rows the upper half is all right but for one; the lower half is tied, half right."""
    import pyarrow as pa

    score = [*np.linspace(1, 0.6, 20), *([0.2] * 20)]
    gold = [True] * 19 + [False] + [True] * 10 + [False] * 10
    rows = pa.table({"item_id": [str(n) for n in range(40)], "probability": score, "gold": gold})
    curve = _curve(Metric("auroc", 0.9, None, None, 40, "", {}, rows))
    kept = np.linspace(0.05, 1, STEPS)
    assert curve[0] == 1
    assert curve[kept == 0.5] == pytest.approx(19 / 20)
    assert curve[np.isclose(kept, 0.75)] == pytest.approx((19 + 5) / 30)
    assert curve[-1] == pytest.approx(29 / 40)


def test_coverage_has_no_point_inside_a_tie() -> None:
    """Breaks where rows that are as sure as each other are ranked by their place in the table."""
    gold = [True] * 40
    marks = _kept(arm("votes", [1.0] * 20 + [0.6] * 10 + [0.4] * 10, gold))
    assert [(mark["x"], mark["value"]) for mark in marks] == [(0.5, 1.0), (1.0, 0.75)]


def test_hard_labels_have_no_calibration() -> None:
    gold = [True, False] * 10
    soft, hard = arm("soft", [0.9, 0.2] * 10, gold), arm("hard", [1.0, 0.0] * 10, gold)
    ids = [str(n) for n in range(20)]
    part = Part("x.test", ids, ["1", "0"] * 10, [soft, hard], {})
    (found,) = plot_confidence([(part, None)], "")
    assert found.hard == ("hard",)
    assert "soft" in found.calibration.told
    assert "hard" not in found.calibration.told
    assert plot_confidence([(replace(part, arms=[hard]), None)], "") == []


# -- parts -----------------------------------------------------------------------------------------

KEPT = {
    "score": "kept_right",
    "among": "keep",
    "parts": [
        {"name": "precision", "where": "keep", "is": True},
        {"name": "recall", "where": "right", "is": True},
    ],
}


def test_a_whole_that_is_one_of_its_parts_is_drawn_once() -> None:
    columns = [column("mine", 0.5, part, **KEPT) for part in ("", "precision", "recall")]
    plot = plot_parts([table("known", "keep_rates", columns)], ROLES)["known"]
    assert [key.text for key in plot.keys] == ["precision", "recall"]


def test_parts_of_many_points_have_a_panel_each() -> None:
    """Breaks where 36 points times 6 parts stand in one frame, told apart by six shapes."""
    points = {(str(n),): figure(0.5, parts=[{"name": "p", "score": "p"}]) for n in range(20)}
    columns = [Column("", part, ("size",), points) for part in ("", "p")]
    plot = plot_parts([table("tax", "conflict_tax", columns)], ROLES)["tax"]
    assert plot.keys == ()
    assert plot.chart["facet"]["sort"] == ["conflict tax", "p"]
    few = [Column("", one.part, ("size",), dict(list(points.items())[:3])) for one in columns]
    assert "facet" not in plot_parts([table("tax", "conflict_tax", few)], ROLES)["tax"].chart


@pytest.mark.parametrize(
    ("op", "facts", "name"),
    [
        ("toxicity", {"parts": [{"name": "mean", "score": "mean"}]}, "expected maximum toxicity"),
        ("agreement", {"parts": [{"name": "right", "where": "right"}]}, "all rows"),
        ("blind_spot", {"among": "unsure", "parts": [{"name": "weak sure"}]}, "blind spot"),
        ("mean_weight", {"parts": [{"name": "right"}]}, "all rows"),
    ],
)
def test_the_number_beside_its_parts_is_called_what_it_is(op: str, facts: dict, name: str) -> None:
    assert whole_name(op, [facts]) == name


def test_differences_of_shares_are_points_beside_shares() -> None:
    assert (amount(0.009, "difference"), amount(0.024, "share")) == ("0.9", "2.4")
    assert amount(0.966, "") == "0.966"


# -- names -----------------------------------------------------------------------------------------


def test_a_measure_says_against_what_it_is() -> None:
    cells = tuple(Cell(of, {}, of) for of in ("knows", "sureness"))
    given = {"scored": "knows, sureness", "against": "right_test"}
    measure = MeasureTable("selector", "auroc", "qa.test", (), (), given, cells)
    told = measure_in_words(measure)
    assert told.startswith("AUROC of knows and sureness against right_test on qa.test: ")
    assert (metric_name("toxicity", "mean"), metric_name("f1")) == ("Toxicity (mean)", "F1")


# -- the headline ----------------------------------------------------------------------------------

GAP = {"accuracies": {"weak": 0.5, "student": 0.6, "ceiling": 0.9}, "gap": {"value": 0.4}}
NAMES = {"weak": "weak", "student": "S'", "ceiling": "top"}
SCORES = [column("weak", 0.5), column("S'", 0.6), column("top", 0.9)]


def gap(metric: str = "acc") -> Table:
    return table("recovered", "pgr", [column("", 0.25, **GAP, metric=metric)], **NAMES)


def test_scores_against_other_gold_and_of_other_axes_are_no_headline() -> None:
    """Breaks where a probe's accuracy of domains stands in one row with the students'."""
    probe = table("saliency", "accuracy", [column("before", 0.4)], against="domain")
    way = [Column("S_at", "", ("progress",), {("half",): figure(0.7)})]
    curve = table("curve", "accuracy", way)
    head = headline([table("scores", "accuracy", SCORES), gap(), probe, curve], ROLES)
    assert head is not None
    titles = {one.title for panel in head.panels for one in panel.heads if one.kind == "score"}
    assert titles == {"weak", "S'", "top"}
    assert [one.name for one in head.scores] == ["scores"]
    alone = headline([table("scores", "accuracy", SCORES), curve], ROLES)
    assert alone is not None
    assert len(alone.scores) == 2  # without a gap, all are the result


def test_scores_are_the_part_that_the_gap_is_formed_of() -> None:
    """Breaks where the largest toxicity stands beside a gain of the mean, under the name of accuracy."""
    facts = {"parts": [{"name": "mean", "score": "mean"}]}
    names = ("weak", "S'", "top")
    columns = [column(of, 0.9, **facts) for of in names]
    columns += [column(of, 0.2, "mean", **facts) for of in names]
    head = headline([table("venom", "toxicity", columns), gap("toxicity_mean")], ROLES)
    assert head is not None
    assert head.metric == "Toxicity (mean)"
    shown = [one.column.part for one in head.panels[0].heads if one.kind == "score"]
    assert shown == ["mean"] * 3


def test_panels_stand_in_the_order_of_the_gaps_in_the_spec() -> None:
    """Breaks where a control's gap stands before that of the student, for it varies over fewer axes."""
    wide = Column("", "", ("loss",), {("a",): figure(0.3, **GAP, metric="acc")})
    student = [Column("S'", "", ("loss",), {("a",): figure(0.6)}), SCORES[0], SCORES[2]]
    control = replace(gap(), name="imitated", arguments=NAMES | {"student": "imitator"})
    main = table("recovered", "pgr", [wide], **NAMES)
    head = headline([table("scores", "accuracy", student), main, control], ROLES)
    assert head is not None
    first = [[one.measure for one in p.heads if one.kind == "ratio"] for p in head.panels]
    assert first == [["recovered"], ["imitated"]]


def test_a_zero_shot_that_supervises_was_measured() -> None:
    """Breaks where "zero-shot was not measured" stands below its number."""
    untrained = replace(
        ROLES, untrained=frozenset({"S0"}), by_name={**ROLES.by_name, "S0": "supervisor"}
    )
    head = headline([table("scores", "accuracy", [*SCORES, column("S0", 0.7)]), gap()], untrained)
    assert head is not None
    assert head.has_zero_shot
    assert "Without any training S0 is right on 70.0 %" in head.summary[-1]
    without = headline([table("scores", "accuracy", SCORES), gap()], ROLES)
    assert without is not None
    assert not without.has_zero_shot
