"""Judges what a spec expected before the run against what the run found.

An expectation is a comparison of two terms. A term that leaves axes free is an array over them;
arrays meet by the names of their axes, and the comparison must hold at every point that is left.
A point is

- *supported*: it holds, and the 95 % interval of left minus right excludes zero;
- *contradicted*: it doesn't hold, and the interval excludes zero;
- *undecided*: anything else: the interval includes zero, there is none, PGR is undefined or
  unstable, or results are missing. The reason is given.

The whole is contradicted if any point is, supported if all are, else undecided. Intervals pair rows
by item id and seeds by name (see `stats.jackknife`).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from w2sdl.graph import Expectation, Graph
from w2sdl.replication import Replication
from w2sdl_runtime.report.notes import Notes
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.report.sampling import Samples
from w2sdl_runtime.report.terms import Evaluator, Term, aligned
from w2sdl_runtime.stats.intervals import Interval

Word = Literal["supported", "undecided", "contradicted"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One point of an expectation."""

    point: Mapping[str, str]
    left: float | None
    right: float | None
    difference: Interval | None
    holds: bool | None
    verdict: Word
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """An expectation with its verdict at every point and over all."""

    name: str
    text: str
    sign: str
    verdict: Word
    points: tuple[Judged, ...]
    share: bool  #: whether the compared numbers are shares, shown in per cent


_SIGNS = {">": np.greater, "<": np.less, ">=": np.greater_equal, "<=": np.less_equal}
_SIGNS |= {"==": np.equal, "!=": np.not_equal}


def judge(
    expectation: Expectation, graph: Graph, results: Results, repeated: Replication
) -> Verdict:
    """The verdict on one expectation.

    Raises:
        ValueError: for a tree that the compiler would not have made.
    """
    tree = expectation.tree
    if "compare" not in tree or tree["compare"] not in _SIGNS:
        raise ValueError(f"expectation {expectation.name} is no comparison: {dict(tree)}")
    evaluator = Evaluator(graph, results, repeated, _tables_in(tree))
    left, right = aligned(evaluator.term(tree["left"]), evaluator.term(tree["right"]))
    sign = tree["compare"]
    ranges = [range(len(left.names[dim])) for dim in left.dims]
    points = tuple(
        _judge_point(at, left, right, sign, evaluator.samples) for at in itertools.product(*ranges)
    )
    words = {point.verdict for point in points}
    overall: Word = "undecided"
    if "contradicted" in words:
        overall = "contradicted"
    elif words == {"supported"}:
        overall = "supported"
    share = (left.share, right.share) in ((True, True), (True, None), (None, True))
    return Verdict(expectation.name, expectation.text, sign, overall, points, share)


def _judge_point(
    at: tuple[int, ...], left: Term, right: Term, sign: str, samples: Samples
) -> Judged:
    point = {dim: left.names[dim][index] for dim, index in zip(left.dims, at, strict=True)}
    first, second = left.values[at], right.values[at]
    notes: Notes = left.notes[at] | right.notes[at]
    if not (np.isfinite(first[0]) and np.isfinite(second[0])):
        sides = [float(v[0]) if np.isfinite(v[0]) else None for v in (first, second)]
        why = _texts(notes) or ("a number is undefined (a division by zero)",)
        return Judged(point, sides[0], sides[1], None, None, "undecided", why)
    with np.errstate(invalid="ignore"):
        difference = samples.interval(first - second)
    left_value, right_value = float(first[0]), float(second[0])
    holds = bool(_SIGNS[sign](left_value, right_value))
    word, more = _word(holds, sign, difference, notes)
    notes_shown = _texts(notes) + more
    return Judged(point, left_value, right_value, difference, holds, word, notes_shown)


def _texts(notes: Notes) -> tuple[str, ...]:
    return tuple(note.text for note in sorted(notes))


def _word(
    holds: bool, sign: str, difference: Interval, notes: Notes
) -> tuple[Word, tuple[str, ...]]:
    """The verdict where both numbers exist, with the reason where it is open."""
    if any(note.about == "unstable" for note in notes):
        return "undecided", ()
    if difference.lower is None:
        return "undecided", ("there is no interval: nothing says how far chance would reach",)
    if not difference.excludes_zero:
        return "undecided", ("the 95 % interval of the difference includes zero",)
    if sign == "==" and holds:
        return "undecided", ("no interval can show that two numbers are equal",)
    return ("supported" if holds else "contradicted"), ()


def _tables_in(tree: Any) -> list[str]:
    """Names of the measures that a tree reads."""
    if not isinstance(tree, Mapping):
        return []
    if "table" in tree:
        return [tree["table"]]
    return [name for value in tree.values() for name in _tables_in(value)]
