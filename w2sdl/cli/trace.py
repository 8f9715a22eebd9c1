"""``w2sdl trace``."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from w2sdl.cli.failures import environment_failures
from w2sdl.cli.output import print_json
from w2sdl.cli.past import opened_run, store_options
from w2sdl.location import StoreChoice, shown_location
from w2sdl.wording import how_many

if TYPE_CHECKING:
    from w2sdl_runtime.runs.artifacts import Ancestor, Artifact
    from w2sdl_runtime.runs.results import Run
    from w2sdl_runtime.runs.tracing import Traced

_SHOWN = 8  #: nodes that are listed


@click.command("trace")
@click.argument("run")
@click.argument("number")
@store_options
def command(*, run: str, number: str, store: StoreChoice, as_json: bool, debug: bool) -> None:
    """Follow a NUMBER of RUN (an id, a word pair, or "last") to the files that it comes from.

    NUMBER is selected as in an expectation: "scores[of: S', evidence: debate]", with `seed: 0` that of
    one repetition, with `part: NAME` that of a part. It may also be the name of an expectation, or the
    address of a node. `w2sdl results RUN --format csv` lists every number in its column `number`.
    """
    with environment_failures(debug):
        from w2sdl_runtime.runs.results import Run
        from w2sdl_runtime.runs.tracing import trace

        opened = Run(*opened_run(run, store))
        found = trace(opened, number)
        if as_json:
            print_json(found.to_json())
            return
        for line in [*_lines(found), "", *_commands(found, opened, store)]:
            click.echo(line)


def _lines(found: Traced) -> Iterator[str]:
    shown = _shown(found)
    yield f"{found.number} = {shown}" if shown else found.number
    yield f"  {found.what}"
    yield from (f"  {line}" for line in found.how)
    yield f"  run {found.run}"
    yield ""
    yield f"comes from {how_many(len(found.artifacts), 'node')}"
    for artifact in found.artifacts[:_SHOWN]:
        yield from _artifact_lines(artifact)
    if len(found.artifacts) > _SHOWN:
        yield f"  and {len(found.artifacts) - _SHOWN} more: --json lists all"
    if found.made_from:
        yield ""
        yield "made from"
        for ancestor in found.made_from:
            yield from _ancestor_lines(ancestor, 1)


def _shown(found: Traced) -> str:
    percent = " %" if found.unit == "share" and found.shown else ""
    if not found.shown:
        return found.reason
    return f"{found.shown}{percent}" + (f" ({found.interval})" if found.interval else "")


def _artifact_lines(artifact: Artifact) -> Iterator[str]:
    from w2sdl_runtime.report.text import amount

    value = f" = {amount(artifact.value, artifact.unit)}" if artifact.value is not None else ""
    yield f"  {artifact.address}{value}"
    if not artifact.folder:
        why = f"{artifact.action or 'not reached'}; the store has no result of it"
        yield f"    {why}"
        return
    yield f"    {artifact.action}, key {artifact.key[:12]}, digest {artifact.digest[:12]}"
    yield f"    {artifact.folder}: {', '.join(f'{name} ({size:,} B)' for name, size in artifact.files)}"


def _ancestor_lines(ancestor: Ancestor, depth: int) -> Iterator[str]:
    count = f", {len(ancestor.nodes)} nodes" if len(ancestor.nodes) > 1 else ""
    op = "" if ancestor.name.startswith(f"{ancestor.op}(") else f" by {ancestor.op}"
    above = ", as above" if ancestor.again else ""
    yield f"{'  ' * depth}{ancestor.name}  {ancestor.kind}{op}{count}{above}"
    for name, source in ancestor.sources.items():
        yield f"{'  ' * (depth + 1)}{name}: {_source(source)}"
    for parent in ancestor.made_from:
        yield from _ancestor_lines(parent, depth + 1)


def _source(source: object) -> str:
    return source if isinstance(source, str) else json.dumps(source, ensure_ascii=False)


def _commands(found: Traced, run: Run, store: StoreChoice) -> Iterator[str]:
    """What shows more of the first of its nodes that has a result."""
    place = ["--store", shown_location(store.location)] if store.location is not None else []
    here = [artifact for artifact in found.artifacts if artifact.folder]
    if not here:
        yield f"log   {shlex.join(['w2sdl', 'logs', run.name, *place])}"
        return
    first = here[0]
    if first.kind != "Data":
        out = {"Model": "model", "Predictor": "model"}.get(first.kind, "rows.parquet")
        words = ["w2sdl", "export", run.name, first.address, "-o", out, *place]
        yield f"files {shlex.join(words)}"
    spec = run.record.info.spec_path
    yield f"why   {shlex.join(['w2sdl', 'cache', 'why', spec, first.address, *place])}"
    yield f"log   {shlex.join(['w2sdl', 'logs', f'{run.name}/{first.address}', *place])}"
