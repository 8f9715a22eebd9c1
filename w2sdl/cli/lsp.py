"""``w2sdl lsp``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import click

from w2sdl.addresses import name_of
from w2sdl.pipeline import Compilation


@click.command("lsp")
@click.option("--stdio", is_flag=True, help="Speak on standard input and output: the only way.")
def command(stdio: bool) -> None:
    """Answer an editor: messages, hovers, completion, definitions, renaming, formatting.

    Speaks the language server protocol on standard input and output, with --stdio or without it.
    """
    from w2sdl.lsp.serving import serve

    serve(stored_nodes)


def stored_nodes(spec: Path, compilation: Compilation) -> Mapping[str, tuple[int, int]]:
    """For each name of a spec: how many of its nodes the store has, of how many."""
    from w2sdl.cli.common import Loaded, load_settings
    from w2sdl.cli.plan import make_plan
    from w2sdl.planning.plan import Action

    graph = compilation.graph
    if graph is None:
        return {}
    settings = load_settings(spec)
    plan = make_plan(Loaded(spec, compilation, settings, settings.modules), graph)
    stored: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for entry in plan.entries.values():
        names = {entry.node.name, *(name_of(alias) for alias in entry.node.aliases)}
        total.update(names)
        stored.update(names if entry.action is Action.REUSE else ())
    return {name: (stored[name], total[name]) for name in total}
