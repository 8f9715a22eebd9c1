"""``w2sdl cache verify``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from w2sdl.cli.cache.common import (
    open_store,
    size_text,
)
from w2sdl.cli.common import Failure, environment_failures
from w2sdl.cli.options import debug_option, json_option, store_option
from w2sdl.cli.output import print_json
from w2sdl.location import StoreChoice
from w2sdl.wording import how_many

if TYPE_CHECKING:
    from w2sdl_runtime.storage.store import Store


@click.command("verify")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@click.option("--all", "every", is_flag=True, help="Every object of the store.")
@store_option
@json_option
@debug_option
def command(
    *, addresses: tuple[str, ...], every: bool, store: StoreChoice, as_json: bool, debug: bool
) -> int:
    """Read the bytes of stored objects again: those of ADDRESS with all they refer to, or all.

    What has changed is set aside, and the next run computes it again. Exits with 1 if anything was
    wrong.
    """
    if every == bool(addresses):
        raise Failure("say what to verify: addresses, or --all", "w2sdl cache verify --all")
    with environment_failures(debug):
        from w2sdl_runtime.cache.verifying import verify_store

        opened = open_store(store)
        found = verify_store(opened, None if every else keys_at(opened, addresses))
    if as_json:
        print_json(asdict(found))
        return 1 if found.findings else 0
    for finding in found.findings:
        click.echo(
            f"{(finding.digest or finding.key)[:12]}  {finding.damage}  {finding.address}".rstrip()
        )
    wrong = f", {len(found.findings)} damaged" if found.findings else ", all sound"
    click.echo(f"{how_many(found.objects, 'object')}, {size_text(found.bytes)}{wrong}")
    if found.findings:
        click.echo("the next run computes what it needs of these again")
    return 1 if found.findings else 0


def keys_at(store: Store, addresses: tuple[str, ...]) -> list[str]:
    """Keys of the results that some run called by these addresses, or by names that they begin with.

    Raises:
        Failure: when there is none.
    """
    from w2sdl.messages.suggest import nearest_names
    from w2sdl.roles import base_name
    from w2sdl_runtime.cache.index import Results
    from w2sdl_runtime.storage.journal import reading_journal

    rows = Results(store, reading_journal(store.root)).all.values()
    names: dict[str, list[str]] = {}
    for row in rows:
        for name in {row["address"], base_name(row["address"])}:
            names.setdefault(name, []).append(row["key"])
    found: list[str] = []
    for address in addresses:
        if address not in names:
            near = nearest_names(address, names)
            hint = f"did you mean `{near[0]}`?" if near else "`w2sdl cache ls` lists what there is"
            if address.endswith(".w2s"):
                hint = (
                    "give addresses alone: all of the store's results that are called so are read"
                )
            raise Failure(f"no stored result is called `{address}`", hint)
        found += names[address]
    return found
