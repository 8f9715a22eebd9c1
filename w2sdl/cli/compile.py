"""``w2sdl compile``."""

from __future__ import annotations

import click

from w2sdl.cli.common import Request, load_spec, require_valid, spec_argument
from w2sdl.cli.output import print_json
from w2sdl.graph import graph_to_json
from w2sdl.program_json import program_to_json
from w2sdl.show import program_text


@click.command("compile")
@spec_argument
@click.option("--stage", type=click.Choice(["program", "graph"]), default="program",
              help="What to print.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON; a graph is JSON in any case.")
def command(request: Request, *, stage: str, as_json: bool) -> None:
    """Print the resolved program: every default filled in, every profile and setting applied.

    Imports and sub-graphs are written out. The text is itself a valid spec that means the same.
    """
    loaded = load_spec(request)
    graph = require_valid(loaded)
    program = loaded.compilation.program
    if stage == "graph" or as_json:
        record = graph_to_json(graph) if stage == "graph" else program_to_json(program)
        print_json(record)
        return
    for name, commit in loaded.lock.items():
        click.echo(f"# locked: {name} = {commit}")
    click.echo(program_text(program), nl=False)
