"""``w2sdl graph``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from w2sdl.cli.common import (
    Failure,
    Request,
    environment_failures,
    load_spec,
    require_valid,
    spec_argument,
    store_option,
)
from w2sdl.cli.plan import make_plan
from w2sdl.draw.chart import Chart, status_of
from w2sdl.draw.dot import dot_text
from w2sdl.draw.mermaid import mermaid_limit, mermaid_text
from w2sdl.draw.page import page_html
from w2sdl.draw.picture import MAX_BOXES, picture_of
from w2sdl.draw.record import chart_record
from w2sdl.draw.resolved import chart_resolved
from w2sdl.draw.select import UnknownSelection, select_nodes
from w2sdl.draw.svg import svg_file
from w2sdl.draw.written import chart_as_written
from w2sdl.location import StoreChoice


@click.command("graph")
@spec_argument
@click.option("--format", "form", default="mermaid", help="How to draw it.",
              type=click.Choice(["mermaid", "dot", "svg", "html", "json"]))  # fmt: skip
@click.option("--as-written/--resolved", default=True,
              help="A box for each name (the default), or a mark for each node.")  # fmt: skip
@click.option("--status", is_flag=True, help="Say what is stored, as `plan` does.")
@click.option("--select", "selections", multiple=True, metavar="NAME",
              help="Draw a part: NAME; +NAME, also what it comes from; NAME+, also what comes of it."
              )  # fmt: skip
@store_option
@click.option("--out", "-o", type=click.Path(path_type=Path, dir_okay=False),
              help="Write to a file.")  # fmt: skip
def command(
    request: Request,
    *,
    form: str,
    as_written: bool,
    status: bool,
    selections: tuple[str, ...],
    store: StoreChoice,
    out: Path | None,
) -> None:
    """Draw the graph of SPEC: for a README, Graphviz, a browser, or another program."""
    loaded = load_spec(request, store)
    graph = require_valid(loaded)
    known = None
    if status:
        with environment_failures(request.debug):
            known = status_of(make_plan(loaded, graph))
    chart = chart_as_written(graph, known) if as_written else chart_resolved(graph, known)
    if selections:
        chart = _selected(chart, selections)
    text = _drawn(chart, form)
    if out is None:
        click.echo(text, nl=False)
        return
    with environment_failures(request.debug):
        out.write_text(text, "utf-8")


def _selected(chart: Chart, selections: tuple[str, ...]) -> Chart:
    try:
        return chart.only(select_nodes(chart.graph, selections))
    except UnknownSelection as problem:
        near = f"did you mean `{problem.near[0]}`?" if problem.near else ""
        raise Failure(str(problem), near) from problem


def _drawn(chart: Chart, form: str) -> str:
    if form in ("svg", "html") and len(chart.boxes) > MAX_BOXES:
        raise Failure(
            f"{len(chart.boxes):,} boxes are too many for a picture; the limit is {MAX_BOXES:,}",
            "draw a part (--select +NAME), or use --format json or dot, which have no limit",
        )
    match form:
        case "svg":
            title = chart.graph.description or chart.graph.experiment
            return svg_file(picture_of(chart), title)
        case "html":
            return page_html(chart)
        case "dot":
            return dot_text(chart)
        case "json":
            return json.dumps(chart_record(chart), indent=1, ensure_ascii=False) + "\n"
    text = mermaid_text(chart)
    limit = mermaid_limit(chart, text)
    if limit:
        click.echo(f"warning: {limit}\n  help: draw a part: --select +NAME", err=True)
    return text
