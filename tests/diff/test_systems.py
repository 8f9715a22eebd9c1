"""Whole designs of other people against each other: nothing fails, and back is forth."""

from __future__ import annotations

import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "validity"))
import test_rules as rules
from test_properties import facts

from w2sdl.diff import Change, ChangeClass, compare
from w2sdl.diff.as_text import as_text
from w2sdl.graph import Graph


@cache
def graph_of(path: Path) -> Graph:
    graph = rules.compile_text(path.read_text("utf-8"), path.name).graph
    assert graph is not None
    return graph


@pytest.mark.parametrize("path", rules.SYSTEMS, ids=lambda path: path.stem)
def test_a_system_does_not_differ_from_itself(path: Path) -> None:
    found = compare(graph_of(path), graph_of(path), rules.signatures())
    assert found.changes == ()


@pytest.mark.parametrize(
    "pair", list(pairwise(rules.SYSTEMS)), ids=lambda pair: f"{pair[0].stem}-{pair[1].stem}"
)
def test_two_systems_can_be_compared_both_ways(pair: tuple[Path, Path]) -> None:
    a, b = map(graph_of, pair)
    forth, back = compare(a, b, rules.signatures()), compare(b, a, rules.signatures())
    assert meaning(forth.changes) == meaning(back.changes, turned=True)
    assert forth.verdict.kind == back.verdict.kind == "incomparable"
    assert as_text(forth).startswith("a  a\nb  b\n\n")


def meaning(changes: tuple[Change, ...], turned: bool = False) -> list[tuple[str, ...]]:
    """Without the names of places, which are B's."""
    found = []
    for change in changes:
        if change.kind is not ChangeClass.COSMETIC:
            texts = facts(change, turned)
            found.append((*texts[:3], *texts[3 + len(change.where) :]))
    return sorted(found)
