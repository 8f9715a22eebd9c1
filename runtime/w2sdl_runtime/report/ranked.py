"""What a ranking is good for: of the rows that it ranks highest, the share of gold class 1.

Of P(IK), a classifier of what a model knows, this is the model's accuracy on the rows that a threshold
keeps, by how many these are (Lang, Huang & Li 2025 select rows so; the curve is our design).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl.draw.visible import plain
from w2sdl.roles import Roles
from w2sdl_runtime.report.drawing import INKS, Key, Plot, draw, rows_of
from w2sdl_runtime.report.marks import DASHES, PER_CENT, SHAPES
from w2sdl_runtime.report.plots import LABEL_LENGTH, row_label
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.report.tables import Column, Figure, Table
from w2sdl_runtime.report.telling import told_of
from w2sdl_runtime.values import Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Points of a curve; the first is at a twentieth of the rows, of fewer it is noise.
STEPS, LEAST = 39, 0.05
#: Panels, one for each point of the design, and how many stand side by side.
PANELS, ACROSS, WIDTH, HEIGHT = 9, 3, 560, 230


def plot_ranked(tables: Sequence[Table], results: Results, roles: Roles) -> dict[str, Plot]:
    """By measure that is an AUROC: the share of class 1 among the highest rows, by how many are kept."""
    found = {table.name: _plot(table, results, roles) for table in tables if table.op == "auroc"}
    return {name: plot for name, plot in found.items() if plot is not None}


def _plot(table: Table, results: Results, roles: Roles) -> Plot | None:
    points = table.points()[:PANELS]
    marks = [
        mark
        for point in points
        for column in table.columns
        if (figure := column.at(point)) is not None
        for mark in _marks(column, figure, row_label(point), results)
    ]
    if not marks:
        return None
    names = list(dict.fromkeys(plain(column.of, LABEL_LENGTH) for column in table.columns))
    inks = [roles.family(column.of) for column in table.columns]
    keys = tuple(
        Key(name, ink, SHAPES[at % len(SHAPES)])
        for at, (name, ink) in enumerate(zip(names, inks, strict=True))
    )
    against = table.arguments.get("against", "gold")
    rows = sorted({figure.n for column in table.columns for figure in column.figures.values()})
    left_out = len(table.points()) - len(points)
    note = (
        f"Share of the kept rows where {against} is 1, by how many are kept."
        f" {_counted(rows)} Means over repetitions, without intervals."
        + (f" {left_out} more points of the design are left out." if left_out else "")
    )
    title = f"{table.name}: the highest ranked rows"
    told = told_of(marks, "x", share=True)
    return Plot(draw(_chart(marks, keys)), keys, title, note, told)


def _counted(rows: Sequence[int]) -> str:
    return f"n = {rows[0]:,}" + (f" to {rows[-1]:,} rows." if len(rows) > 1 else " rows.")


def _marks(
    column: Column, figure: Figure, panel: str, results: Results
) -> Iterator[dict[str, Any]]:
    """The curve of a ranking, averaged over its repetitions."""
    metrics = [results.metric(single.node) for single in figure.singles]
    curves = [_curve(one) for one in metrics if isinstance(one, Metric) and one.rows is not None]
    if curves:
        for at, (kept, share) in enumerate(zip(_kept(), np.mean(curves, axis=0), strict=True)):
            where = {"of": plain(column.of, LABEL_LENGTH), "panel": panel}
            yield where | {"x": float(kept), "value": float(share), "marked": at % 5 == 4}


def _kept() -> NDArray[np.float64]:
    return np.linspace(LEAST, 1, STEPS)


def _curve(metric: Metric) -> NDArray[np.float64]:
    """Share of class 1 among the highest rows; rows of one score count as that score's share."""
    rows = metric.rows
    if rows is None:
        raise ValueError(f"{metric.name} was stored without its rows")
    score = np.asarray(rows.column("probability"), np.float64)
    truth = np.asarray(rows.column("gold").to_pylist(), np.float64)
    values, group = np.unique(-score, return_inverse=True)
    mean = np.bincount(group, truth) / np.bincount(group, minlength=len(values))
    ordered = np.sort(group)  # from the highest score down
    counts = np.ceil(_kept() * len(ordered) - 1e-9).astype(int)
    shares: NDArray[np.float64] = np.cumsum(mean[ordered])[counts - 1] / counts
    return shares


def _chart(marks: list[dict[str, Any]], keys: Sequence[Key]) -> Any:
    import altair as alt

    names = [key.text for key in keys]
    panels = list(dict.fromkeys(mark["panel"] for mark in marks))
    inks = alt.Scale(domain=names, range=[INKS[key.role] for key in keys])
    strokes = [list(DASHES[at % len(DASHES)]) for at in range(len(keys))]
    shapes = alt.Scale(domain=names, range=[key.shape for key in keys])
    axis = alt.Axis(format=PER_CENT, tickCount=5)
    base = alt.Chart(rows_of(marks)).encode(
        x=alt.X("x:Q", axis=axis, title="kept, highest first", scale=alt.Scale(domain=[0, 1])),
        y=alt.Y("value:Q", axis=axis, title="of these, class 1", scale=alt.Scale(zero=False)),
        color=alt.Color("of:N", scale=inks, legend=None),
    )
    dashes = alt.StrokeDash("of:N", scale=alt.Scale(domain=names, range=strokes), legend=None)
    lines = base.mark_line(strokeWidth=1.8).encode(strokeDash=dashes)
    points = base.transform_filter("datum.marked").mark_point(size=45, filled=True, opacity=1)
    points = points.encode(shape=alt.Shape("of:N", scale=shapes, legend=None))
    across = min(len(panels), ACROSS)
    layered = alt.layer(lines, points).properties(width=WIDTH / across, height=HEIGHT)
    if len(panels) == 1:
        return layered
    header = alt.Header(title=None, labelColor=INKS["text"], labelFontSize=13)
    return layered.facet(facet=alt.Facet("panel:N", sort=panels, header=header), columns=across)
