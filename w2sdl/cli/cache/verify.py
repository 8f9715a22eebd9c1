"""``w2sdl cache verify``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from w2sdl.cli.cache.common import (
    bucket_at,
    here_option,
    open_store,
    size_text,
)
from w2sdl.cli.common import Failure, environment_failures
from w2sdl.cli.options import debug_option, json_option, store_option
from w2sdl.cli.output import print_json
from w2sdl.location import StoreChoice
from w2sdl.wording import how_many

if TYPE_CHECKING:
    from w2sdl_runtime.cache.verifying import Verified
    from w2sdl_runtime.storage.remote_store import RemoteStore
    from w2sdl_runtime.storage.store import Store


@click.command("verify")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@click.option("--all", "every", is_flag=True, help="Every object of the store.")
@click.option("--quick", is_flag=True,
              help="Read records only: finds what is missing, and nothing that was changed.")  # fmt: skip
@here_option
@store_option
@json_option
@debug_option
def command(
    *,
    addresses: tuple[str, ...],
    every: bool,
    quick: bool,
    here: bool,
    store: StoreChoice,
    as_json: bool,
    debug: bool,
) -> int:
    """Read the bytes of stored objects again: those of ADDRESS with all they refer to, or all.

    What has changed is set aside, and the next run computes it again. Of a store at a URL what lies
    there is read, and replaced where this machine has a sound copy; --here reads the cache folder.
    Exits with 1 if anything was wrong.
    """
    if every == bool(addresses):
        raise Failure("say what to verify: addresses, or --all", "w2sdl cache verify --all")
    with environment_failures(debug):
        bucket = bucket_at(store, here=here)
        if bucket is not None:
            found = _of_bucket(bucket, addresses, quick)
        else:
            from w2sdl_runtime.cache.verifying import verify_store

            opened = open_store(store)
            keys = None if every else keys_at(opened, addresses)
            found = verify_store(opened, keys, quick=quick)
    if as_json:
        print_json(asdict(found))
    else:
        _say(found, "" if bucket is None else f"  (store: {bucket.remote.shown})", quick)
    return 1 if found.findings else 0


def _of_bucket(bucket: RemoteStore, addresses: tuple[str, ...], quick: bool) -> Verified:
    from w2sdl_runtime.cache.verifying_remote import Results, verify_remote

    def chosen(results: Results) -> list[str]:
        return _named({key: found.address for key, found in results.items()}, addresses)

    return verify_remote(bucket, chosen if addresses else None, quick=quick)


def _say(found: Verified, place: str, quick: bool) -> None:
    for finding in found.findings:
        name = (finding.digest or finding.key)[:12]
        mended = "; the sound copy of this machine has taken its place" if finding.mended else ""
        click.echo(f"{name}  {finding.damage}{mended}  {finding.address}".rstrip())
    count = len(found.findings)
    if quick:
        said = f"records read: {count} missing or damaged" if count else "records read: all there"
    else:
        wrong = f"{count} damaged" if count else "all sound"
        said = f"{how_many(found.objects, 'object')}, {size_text(found.bytes)}, {wrong}"
    click.echo(f"{said}{place}")
    if not all(finding.mended for finding in found.findings):
        click.echo("the next run computes what it needs of these again")


def keys_at(store: Store, addresses: tuple[str, ...]) -> list[str]:
    """Keys of the results that some run called by these addresses, or by names that they begin with.

    Raises:
        Failure: when there is none.
    """
    from w2sdl_runtime.cache.index import Results
    from w2sdl_runtime.storage.journal import reading_journal

    rows = Results(store, reading_journal(store.root)).all
    return _named({key: row["address"] for key, row in rows.items()}, addresses)


def _named(results: Mapping[str, str], addresses: tuple[str, ...]) -> list[str]:
    """Keys of the results with these addresses, or with names that they begin with."""
    from w2sdl.addresses import near_addresses, nodes_meant
    from w2sdl.roles import base_name

    known = {key: [address] for key, address in results.items()}
    names = {key: base_name(address) for key, address in results.items()}
    found: list[str] = []
    for address in addresses:
        meant = nodes_meant(address, known) or [k for k, name in names.items() if name == address]
        if not meant:
            near = near_addresses(address, [*results.values(), *names.values()])
            hint = f"did you mean `{near[0]}`?" if near else "`w2sdl cache ls` lists what there is"
            if address.endswith(".w2s"):
                hint = (
                    "give addresses alone: all of the store's results that are called so are read"
                )
            raise Failure(f"no stored result is called `{address}`", hint)
        found += meant
    return found
