"""What the tests of `w2sdl.diff` share: compiling texts over operations without bodies."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "lang"))
sys.path.insert(0, str(Path(__file__).parent))
import fake_ops
import marked_ops

from w2sdl.diff import Comparison, compare
from w2sdl.graph import Graph
from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.signature import Signatures
from w2sdl.source import Source
from w2sdl_runtime.registry import read_signatures

HERE = Path(__file__).parent
SMALL = (HERE / "cases" / "identical" / "a.w2s").read_text("utf-8")


@cache
def signatures() -> Signatures:
    return read_signatures([fake_ops, marked_ops])


def graph_of(text: str, *settings: str, folder: Path | None = None) -> Graph:
    def load(path: str) -> Source:
        return Source(path, ((folder or HERE) / path).read_text("utf-8"))

    compilation = Compilation(Source("spec", text), signatures(), (), settings, load=load)
    assert compilation.graph is not None, render_diagnostics(compilation.diagnostics)
    return compilation.graph


def diff(a: str, b: str, *, folder: Path | None = None) -> Comparison:
    graphs = graph_of(a, folder=folder), graph_of(b, folder=folder)
    return compare(*graphs, signatures(), texts=(a, b))


def edited(*edits: tuple[str, str], text: str = SMALL) -> str:
    """A copy of a spec with pieces replaced; a piece that is not there is a mistake of the test."""
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return text


def diff_edited(*edits: tuple[str, str]) -> Comparison:
    return diff(SMALL, edited(*edits))
