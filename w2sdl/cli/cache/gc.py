"""``w2sdl cache gc``."""

from __future__ import annotations

import re
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
    from w2sdl_runtime.cache.collecting_remote import RemoteGarbage
    from w2sdl_runtime.cache.garbage import Garbage
    from w2sdl_runtime.storage.remote_store import RemoteStore

_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}


class _Duration(click.ParamType[float]):
    """``30d``, ``12h``, in seconds."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"(\d+(?:\.\d+)?) ?(s|min|h|d|w)", str(value))
        if match is None:
            self.fail(f"{value} is no length of time: write 30d, 12h, 90min or 10s", param, ctx)
        return float(match[1]) * _UNITS[match[2]]


@click.command("gc")
@click.option("--keep-runs", type=click.IntRange(min=0), metavar="N",
              help="Keep the newest N runs and what they need.")  # fmt: skip
@click.option("--older-than", type=_Duration(), metavar="TIME",
              help="Remove runs older than this (30d, 12h), and what only they need.")  # fmt: skip
@click.option("--grace", type=_Duration(), default="1h", show_default=True, metavar="TIME",
              help="Leave whatever is younger.")  # fmt: skip
@click.option("--dry-run", "-n", is_flag=True, help="Only say what would be removed.")
@here_option
@store_option
@json_option
@debug_option
def command(
    *,
    keep_runs: int | None,
    older_than: float | None,
    grace: float,
    dry_run: bool,
    here: bool,
    store: StoreChoice,
    as_json: bool,
    debug: bool,
) -> None:
    """Remove results, objects, partial results and damaged files that no kept run needs.

    Without --keep-runs and --older-than all runs are kept. Runs in progress keep what they may use.

    A store at a URL knows no runs: there all results stay, and what none of them names goes. What the
    cache folder in front of it keeps on this machine is collected with --here.
    """
    with environment_failures(debug):
        bucket = bucket_at(store, here=here)
        if bucket is not None:
            if keep_runs is not None or older_than is not None:
                raise Failure(
                    f"{bucket.remote.shown} knows no runs: all results there stay",
                    "leave out --keep-runs and --older-than; with --here they are of the cache folder",
                )
            _say_remote(_of_bucket(bucket, grace, dry_run), bucket.remote.shown, dry_run, as_json)
            return
        from w2sdl_runtime.cache.collecting import collect
        from w2sdl_runtime.cache.garbage import Keep, find_garbage, garbage_size

        opened, keep = open_store(store), Keep(keep_runs, older_than, grace)
        found = find_garbage(opened, keep) if dry_run else collect(opened, keep)
        if dry_run:
            found.bytes = garbage_size(opened, found)
    _say(found, dry_run, as_json)


def _of_bucket(bucket: RemoteStore, grace: float, dry_run: bool) -> RemoteGarbage:
    from w2sdl_runtime.cache.collecting_remote import collect_remote, find_remote_garbage

    return (find_remote_garbage if dry_run else collect_remote)(bucket.remote, grace)


def _say(found: Garbage, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(asdict(found))
        return
    what = {
        "run": found.runs,
        "result": found.keys,
        "object": found.objects,
        "partial result": found.partials,
        "reading": found.readings,
        "damaged file": found.aside,
    }
    click.echo(_counted(what, found.bytes, dry_run))


def _say_remote(found: RemoteGarbage, place: str, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json({"store": place, **asdict(found)})
        return
    what = {
        "object": found.objects,
        "orphaned record": found.records,
        "damaged file": found.aside,
        "temporary file": found.temporary,
    }
    click.echo(f"{_counted(what, found.bytes, dry_run)}  (store: {place})")
    if found.young:
        stay = "stays" if found.young == 1 else "stay"
        count = how_many(found.young, "object")
        click.echo(f"{count} that no result names {stay}: younger than --grace")


def _counted(what: dict[str, list[str]], size: int, dry_run: bool) -> str:
    counts = ", ".join(how_many(len(names), name) for name, names in what.items() if names)
    done = "would remove" if dry_run else "removed"
    return f"{done} {counts}: {size_text(size)}" if counts else "there is nothing to remove"
