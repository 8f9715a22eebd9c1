"""``w2sdl lock``."""

from __future__ import annotations

from collections.abc import Mapping

import click

from w2sdl.cli.common import Request, environment_failures, load_spec, require_valid, spec_argument
from w2sdl.lock import lock_path, write_lock


@click.command("lock")
@spec_argument
@click.option("--upgrade", is_flag=True, help="Ask the hub again for what is locked already.")
def command(
    request: Request,
    *,
    upgrade: bool,
) -> None:
    """Write SPEC.lock: the commit of every hub repository that SPEC names.

    What other profiles have locked stays. Commit the file: then all runs use the same commits, and
    plans need no network.
    """
    from w2sdl_runtime.sources import HashCache, Sources

    loaded = load_spec(request)
    graph = require_valid(loaded)
    known = loaded.lock
    sources = Sources(loaded.base, {} if upgrade else known, HashCache())
    with environment_failures(request.debug):
        for node in graph.nodes.values():
            sources.resolve(node)
    path, every = lock_path(request.spec), {**known, **sources.locked}
    write_lock(path, every)
    for line in _changes(known, sources.locked):
        click.echo(line)
    click.echo(f"{path}: {len(every)} locked")


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [
        f"{name} = {commit}" + (f" (was {before[name]})" if name in before else "")
        for name, commit in sorted(now.items())
        if before.get(name) != commit
    ]
