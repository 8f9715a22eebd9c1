"""Put the numbers of finished runs into these pages: ``python docs/methods/fill.py RUN...``.

A page marks the place, ``<!-- table: specs/NAME.w2s -->`` to ``<!-- end -->``; a run of that spec fills it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from w2sdl.api import compile_file
from w2sdl.input_error import InputError
from w2sdl_runtime.runs.results import Run, open_run

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
_PLACE = "(<!-- table: {} -->\n).*?(<!-- end -->)"


@click.command()
@click.argument("runs", nargs=-1, required=True)
@click.option("--store", help="Where the results are kept; else that of the current folder.")
def main(runs: tuple[str, ...], store: str | None) -> None:
    """Fill the tables of RUNS (ids, word pairs, or "last"), each a run of a spec as it stands."""
    try:
        for name in runs:
            run = open_run(name, store)
            spec = checked(run)
            click.echo(f"{spec}: {', '.join(fill(spec, block(spec, run)))}")
    except InputError as problem:
        sys.exit(
            f"error: {problem.message}" + (f"\n  help: {problem.help}" if problem.help else "")
        )


def checked(run: Run, root: Path = ROOT) -> str:
    """The spec that a run stands for, as ``specs/NAME.w2s``.

    Raises:
        InputError: when it is not the whole of that spec as it is now, at its defaults.
    """
    info = run.record.info
    spec = f"specs/{Path(info.spec_path).name}"
    again = f"w2sdl run {spec}"
    if info.profiles or info.overrides:
        raise InputError(f"run {run.id} changes `{spec}`: {info.command}", again)
    if run.status != "done":
        raise InputError(f"run {run.id} is {run.status}", again)
    now = compile_file(root / spec).graph
    if now is None or (set(now.nodes), now.measures) != (set(run.graph.nodes), run.graph.measures):
        raise InputError(f"run {run.id} is of another version of `{spec}`", again)
    return spec


def block(spec: str, run: Run) -> str:
    """What stands between the marks: where the numbers are from, and the numbers."""
    axes = ", ".join(f"{axis.name} × {len(axis.points)}" for axis in run.graph.axes)
    size = f"{len(run.graph.nodes)} nodes" + (f" ({axes})" if axes else "")
    where = " and ".join(run.devices)
    origin = f"`w2sdl run {spec}`: {size}, w2sdl {run.record.info.version}, on {where}."
    return f"{origin}\n\n{run.markdown()}\n\n"


def fill(spec: str, text: str, folder: Path = FOLDER) -> list[str]:
    """Write a block into all pages that have its place, and tell their names.

    Raises:
        InputError: when no page has it.
    """
    place = re.compile(_PLACE.format(re.escape(spec)), re.DOTALL)
    filled = []
    for page in sorted(folder.glob("*.md")):
        old = page.read_text("utf-8")
        new, found = place.subn(lambda match: f"{match[1]}{text}{match[2]}", old)
        if found:
            page.write_text(new, "utf-8")
            filled.append(page.name)
    if not filled:
        raise InputError(
            f"no page has a table of `{spec}`", f"mark its place: <!-- table: {spec} -->"
        )
    return filled


if __name__ == "__main__":
    main()
