"""``w2sdl cache invalidate``."""

from __future__ import annotations

import click

from w2sdl.cli.cache.common import entries_at, planned
from w2sdl.cli.common import Failure, Request, environment_failures, spec_argument
from w2sdl.cli.options import store_option
from w2sdl.location import StoreChoice
from w2sdl.planning.plan import Action
from w2sdl.planning.selection import select
from w2sdl.wording import how_many


@click.command("invalidate")
@spec_argument
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@store_option
def command(request: Request, *, addresses: tuple[str, ...], store: StoreChoice) -> None:
    """Forget the stored results of ADDRESS: the next run computes them again.

    What depends on them is computed again only where other bytes come out.
    """
    with environment_failures(request.debug):
        from w2sdl_runtime.cache.accepting import forget
        from w2sdl_runtime.storage import opening as stores

        loaded, graph, made = planned(request, store)
        stored = [e for e in entries_at(graph, made, addresses) if e.action is Action.REUSE]
        if not stored:
            raise Failure(f"nothing is stored for {', '.join(addresses)}", "w2sdl plan says why")
        forget(
            stores.open_store(loaded.settings.store), [e.key for e in stored], "cache invalidate"
        )
    ids = {entry.node.id for entry in stored}
    below = select(graph, [f"{entry.node.address}+" for entry in stored]) - ids
    count = sum(made.plan.entries[id_].action is Action.REUSE for id_ in below)
    for entry in stored:
        click.echo(f"forgotten  {entry.key[:12]}  {entry.node.address}")
    if count:
        below_text = how_many(count, "stored result")
        click.echo(f"{below_text} below: computed again unless these come out equal")
