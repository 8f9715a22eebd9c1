"""Rows and columns of a measure: each number once, and under the name of what it is."""

from __future__ import annotations

from typing import Any

from w2sdl.roles import Roles
from w2sdl_runtime.report.headline import headline
from w2sdl_runtime.report.layout import grid_of, keys_of_points
from w2sdl_runtime.report.tables import Column, Figure, Table
from w2sdl_runtime.stats.intervals import Interval

KEPT = {
    "score": "kept_right",
    "among": "keep",
    "parts": [
        {"name": "precision", "where": "keep", "is": True},
        {"name": "recall", "where": "right", "is": True},
    ],
}


def figure(value: float, facts: dict[str, Any] | None = None) -> Figure:
    return Figure(Interval(value, None, None, "t"), (), facts=facts or {})


def kept(*names: str, facts: dict[str, Any]) -> Table:
    values = {"": 0.5, "precision": 0.5, "recall": 0.25}
    columns = tuple(
        Column(of, part, ("size",), {("small",): figure(value + place / 10, facts)})
        for place, of in enumerate(names)
        for part, value in values.items()
    )
    return Table("known", "keep_rates", "x.test", {}, ("size",), columns)


def test_several_predictors_with_parts_are_rows_and_the_parts_columns() -> None:
    grid = grid_of(kept("mine", "yours", facts=KEPT))
    assert grid.dims == ("size", "of")
    assert [(head.of, head.part) for head in grid.heads] == [("", "precision"), ("", "recall")]
    shown = [
        [f.estimate.value for f, _ in row.figures if f and f.estimate is not None]
        for row in grid.rows
    ]
    assert shown == [[0.5, 0.25], [0.6, 0.35]]
    assert [[key.text for key in row.keys] for row in grid.rows] == [
        ["small", "mine"],
        ["small", "yours"],
    ]


def test_a_whole_that_is_one_of_its_parts_stands_once_under_the_name_of_the_part() -> None:
    grid = grid_of(kept("mine", facts=KEPT))
    assert [(head.of, head.part) for head in grid.heads] == [
        ("mine", "precision"),
        ("mine", "recall"),
    ]


def test_a_whole_of_equal_value_but_other_rows_is_kept_and_not_called_all_rows() -> None:
    """Breaks when two numbers that happen to be equal become one, as 0 % and 0 % would."""
    other = {**KEPT, "among": "counted"}
    grid = grid_of(kept("mine", facts=other))
    whole = "precision, recall and share kept"
    assert [head.part for head in grid.heads] == [whole, "precision", "recall"]
    everywhere = {"score": "right", "parts": KEPT["parts"]}
    grid = grid_of(kept("mine", facts=everywhere))
    assert grid.heads[0].part == "all rows"


def test_an_axis_is_said_anew_where_one_before_it_has_moved() -> None:
    points = [{"a": a, "b": b} for a in "xy" for b in "pq"]
    repeated = [[key.repeated for key in row] for row in keys_of_points(points, ("a", "b"))]
    assert repeated == [[False, False], [True, False], [False, False], [True, False]]
    same = [{"a": "x", "b": "p"}, {"a": "y", "b": "p"}]
    assert [key.repeated for key in keys_of_points(same, ("a", "b"))[1]] == [False, False]


def test_the_gap_of_one_arm_is_a_table_of_its_own_with_the_scores_it_is_formed_of() -> None:
    """Breaks where the gap of a student's one arm stands in the rows of its other arms."""
    arms = {(setting,): figure(0.6) for setting in ("calm", "implicit", "explicit")}
    scores = (
        Column("weak", "", (), {(): figure(0.5)}),
        Column("S'", "", ("setting",), arms),
        Column("top", "", (), {(): figure(0.9)}),
    )
    facts = {"accuracies": {"weak": 0.5, "student": 0.625, "ceiling": 0.9}, "metric": "accuracy"}
    names = {"weak": "weak", "student": "S'[setting: calm]", "ceiling": "top"}
    gap = Column("", "", (), {(): figure(0.25, facts | {"gap": {"value": 0.4}})})
    head = headline(
        [
            Table("scores", "accuracy", "x.test", {}, ("setting",), scores),
            Table("recovered", "pgr", "x.test", names, (), (gap,)),
        ],
        Roles({"weak": "weak", "S'": "student", "top": "ceiling"}, {}),
    )
    assert head is not None
    first, second = head.panels
    ratio = ["S'[setting: calm] − weak", "PGR[accuracy]"]
    assert [one.title for one in first.heads] == ["weak", "S'[setting: calm]", "top", *ratio]
    ((_, slots),) = first.rows
    assert [s.estimate and s.estimate.value for s in slots] == [0.5, 0.625, 0.9, None, 0.25]
    assert [one.title for one in second.heads] == ["weak", "S'", "top"]
    assert len(second.rows) == 3
