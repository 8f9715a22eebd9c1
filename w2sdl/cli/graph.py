"""``w2sdl graph``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import click

from w2sdl.cli.common import (
    Failure,
    Request,
    environment_failures,
    load_spec,
    require_valid,
    spec_argument,
)
from w2sdl.cli.options import store_option
from w2sdl.cli.output import json_text
from w2sdl.cli.plan import make_plan
from w2sdl.cli.selecting import Selection, selected_nodes, selection_options
from w2sdl.draw.chart import Chart, status_of
from w2sdl.draw.dot import dot_text
from w2sdl.draw.mermaid import mermaid_limit, mermaid_text
from w2sdl.draw.page import page_html
from w2sdl.draw.picture import MAX_BOXES, picture_of
from w2sdl.draw.record import chart_record
from w2sdl.draw.resolved import chart_resolved
from w2sdl.draw.svg import svg_file
from w2sdl.draw.written import chart_as_written
from w2sdl.location import StoreChoice
from w2sdl.planning.plan import Plan


@click.command("graph")
@spec_argument
@click.option("--format", "form", default="mermaid", help="How to draw it.",
              type=click.Choice(["mermaid", "dot", "svg", "html", "json"]))  # fmt: skip
@click.option("--as-written/--resolved", default=True,
              help="A box for each name (the default), or a mark for each node.")  # fmt: skip
@click.option("--status", is_flag=True, help="Say what is stored, as `plan` does.")
@selection_options
@store_option
@click.option("--out", "-o", type=click.Path(path_type=Path, dir_okay=False),
              help="Write to a file.")  # fmt: skip
def command(
    request: Request,
    *,
    form: str,
    as_written: bool,
    status: bool,
    selection: Selection,
    store: StoreChoice,
    out: Path | None,
) -> None:
    """Draw the graph of SPEC: for a README, Graphviz, a browser, or another program."""
    loaded = load_spec(request, store)
    graph = require_valid(loaded)

    @cache
    def plan() -> Plan:
        with environment_failures(request.debug):
            return make_plan(loaded, graph)

    known = status_of(plan()) if status else None
    chart = chart_as_written(graph, known) if as_written else chart_resolved(graph, known)
    if selection:
        chart = chart.only(selected_nodes(chart.graph, selection, plan))
    text = _drawn(chart, form)
    if out is None:
        click.echo(text, nl=False)
        return
    with environment_failures(request.debug):
        out.write_text(text, "utf-8")


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
            return json_text(chart_record(chart))
    text = mermaid_text(chart)
    limit = mermaid_limit(chart, text)
    if limit:
        click.echo(f"warning: {limit}\n  help: draw a part: --select +NAME", err=True)
    return text
