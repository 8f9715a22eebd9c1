"""``w2sdl graph``."""

from __future__ import annotations

import json

import click

from w2sdl.cli.common import Request, load_spec, require_valid, spec_argument
from w2sdl.draw import dot, mermaid, outline, resolved
from w2sdl.graph import graph_to_json


@click.command("graph")
@spec_argument
@click.option("--format", "form", type=click.Choice(["mermaid", "dot", "json"]), default="mermaid",
              help="How to print it.")  # fmt: skip
@click.option("--resolved", "every", is_flag=True, help="A box for each node, not for each name.")
def command(
    request: Request,
    *,
    form: str,
    every: bool,
) -> None:
    """Print the graph of SPEC, a box for each name (all its points together)."""
    loaded = load_spec(request)
    graph = require_valid(loaded)
    if form == "json":
        click.echo(json.dumps(graph_to_json(graph), indent=1, ensure_ascii=False))
        return
    drawing = resolved(graph) if every else outline(graph)
    click.echo(mermaid(drawing) if form == "mermaid" else dot(drawing), nl=False)
