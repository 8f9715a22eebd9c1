"""``w2sdl compile``."""

from __future__ import annotations

import json

import click

from w2sdl.cli.common import Request, load_spec, require_valid, spec_argument
from w2sdl.graph import graph_to_json
from w2sdl.show import program_text


@click.command("compile")
@spec_argument
@click.option("--stage", type=click.Choice(["program", "graph"]), default="program",
              help="What to print.")  # fmt: skip
def command(
    request: Request,
    *,
    stage: str,
) -> None:
    """Print the resolved program: every default filled in, every profile and setting applied.

    The text is itself a valid spec that means the same. --stage graph prints the graph as JSON.
    """
    loaded = load_spec(request)
    graph = require_valid(loaded)
    if stage == "program":
        for name, commit in loaded.lock.items():
            click.echo(f"# locked: {name} = {commit}")
        click.echo(program_text(loaded.compilation.program), nl=False)
    else:
        click.echo(json.dumps(graph_to_json(graph), indent=1, ensure_ascii=False))
