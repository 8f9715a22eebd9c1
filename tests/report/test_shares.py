"""Measures whose parts divide their rows: which those are, and how the bars read."""

from __future__ import annotations

import re
from typing import Any

import pytest

from w2sdl.graph import AxisInfo, Graph
from w2sdl.roles import Roles
from w2sdl_runtime.report.curves import plot_curves
from w2sdl_runtime.report.shares import WIDTH as BAR_WIDTH
from w2sdl_runtime.report.shares import divides, plot_shares
from w2sdl_runtime.report.tables import Column, Figure, Table
from w2sdl_runtime.stats.intervals import Interval

ROLES = Roles({"S'": "student"}, {})
SIZES = AxisInfo("size", ("small", "large"), ("32", "64"))
KINDS = {"quotes": 5, "extraction": 3, "other": 2}


def parts(counts: dict[str, int], of: int) -> list[dict[str, Any]]:
    return [{"name": name, "n": of, "count": count} for name, count in counts.items()]


def figure(value: float | None, told: list[dict[str, Any]]) -> Figure:
    interval = None if value is None else Interval(value, None, None, "wilson")
    return Figure(interval, (), unit="share", facts={"parts": told, "unit": "share"})


def column(part: str, small: Figure, large: Figure) -> Column:
    return Column("", part, ("size",), {("small",): small, ("large",): large})


def errors(counts: dict[str, int] = KINDS, of: int = 10) -> Table:
    """10 of 40 rows are wrong at the small size; none at the large one."""
    told, none = parts(counts, of), parts(dict.fromkeys(counts, 0), 0)
    wholes = column("", figure(0.25, told), figure(0.0, none))
    shares = [
        column(name, figure(count / of, told), figure(None, none)) for name, count in counts.items()
    ]
    given = {"student": "S'"}
    return Table("errors", "error_types", "qa.test", given, ("size",), (wholes, *shares))


def words(svg: object) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]+)</text>", str(svg))


def test_each_type_is_a_segment_with_its_share_and_the_whole_stands_beside_it() -> None:
    plot = plot_shares([errors()], ROLES)["errors"]
    assert [key.text for key in plot.keys] == ["quotes", "extraction", "other"]
    assert [key.shade for key in plot.keys] == sorted({k.shade for k in plot.keys}, reverse=True)
    assert {key.role for key in plot.keys} == {"student"}
    shown = words(plot.svg)
    assert {"50", "30", "20", "25.0 % of rows"} <= set(shown)


def test_a_point_without_any_such_row_keeps_its_place() -> None:
    """Breaks where a student that is never wrong vanishes from the figure."""
    shown = words(plot_shares([errors()], ROLES)["errors"].svg)
    assert {"small", "large", "0.0 % of rows"} <= set(shown)


def test_segments_fill_the_bar() -> None:
    plot = plot_shares([errors()], ROLES)["errors"]
    svg = str(plot.svg)
    drawn = re.findall(r'd="M([\d.]+),[\d.]+h([\d.]+)v[\d.]+h-[\d.]+Z" fill="var\(--student', svg)
    shares = [(float(at) / BAR_WIDTH, float(width) / BAR_WIDTH) for at, width in drawn]
    assert shares == [pytest.approx(pair) for pair in [(0, 0.5), (0.5, 0.3), (0.8, 0.2)]]
    shades = [float(shade) for shade in re.findall(r'fill-opacity="([\d.]+)"', svg)]
    assert shades == [key.shade for key in plot.keys]  # or the legend says another type


@pytest.mark.parametrize(
    "told",
    [
        parts({"right": 3, "wrong": 4}, 10),  # three rows are of neither part
        [{"name": "right", "n": 6, "count": 6}, {"name": "wrong", "n": 4, "count": 4}],
        [{"name": "right", "n": 6}, {"name": "wrong", "n": 4}],  # agreement: shares of other rows
        parts({"all": 10}, 10),
        [],
    ],
)
def test_parts_that_do_not_divide_the_rows_are_no_shares(told: list[dict[str, Any]]) -> None:
    names = [part["name"] for part in told]
    one = figure(0.5, told)
    columns = tuple(column(name, one, one) for name in ["", *names])
    table = Table("agree", "agreement", "qa.test", {"student": "S'"}, ("size",), columns)
    assert not divides(table)
    assert plot_shares([table], ROLES) == {}


def test_missing_points_and_points_without_rows_say_nothing_either_way() -> None:
    gone = Figure(None, (), ("it failed",))
    none = figure(0.0, parts(dict.fromkeys(KINDS, 0), 0))
    columns = (column("", gone, none), *(column(name, gone, none) for name in KINDS))
    table = Table("errors", "error_types", "qa.test", {"student": "S'"}, ("size",), columns)
    assert not divides(table)


def test_the_curve_of_such_a_measure_is_that_of_the_whole() -> None:
    """Shares of the wrong rows are no series beside the share of wrong rows."""
    graph = Graph("x", "", {}, (SIZES,), (), (), ())
    (curve,) = plot_curves([errors()], graph, frozenset(), ROLES)["errors"]
    assert curve.plot.keys == ()
