"""``w2sdl cache why``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from w2sdl.cli.cache.common import entries_at, planned
from w2sdl.cli.common import Request, environment_failures, spec_argument
from w2sdl.cli.options import json_option, store_option
from w2sdl.cli.output import print_json
from w2sdl.cli.plan_text import why_text
from w2sdl.location import StoreChoice
from w2sdl.planning.plan import Compared

if TYPE_CHECKING:
    from w2sdl_runtime.cache.tracing import Link


@click.command("why")
@spec_argument
@click.argument("address")
@store_option
@json_option
def command(request: Request, *, address: str, store: StoreChoice, as_json: bool) -> None:
    """Say why ADDRESS is computed or not: what differs from before, and the node that caused it."""
    with environment_failures(request.debug):
        from w2sdl_runtime.cache.tracing import Tracer

        _, graph, made = planned(request, store)
        links = [
            Tracer(graph, made.plan, made.index).trace(entry.node)
            for entry in entries_at(graph, made, (address,))
        ]
    if as_json:
        print_json([link.to_json() for link in links])
        return
    for link in links:
        for line in chain_lines(link):
            click.echo(line)


def chain_lines(link: Link, depth: int = 0) -> Iterator[str]:
    """A node, its reasons, and below it what they lie with."""
    indent = "  " * depth
    because = "because of " if depth else ""
    yield f"{indent}{because}{link.address}: {link.action}"
    for why in link.reasons:
        yield f"{indent}  {why_text(why)}"
    if link.compared is not None:
        yield f"{indent}  compared with {_compared(link.compared, link.address)}"
    for cause in link.causes:
        yield from chain_lines(cause, depth + 1)


def _compared(compared: Compared, address: str) -> str:
    """``run 2026...-plain-maple (key 1a2b3c...)``."""
    whose = f"`{compared.address}` of " if compared.address != address else ""
    nearest = ", the nearest there is" if compared.is_nearest else ""
    return f"{whose}run {compared.run} (key {compared.key[:12]}){nearest}"
