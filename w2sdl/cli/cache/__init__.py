"""``w2sdl cache``: what the store holds, why, whether it is sound, and what may go."""

from __future__ import annotations

import click

from w2sdl.cli.lazy import LazyGroup

_COMMANDS = {
    "ls": ("w2sdl.cli.cache.ls", "List stored results: size, age, where they came from."),
    "why": ("w2sdl.cli.cache.why", "Say why a result is not reused, down to what caused it."),
    "verify": ("w2sdl.cli.cache.verify", "Read objects again; take damaged ones out of use."),
    "accept": ("w2sdl.cli.cache.accept", "Keep a result although its operation has changed."),
    "invalidate": ("w2sdl.cli.cache.invalidate", "Forget a result, so that it is computed again."),
    "push": ("w2sdl.cli.cache.push", "Copy results to a bucket or another folder."),
    "pull": ("w2sdl.cli.cache.pull", "Copy results from a bucket or another folder."),
    "gc": ("w2sdl.cli.cache.gc", "Remove what no kept run needs."),
}


@click.group("cache", cls=LazyGroup, table=_COMMANDS)
def command() -> None:
    """Look after the store."""
