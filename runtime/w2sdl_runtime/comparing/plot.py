"""Forest plots of differences (altair, drawn by vl-convert): for the page, and as files for a paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2sdl.draw.visible import plain
from w2sdl_runtime.comparing.figures import arm_name, by_measure, title
from w2sdl_runtime.comparing.several import ComparedResults, Row
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.report.drawing import INKS, Plot, draw
from w2sdl_runtime.report.paper import FONT, WRITERS
from w2sdl_runtime.runs.table_files import replacing

if TYPE_CHECKING:
    from markupsafe import Markup

_WIDTH, _ROW = 520, 24  #: px of the drawing area, and of each line
_LABEL = 46  #: characters
FORMS = tuple(f".{form}" for form in WRITERS)


def write_plot(found: ComparedResults, target: Path) -> None:
    """Write the forest plot of all measures to a file, in the light page's colours.

    Raises:
        PrerequisiteError: for a file of another form, where nothing has a difference, or a disk that
            is full or read-only.
    """
    if target.suffix not in FORMS:
        raise PrerequisiteError(
            f"a plot can't be written as `{target.name}`", f"end the name in {', '.join(FORMS)}"
        )
    spec = Plot(draw(_chart_of_all(found), rows=True)).spec
    spec["config"]["font"] = FONT
    with replacing(target) as scratch:
        scratch.write_bytes(WRITERS[target.suffix.removeprefix(".")](spec))


def _chart_of_all(found: ComparedResults) -> Any:
    import altair as alt

    tables = by_measure(found)
    charts = [forest_chart(rows, found.reference, rows[0].difference.measure) for rows in tables]
    drawn = [chart for chart in charts if chart is not None]
    if not drawn:
        raise PrerequisiteError(
            "there is no difference to draw", "every number is one result, or undefined"
        )
    return alt.vconcat(*drawn)


def plot_measure(rows: Sequence[Row], reference: str) -> Markup | None:
    """The forest plot of one measure as a part of a page; None where there is nothing to draw."""
    chart = forest_chart(rows, reference)
    if chart is None:
        return None
    return Plot(draw(chart, rows=True), title=f"Forest plot of {title(rows)}").svg


def forest_chart(rows: Sequence[Row], reference: str, above: str = "") -> Any:
    """Differences with their intervals and a line at zero; filled where told apart from chance.

    None where no row has a difference. Shares are in percentage points; colours are stand-ins.
    """
    import altair as alt

    marks = [
        _mark(row) for row in rows if row.difference.delta is not None and not row.difference.same
    ]
    if not marks:
        return None
    names = list(dict.fromkeys(mark["arm"] for mark in marks))
    points = ", percentage points" if rows[0].difference.unit == "share" else ""
    base = alt.Chart(alt.Data(values=marks)).encode(
        y=alt.Y("arm:N", sort=names, title=None, axis=alt.Axis(labelLimit=360)),
        x=alt.X(
            "value:Q",
            title=f"difference from {plain(reference, _LABEL)}{points}",
            scale=alt.Scale(zero=True),
            axis=alt.Axis(tickCount=6, labelFlush=False),
        ),
    )
    zero = (
        alt.Chart(alt.Data(values=[{"value": 0}]))
        .mark_rule(color=INKS["muted"], strokeDash=[3, 3])
        .encode(x="value:Q")
    )
    bars = base.mark_rule(color=INKS["text"], strokeWidth=1.5).encode(x="lower:Q", x2="upper:Q")
    dots = base.mark_point(color=INKS["text"], opacity=1, size=60, strokeWidth=1.5)
    told = dots.transform_filter("datum.told").encode(fill=alt.value(INKS["text"]))
    ends = base.mark_point(opacity=0)  # the axis is named after the difference, not after an end
    chart = alt.layer(ends, zero, bars, dots, told).properties(
        width=_WIDTH, height=_ROW * len(names)
    )
    return chart.properties(title=alt.Title(above, anchor="start")) if above else chart


def _mark(row: Row) -> dict[str, Any]:
    one = row.difference
    delta, scale = one.delta, 100 if one.unit == "share" else 1
    if delta is None:
        raise ValueError("a row without a difference is not drawn")
    name = ", ".join(filter(None, (arm_name(one), row.against))) or one.measure
    ends = (delta.value if end is None else end for end in (delta.lower, delta.upper))
    lower, upper = (scale * end for end in ends)
    return {
        "arm": plain(name, _LABEL),
        "value": scale * delta.value,
        "lower": lower,
        "upper": upper,
        "told": one.told_apart,
    }
