"""``w2sdl lock``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import click

from w2sdl.cli.common import Request, environment_failures, load_spec, require_valid, spec_argument
from w2sdl.lock import Lock, lock_path, write_lock
from w2sdl.wording import how_many


@click.command("lock")
@spec_argument
@click.option("--upgrade", is_flag=True, help="Ask the hub again for what is locked already.")
def command(
    request: Request,
    *,
    upgrade: bool,
) -> None:
    """Write SPEC.lock: commits of the hub repositories that SPEC names, digests of its files, versions.

    What other profiles have locked stays. Commit the file: then all runs use the same commits, plans
    need no network, and `run --locked` refuses what has moved since.
    """
    from w2sdl_runtime.hash_cache import HashCache
    from w2sdl_runtime.locking import lock_of

    loaded = load_spec(request)
    graph = require_valid(loaded)
    known = loaded.full_lock or Lock()
    with environment_failures(request.debug):
        asked = replace(known, revisions={}) if upgrade else known
        found = lock_of(graph, loaded.base, asked, HashCache())
        every = known.joined(found)
        write_lock(lock_path(request.spec), every)
    for line in _changes(known, found):
        click.echo(line)
    revisions, files = len(every.revisions), len(every.files)
    click.echo(
        f"{lock_path(request.spec)}: {how_many(revisions, 'revision')}, {how_many(files, 'file')} "
        f"and {how_many(len(every.packages), 'package')} locked"
    )


def _changes(before: Lock, now: Lock) -> list[str]:
    """What was locked anew; packages only where they were locked before, for there are many."""
    known = {name: now.packages[name] for name in now.packages.keys() & before.packages.keys()}
    pairs = [(before.revisions, now.revisions), (before.files, now.files), (before.packages, known)]
    return [line for old, new in pairs for line in _table_changes(old, new)]


def _table_changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name, value in sorted(now.items()):
        if before.get(name) != value:
            was = f" (was {before[name]})" if name in before else ""
            yield f"{name} = {value}{was}"
