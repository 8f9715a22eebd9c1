"""``w2sdl cache ls``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import click

from w2sdl.cli.cache.common import age_text, open_store, planned, size_text
from w2sdl.cli.common import Failure, Request, environment_failures
from w2sdl.cli.options import debug_option, design_options, json_option, store_option
from w2sdl.cli.output import print_json
from w2sdl.location import StoreChoice
from w2sdl.planning.plan import Action
from w2sdl.wording import how_many


@click.command("ls")
@click.argument("spec", required=False, type=click.Path(path_type=Path))
@design_options
@click.option("--op", help="Only results of this operation.")
@store_option
@json_option
@debug_option
def command(
    *,
    spec: Path | None,
    profiles: tuple[str, ...],
    settings: tuple[str, ...],
    modules: tuple[str, ...],
    op: str | None,
    store: StoreChoice,
    as_json: bool,
    debug: bool,
) -> None:
    """List the results in the store, or those that SPEC would reuse, the latest first."""
    with environment_failures(debug):
        request = Request(spec, profiles, settings, modules, debug) if spec is not None else None
        rows = stored_rows(request, store, op)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        flag = f"  {row['problem']}" if row["problem"] else ""
        click.echo(
            f"{row['key'][:12]}  {size_text(row['bytes']):>8}  {age_text(row['ended']):>6}  "
            f"{row['op']:<16}  {row['address']}{flag}"
        )
    objects = {row["digest"]: row["bytes"] for row in rows}
    click.echo(f"\n{how_many(len(rows), 'result')}, {size_text(sum(objects.values()))}")


def stored_rows(
    request: Request | None, place: StoreChoice, op: str | None
) -> list[dict[str, Any]]:
    """The results as plain data; with a spec under the addresses that it gives them."""
    from w2sdl_runtime.cache.index import Results
    from w2sdl_runtime.cache.verifying import size_of
    from w2sdl_runtime.storage import opening as stores
    from w2sdl_runtime.storage.journal import reading_journal

    names: Mapping[str, str] | None = None
    if request is None:
        store = open_store(place)
        results = Results(store, reading_journal(store.root))
    else:
        loaded, _, made = planned(request, place)
        store, results = stores.open_store(loaded.settings.store), made.index.results
        names = {entry.key: entry.node.address for entry in made.plan.of(Action.REUSE)}
    if op is not None:
        _require_known(op, {row["op"] for row in results.all.values()})
    found = []
    for key, row in results.all.items():
        if (names is None or key in names) and op in (None, row["op"]):
            problem = results.problem(row["digest"])
            size = size_of(store.path(row["digest"]))
            fields = {name: row[name] for name in _FIELDS}
            address = names[key] if names is not None else row["address"]
            found.append({**fields, "address": address, "bytes": size, "problem": problem})
    return sorted(found, key=lambda row: (-row["ended"], row["key"]))


def _require_known(op: str, stored: Collection[str]) -> None:
    """A name that no result has is a slip, unless it is that of an operation without results."""
    from w2sdl.discover import load_signatures
    from w2sdl.messages.suggest import nearest_names

    known = {*stored, *load_signatures().ops}
    if op not in known:
        near = nearest_names(op, known)
        hint = f"did you mean `{near[0]}`?" if near else "`w2sdl ops` lists all operations"
        raise Failure(f"no stored result is of an operation `{op}`", hint)


_FIELDS = ("key", "digest", "op", "op_version", "kind", "address", "run", "seconds", "ended")
