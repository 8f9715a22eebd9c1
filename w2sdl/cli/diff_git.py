"""``w2sdl diff --git``: what git calls for a file with ``diff=w2sdl`` in .gitattributes.

git gives: path old-file old-hex old-mode new-file new-hex new-mode (of a renamed file also its new
path and what happened; of an unmerged one only the path) and wants 0 back whatever comes out.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from w2sdl.cli.common import (
    Failure,
    Request,
    load_settings,
    load_signatures,
    module_folders,
    read_source,
)
from w2sdl.cli.diff_inputs import compilation_of
from w2sdl.cli.output import use_color
from w2sdl.diff import compare
from w2sdl.diff.as_text import as_text
from w2sdl.graph import Graph
from w2sdl.messages.render import render_diagnostics
from w2sdl.project import load_below
from w2sdl.signature import Signatures
from w2sdl.source import Source


@dataclass(frozen=True)
class _Side:
    name: str  #: "before" | "after"
    source: Source
    graph: Graph | None
    problems: str = ""


def drive(arguments: tuple[str, ...], modules: tuple[str, ...]) -> int:
    """Print what git shows for one file. Never fails: git would stop at the first file."""
    if len(arguments) == 1:
        click.echo(f"{arguments[0]}: not merged yet")
        return 0
    if len(arguments) not in (7, 9):
        raise Failure(
            f"git calls its driver with 7 arguments, and {len(arguments)} came",
            "use it through git, as docs/git_diff.md shows, or say: w2sdl diff A B",
        )
    path, new_path = Path(arguments[0]), Path(arguments[7] if len(arguments) == 9 else arguments[0])
    click.echo(f"w2sdl diff {path}" + (f" → {new_path}" if new_path != path else ""))
    try:
        for text in _said(path, new_path, Path(arguments[1]), Path(arguments[4]), modules):
            click.echo(text)
    except Failure as problem:
        click.echo(f"{problem.message}: the files are not compared")
    return 0


def _said(
    path: Path, new_path: Path, old: Path, new: Path, modules: tuple[str, ...]
) -> Iterator[str]:
    signatures = _signatures(new_path, modules)
    before = _open("before", path, old, signatures)
    after = _open("after", new_path, new, signatures)
    broken = [side for side in (before, after) if side is not None and side.graph is None]
    if broken:
        names = " and ".join(f"{side.name} the change" for side in broken)
        yield f"it does not compile {names}, so here are the messages, and the texts line by line\n"
        yield from (side.problems for side in broken)
        yield from _lines(path, new_path, before, after)
    elif before is None or after is None:
        yield from _alone(before, after)
    elif before.graph is not None and after.graph is not None:
        comparison = compare(
            before.graph,
            after.graph,
            signatures,
            (f"{path} (before)", f"{new_path} (after)"),
            texts=(before.source.text, after.source.text),
        )
        yield as_text(comparison, use_color())


def _signatures(path: Path, modules: tuple[str, ...]) -> Signatures:
    settings = load_settings(path)
    return load_signatures((*settings.modules, *modules), module_folders(path, settings.root))


def _open(name: str, path: Path, file: Path, signatures: Signatures) -> _Side | None:
    """A side compiled where it belongs: what it imports is read from the working tree."""
    if str(file) in (os.devnull, "nul"):
        return None
    source = read_source(file, f"{path} ({name})")
    compilation = compilation_of(source, Request(path), signatures, load_below(path))
    if compilation.graph is None:
        return _Side(name, source, None, render_diagnostics(compilation.diagnostics))
    return _Side(name, source, compilation.graph)


def _alone(before: _Side | None, after: _Side | None) -> Iterator[str]:
    """A file that is new, or gone."""
    side = after or before
    if side is None or side.graph is None:
        return
    graph = side.graph
    axes = " · ".join(f"{axis.name} × {len(axis.points)}" for axis in graph.axes)
    measures = ", ".join(table.name for table in graph.measures) or "nothing"
    yield f"a {'new design' if after else 'design that is gone'}: {graph.experiment}, {graph.description}"
    yield f"{len(graph.nodes):,} nodes" + (f" ({axes})" if axes else "") + f"; measures {measures}"


def _lines(path: Path, new_path: Path, before: _Side | None, after: _Side | None) -> Iterator[str]:
    old = before.source.text.splitlines() if before else []
    new = after.source.text.splitlines() if after else []
    yield from difflib.unified_diff(old, new, f"a/{path}", f"b/{new_path}", lineterm="")
