"""Measures against an axis of numbers: which get a curve, and what stands in it."""

from __future__ import annotations

import re

import pytest

from w2sdl.graph import AxisInfo, Graph
from w2sdl.roles import Roles
from w2sdl_runtime.report.curves import Scale, plot_curves
from w2sdl_runtime.report.figures import plot_tables
from w2sdl_runtime.report.layout import grid_of
from w2sdl_runtime.report.tables import Column, Figure, Table
from w2sdl_runtime.report.templating import own_templates
from w2sdl_runtime.stats.intervals import Interval

SIZES = AxisInfo("size", ("small", "large"), ("32", "64"))
ROLES = Roles({"W'": "weak", "S'": "student"}, {})


@pytest.mark.parametrize(
    ("points", "texts", "numbers"),
    [
        (("small", "large"), ("32", "6_400"), {"small": 32, "large": 6400}),
        (("0", "1"), ("0", "1"), {"0": 0, "1": 1}),
        (("tenth", "end"), ("10%", "100%"), {"tenth": 0.1, "end": 1}),
        (("a", "b"), ("xent()", "logconf()"), {}),
        (("a", "b"), ("3", "3"), {}),  # nothing to draw against
        (("a", "b"), ("nan", "1"), {}),
        (("a", "b"), ("3", "debate(turns: 3)"), {}),
    ],
)
def test_an_axis_is_a_scale_where_all_its_points_are_numbers(points, texts, numbers):
    assert Scale.of(AxisInfo("x", points, texts)).numbers == numbers


def share(value):
    return Figure(Interval(value, value - 0.1, value + 0.1, "t"), (), unit="share")


def graph(*axes):
    return Graph("x", "", {}, axes, (), (), ())


def scores(op="accuracy", figures=None):
    moving = {("small",): share(0.6), ("large",): share(0.8)} if figures is None else figures
    columns = (Column("W'", "", (), {(): share(0.5)}), Column("S'", "", ("size",), moving))
    return Table("scores", op, "qa.test", {}, ("size",), columns)


def test_every_predictor_is_a_line_also_one_that_does_not_vary():
    (curve,) = plot_curves([scores()], graph(SIZES), frozenset(), ROLES)["scores"]
    assert [key.text for key in curve.plot.keys] == ["W'", "S'"]
    assert [key.role for key in curve.plot.keys] == ["weak", "student"]
    assert curve.holes == 0
    svg = str(curve.plot.svg)
    assert "small (32)" in svg
    assert "large (64)" in svg
    assert len(set(re.findall(r'stroke="var\(--(weak|student)\)"', svg))) == 2


def test_points_without_a_number_are_counted():
    """Breaks where an undefined PGR leaves the picture in silence (methods.md 1.3, guard 1)."""
    undefined = Figure(None, (), ("PGR is undefined",), facts={"gap": 0})
    table = scores("pgr", {("small",): undefined, ("large",): share(0.8)})
    (curve,) = plot_curves([table], graph(SIZES), frozenset(), ROLES)["scores"]
    assert curve.holes == 1


def test_unstable_points_are_hollow():
    """Breaks where a ratio over a gap that may be none looks like any other."""
    shaky = Figure(Interval(0.4, None, None, ""), (), unit="share", warnings=("unstable",))
    for first, count in ((shaky, 1), (share(0.4), 0)):
        table = scores("pgr", {("small",): first, ("large",): share(0.8)})
        (curve,) = plot_curves([table], graph(SIZES), frozenset(), ROLES)["scores"]
        assert curve.unstable == count
        assert str(curve.plot.svg).count('fill="var(--paper)"') == count


def test_axes_that_are_averaged_or_name_things_have_no_curve():
    seeds = AxisInfo("size", ("0", "1"), ("0", "1"))
    assert plot_curves([scores()], graph(seeds), frozenset({"size"}), ROLES) == {}
    losses = AxisInfo("size", ("small", "large"), ("xent()", "logconf()"))
    assert plot_curves([scores()], graph(losses), frozenset(), ROLES) == {}


def test_the_other_axes_are_panels():
    columns = (
        Column(
            "S'",
            "",
            ("size", "loss"),
            {(s, n): share(0.6) for s in ("small", "large") for n in ("xent", "logconf")},
        ),
    )
    table = Table("scores", "accuracy", "qa.test", {}, ("size", "loss"), columns)
    (curve,) = plot_curves([table], graph(SIZES), frozenset(), ROLES)["scores"]
    assert all(name in str(curve.plot.svg) for name in ("xent", "logconf"))


def test_a_frame_that_cuts_says_so():
    """Breaks where a PGR of -153 % is a line that leaves the frame without a word."""
    for far, cut in ((-1.5, True), (0.3, False)):
        table = scores("pgr", {("small",): share(far), ("large",): share(0.8)})
        (curve,) = plot_curves([table], graph(SIZES), frozenset(), ROLES)["scores"]
        assert ("The frame ends where numbers go on." in curve.plot.note) is cut


def test_the_same_numbers_are_drawn_once():
    """Breaks where what a curve shows stands as rows above it as well."""
    table = scores()
    curves = plot_curves([table], graph(SIZES), frozenset(), ROLES)
    plots = plot_tables(None, [table], ROLES)
    context = {"grids": {"scores": grid_of(table)}, "measures": {"scores": "accuracy"}}
    context |= {"tables": [table], "figures": plots, "curves": curves, "roles": ROLES}
    context |= {"parted": {}, "ranked": {}, "shares": {}, "confidence": [], "training": None}
    context |= {
        "deltas": {},
        "commands": None,
        "repeated": None,
        "headline": None,
        "graph": graph(SIZES),
    }
    source = '{% import "macros.html.j2" as m with context %}{% include "measured.html.j2" %}'
    page = own_templates("html").from_string(source)
    assert page.render(context).count("<figure") == 1
    assert page.render(context | {"curves": {}}).count("<figure") == 1
    assert "scores by size" in page.render(context)
