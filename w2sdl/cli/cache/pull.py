"""``w2sdl cache pull``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from w2sdl.cli.cache.copying import of_each_spec, place_of, report, show_progress, wanted
from w2sdl.cli.common import Failure, Request, environment_failures, load_settings
from w2sdl.location import StoreChoice, shown_location


@click.command("pull")
@click.argument("place", metavar="URL")
@click.argument("specs", nargs=-1, metavar="[SPEC]...", type=click.Path(path_type=Path))
@of_each_spec
def command(
    *,
    place: str,
    specs: tuple[Path, ...],
    request: Callable[[Path], Request],
    store: StoreChoice,
    as_json: bool,
    debug: bool,
) -> int:
    """Copy results from URL, a bucket or a folder, into the store here: those of SPEC, or all.

    With them comes when each expectation was first seen: of two records the earlier stands. Bytes are
    checked before a result counts; what is here already is left alone. Exits with 1 if something was
    damaged and not copied.
    """
    source = place_of(place)
    with environment_failures(debug):
        from w2sdl_runtime.cache.copying import beside, pull
        from w2sdl_runtime.cache.first_sights import pull_claims
        from w2sdl_runtime.storage.opening import open_store

        near = specs[0] if specs else Path.cwd() / "spec"
        here = beside(open_store(load_settings(near, store).store), source)
        keys: list[str] = [] if specs else sorted(here.remote_keys())
        claims: set[str] = set()
        for spec in specs:
            of_spec = wanted(
                request(spec), store, lambda key: here.kept(key) or here.remote.manifest(key)
            )
            keys += of_spec.keys
            claims |= of_spec.claims
        if not keys:
            raise Failure(
                f"{shown_location(source)} holds no results", "is it the place they were pushed to?"
            )
        copied = pull(here, dict.fromkeys(keys), show_progress)
        pull_claims(here, copied, claims if specs else None)
    return report(copied, source, as_json)
