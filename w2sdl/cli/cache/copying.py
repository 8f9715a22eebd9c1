"""What ``cache push`` and ``cache pull`` share: which results, and what to say of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from w2sdl.cli.common import Failure, Request, input_failures, load_spec, require_valid
from w2sdl.cli.options import debug_option, design_options, in_order, json_option, store_option
from w2sdl.cli.output import print_json
from w2sdl.location import Location, StoreChoice, parse_location, shown_location
from w2sdl.wording import how_many

if TYPE_CHECKING:
    from w2sdl_runtime.cache.copying import Copied
    from w2sdl_runtime.storage.manifest import Manifest


def of_each_spec(function: Callable[..., int]) -> Callable[..., int]:
    """The options that change what a SPEC means, as one function from a path to its `Request`."""

    @wraps(function)
    def command(
        *,
        profiles: tuple[str, ...],
        settings: tuple[str, ...],
        modules: tuple[str, ...],
        debug: bool,
        **options: Any,
    ) -> int:
        def request(spec: Path) -> Request:
            return Request(spec, profiles, settings, modules, debug)

        return function(request=request, debug=debug, **options)

    return in_order(command, design_options, store_option, json_option, debug_option)


def place_of(text: str) -> Location:
    """The place that a command line names; one with credentials in it is refused."""
    with input_failures():
        return parse_location(text)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What belongs to a design: keys of its results, and identities of its expectations."""

    keys: list[str]
    claims: frozenset[str]


def wanted(
    request: Request, store: StoreChoice, lookup: Callable[[str], Manifest | None]
) -> Wanted:
    """What is there of a design.

    Raises:
        Failure: when it has no result there.
    """
    from w2sdl_runtime.cache.copying import keys_of
    from w2sdl_runtime.cache.first_sights import claims_of

    loaded = load_spec(request, store)
    graph = require_valid(loaded)
    keys = keys_of(graph, loaded.base, loaded.lock, lookup)
    if not keys:
        raise Failure(
            f"no result of {request.spec} is there", "is it the same spec, profile and data?"
        )
    return Wanted(keys, claims_of(graph))


def show_progress(done: int, of: int) -> None:
    """A line that overwrites itself, on a terminal only."""
    if sys.stderr.isatty():
        click.echo(f"\r{done} of {of} results", nl=False, err=True)


def report(copied: Copied, place: Location, as_json: bool) -> int:
    """Say what was copied; 1 if anything could not be."""
    failed = int(bool(copied.damaged or copied.unreadable))
    if as_json:
        print_json(asdict(copied))
        return failed
    if sys.stderr.isatty():
        click.echo("\r" + " " * 40 + "\r", nl=False, err=True)
    there = f"; {copied.there} were there already" if copied.there else ""
    what = f"{how_many(copied.results, 'result')}, {how_many(copied.objects, 'object')}"
    click.echo(f"{what} copied{there}")
    if copied.claims:
        records = how_many(copied.claims, "record")
        click.echo(f"{records} of when an expectation was first seen copied")
    for address in _some(copied.other):
        click.echo(f"  {address}: {shown_location(place)} has another result, which was left alone")
    for address in _some(copied.damaged):
        click.echo(f"error: {address}: its bytes are not right, it was not copied", err=True)
    if copied.damaged:
        click.echo("  help: `w2sdl cache verify --all` there, or run the spec again", err=True)
    for file in _some(copied.unreadable):
        click.echo(
            f"error: {file}: no record of when an expectation was first seen, it was not copied",
            err=True,
        )
    if copied.unreadable:
        click.echo(
            "  help: a run of its spec in that store writes it anew, as first seen then", err=True
        )
    return failed


def _some(addresses: Iterable[str], most: int = 10) -> list[str]:
    found = list(addresses)
    return found[:most] + ([f"and {len(found) - most} more"] if len(found) > most else [])
