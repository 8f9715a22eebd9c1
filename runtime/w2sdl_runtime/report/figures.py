"""Which plot stands where in a report, and the design as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from w2sdl.draw.design import Design
from w2sdl.draw.picture import picture_of
from w2sdl.draw.style import flow_class
from w2sdl.draw.svg import Target, svg_element
from w2sdl.draw.visible import plain
from w2sdl.draw.written import chart_of_design
from w2sdl.graph import Graph
from w2sdl.roles import Roles
from w2sdl_runtime.report.by_name import NameRow
from w2sdl_runtime.report.drawing import Plot
from w2sdl_runtime.report.headline import Headline
from w2sdl_runtime.report.measure_words import metric_name
from w2sdl_runtime.report.plots import plot_ratio, plot_scores
from w2sdl_runtime.report.tables import Table

#: Characters that are told of a box of the design.
TOLD = 1_000


@dataclass(frozen=True, slots=True)
class Drawn:
    """The design as a picture, and what its arrows carry."""

    svg: Markup
    arrows: tuple[tuple[str, str], ...]  #: what, and its CSS class


def draw_design(graph: Graph, design: Design, roles: Roles, rows: Sequence[NameRow]) -> Drawn:
    """The names of a spec as boxes, with what flows between them; each leads to its row of ``rows``."""
    picture = picture_of(chart_of_design(graph, design, roles))
    targets = {row.name: Target(f"#{row.place}", plain(row.told, TOLD)) for row in rows}
    svg = svg_element(picture, "The design as a graph", targets)
    svg = Markup(svg)  # noqa: S704 - escaped in there
    return Drawn(svg, tuple((what, flow_class(what)) for what in picture.kinds))


def plot_panels(head: Headline | None, roles: Roles) -> list[tuple[Plot | None, Plot | None]]:
    """Scores and recovered gaps, of each panel."""
    if head is None:
        return []
    share = all(map(_is_share, head.scores))
    students = {t.name: t.arguments.get("student", t.name) for t in head.ratios}
    found = []
    for panel in head.panels:
        columns = [one.column for one in panel.heads if one.kind == "score"]
        again = any(one.kind == "formed" for one in panel.heads)  # the next panel draws them all
        ratios = [one for one in panel.heads if one.kind == "ratio"]
        names = [students[one.measure] for one in ratios]
        found.append(
            (
                None if again else plot_scores(columns, roles, share, head.metric),
                plot_ratio([one.column for one in ratios], names, roles) if ratios else None,
            )
        )
    return found


def plot_tables(
    head: Headline | None, tables: Sequence[Table], roles: Roles
) -> dict[str, Plot | None]:
    """A plot for each measure that the headline does not show."""
    figures: dict[str, Plot | None] = {}
    shown = {table.name for table in head.scores} if head else set()
    for table in tables:
        if table.op != "pgr" and table.name not in shown and any(c.of for c in table.columns):
            own = [column for column in table.columns if not column.part]
            figures[table.name] = plot_scores(own, roles, _is_share(table), metric_name(table.op))
    return figures


def _is_share(table: Table) -> bool:
    figures = [f for column in table.columns for f in column.figures.values() if f.estimate]
    return bool(figures) and all(figure.unit == "share" for figure in figures)
