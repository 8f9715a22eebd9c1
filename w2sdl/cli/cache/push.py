"""``w2sdl cache push``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from w2sdl.cli.cache.common import open_store
from w2sdl.cli.cache.copying import (
    of_each_spec,
    place_of,
    report,
    show_progress,
    wanted,
)
from w2sdl.cli.cache.verify import keys_at
from w2sdl.cli.common import Request, environment_failures
from w2sdl.location import StoreChoice


@click.command("push")
@click.argument("place", metavar="URL")
@click.argument("what", nargs=-1, metavar="[SPEC|ADDRESS]...")
@of_each_spec
def command(
    *,
    place: str,
    what: tuple[str, ...],
    request: Callable[[Path], Request],
    store: StoreChoice,
    as_json: bool,
    debug: bool,
) -> int:
    """Copy stored results to URL, a bucket or a folder: those of SPEC, of ADDRESS, or all.

    With those of SPEC, or with all, goes when each expectation was first seen. What is there already is
    left alone, so an interrupted copy goes on where it was. Exits with 1 if something was damaged and not
    copied.
    """
    target = place_of(place)
    with environment_failures(debug):
        from w2sdl_runtime.cache.copying import beside, local_keys, push
        from w2sdl_runtime.cache.first_sights import push_claims

        here = beside(open_store(store), target)
        keys: list[str] = [] if what else local_keys(here)
        claims: set[str] = set()
        for text in what:
            if text.endswith(".w2s"):
                of_spec = wanted(request(Path(text)), store, here.kept)
                keys += of_spec.keys
                claims |= of_spec.claims
            else:
                keys += keys_at(here, (text,))
        copied = push(here, dict.fromkeys(keys), show_progress)
        push_claims(here, copied, claims if what else None)
    return report(copied, target, as_json)
