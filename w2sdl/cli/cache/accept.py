"""``w2sdl cache accept``."""

from __future__ import annotations

import click

from w2sdl.cli.cache.common import entries_at, planned
from w2sdl.cli.common import Failure, Request, environment_failures, spec_argument
from w2sdl.cli.options import store_option
from w2sdl.cli.plan_text import why_text
from w2sdl.location import StoreChoice
from w2sdl.planning.plan import Action


@click.command("accept")
@spec_argument
@click.argument("address")
@click.option(
    "--reason", required=True, help="Why the result stands. Manifests and reports say it."
)
@store_option
def command(request: Request, *, address: str, reason: str, store: StoreChoice) -> None:
    """Keep the stored result of ADDRESS although its code, its version or a default has changed.

    The result gets a second name, with the reason beside it; nothing is computed. Other inputs, other
    seeds and parameters that the spec changed make another computation: those are refused.
    """
    if not reason.strip():
        raise Failure("--reason is empty", "say in a sentence why the result stands")
    with environment_failures(request.debug):
        from w2sdl_runtime.cache.accepting import accept
        from w2sdl_runtime.storage import opening as stores

        loaded, graph, made = planned(request, store)
        opened = stores.open_store(loaded.settings.store)
        entries = entries_at(graph, made, (address,))
        todo = [entry for entry in entries if entry.action is not Action.REUSE]
        for entry in todo or entries:
            manifest = accept(opened, entry, reason)
            changes = ", ".join(why_text(why) for why in entry.reasons)
            click.echo(f"accepted  {entry.node.address}  as run {manifest.run} made it: {changes}")
