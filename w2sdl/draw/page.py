"""A chart as one HTML page: the picture, what its signs mean, and the same as a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from w2sdl.draw.chart import STATUS_WORDS, Box, Chart, status_text
from w2sdl.draw.picture import MARK, Mark, Picture, picture_of
from w2sdl.draw.style import flow_class, page_style, variables
from w2sdl.draw.svg import mark_svg, svg_element
from w2sdl.draw.visible import plain
from w2sdl.templates import page_templates


@dataclass(frozen=True, slots=True)
class Row:
    """A box in words."""

    name: str
    text: str
    note: str
    made_from: str
    axes: str
    count: str
    status: str


def page_html(chart: Chart) -> str:
    """A page that needs no script and no network, in light and dark, down to the width of a phone."""
    from markupsafe import Markup

    environment = page_templates("w2sdl.draw")
    picture = picture_of(chart)
    own = environment.get_template("page.css").render()
    text = environment.get_template("graph.html.j2").render(
        experiment=plain(chart.graph.experiment),
        description=plain(chart.graph.description),
        facts=list(_facts(chart)),
        style=Markup("\n".join([variables(), own, page_style()])),  # noqa: S704 - our own
        arrows=[(what, flow_class(what)) for what in picture.kinds],
        marks=[(word, Markup(_sign(word))) for word in _marks(picture)],  # noqa: S704
        picture=Markup(svg_element(picture, "The graph")),  # noqa: S704 - escaped where it is made
        has_status=picture.has_status,
        rows=[_row(box, chart) for box in chart.boxes],
    )
    return str(text)


def _facts(chart: Chart) -> Iterator[str]:
    graph = chart.graph
    yield f"{len(graph.nodes):,} node{'s' if len(graph.nodes) != 1 else ''}"
    used = {axis for node in graph.nodes.values() for axis in node.point}
    for axis in graph.axes:
        if axis.name in used:
            yield plain(f"{axis.name} × {len(axis.points):,}")
    if chart.status:
        known = status_text(tuple(graph.nodes), chart.status)
        yield known if "," in known else f"all {known}"


def _row(box: Box, chart: Chart) -> Row:
    names = {other.id: other.name for other in chart.boxes}
    found = dict.fromkeys(names[a.source] for a in chart.arrows if a.target == box.id)
    return Row(
        plain(box.name),
        plain(box.text, 600),
        plain(box.note),
        plain(", ".join(found)),
        plain(", ".join(box.axes)),
        f"{len(box.nodes):,}",
        status_text(box.nodes, chart.status),
    )


def _marks(picture: Picture) -> tuple[str, ...]:
    return tuple(STATUS_WORDS.values()) if picture.has_status else ()


def _sign(word: str) -> str:
    size = MARK + 2
    group = f'<g class="box">{mark_svg(Mark(1, 1, word, word))}</g>'
    return f'<svg class="sign" viewBox="0 0 {size} {size}" aria-hidden="true">{group}</svg>'
