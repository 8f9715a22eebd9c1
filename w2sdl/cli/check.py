"""``w2sdl check``."""

from __future__ import annotations

from pathlib import Path

import click

from w2sdl.cli.common import Failure, Request, load_spec, print_diagnostics


@click.command("check")
@click.argument("specs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--profile", "-p", "profiles", multiple=True, metavar="NAME[,NAME]",
              help="Apply a profile of the spec; later ones win.")  # fmt: skip
@click.option("--set", "settings", multiple=True, metavar="PATH=VALUE", help="Set a value.")
@click.option("--module", "modules", multiple=True, help="Load operations of your own.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def command(
    *,
    specs: tuple[Path, ...],
    profiles: tuple[str, ...],
    settings: tuple[str, ...],
    modules: tuple[str, ...],
    debug: bool,
) -> None:
    """Say what is wrong with SPECS, all of it at once; run nothing.

    Exits with 1 if there are errors. Loads neither torch nor ray.
    """
    failed = False
    for spec in specs:
        try:
            loaded = load_spec(Request(spec, profiles, settings, modules, debug))
        except Failure as problem:
            problem.show()
            failed = True
            continue
        print_diagnostics(loaded.compilation.diagnostics)
        graph = loaded.compilation.graph
        if graph is None:
            count = sum(d.level == "error" for d in loaded.compilation.diagnostics)
            click.echo(f"{spec}: {count} error{'s' if count != 1 else ''}", err=True)
            failed = True
        else:
            axes = ", ".join(f"{axis.name} × {len(axis.points)}" for axis in graph.axes)
            click.echo(f"{spec}: ok, {len(graph.nodes)} nodes" + (f" ({axes})" if axes else ""))
    if failed:
        raise click.exceptions.Exit(1)
