"""Judges what a spec expected before the run against what the run found.

An expectation is one claim, or an ordering, whose neighbours are claims of their own. A term that
leaves axes free is an array over them; arrays meet by the names of their axes, and a claim must hold
at every point that is left. `deciding` has the words. Over all points and neighbours an expectation is
contradicted if any is, else not supported if any is, else undecided if any is, else supported.

Intervals pair rows by item id and seeds by name. Beside each verdict stand a p and an effect size; with
several expectations also Holm's adjusted p, where the p of one is the largest of its points (all must
hold; Berger 1982), or for a contradicted one the smallest, times their number.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl.claims import LEVEL, level_of, link_text, links, tables_in
from w2sdl.graph import Expectation, Graph
from w2sdl.replication import Replication
from w2sdl_runtime.report.deciding import Word, effect_of, within_p, within_word, word_of
from w2sdl_runtime.report.judged import (
    Judged,
    Side,
    measure_sides,
    open_words,
    told,
    without_number,
)
from w2sdl_runtime.report.notes import Notes
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.report.term import Made, Term, aligned
from w2sdl_runtime.report.terms import Evaluator
from w2sdl_runtime.report.trends import trend_points
from w2sdl_runtime.stats.several import holm

if TYPE_CHECKING:
    from w2sdl_runtime.storage.claims import Registered


@dataclass(frozen=True, slots=True)
class Verdict:
    """An expectation with its verdict at every point and over all."""

    name: str
    text: str
    sign: (
        str  #: of the comparison, or "rises", "falls"; of an ordering that of its first neighbours
    )
    verdict: Word
    points: tuple[Judged, ...]
    share: bool  #: whether the compared numbers are shares, shown in per cent
    level: float = LEVEL  #: of the intervals
    p: float | None = None  #: of the whole
    adjusted: float | None = (
        None  #: Holm's, among all expectations of the run; None of a single one
    )
    registered: Registered | None = None  #: when it was first seen, relative to its results

    @property
    def survives(self) -> bool | None:
        """Whether a decided verdict stands when all expectations are taken together."""
        if self.adjusted is None or self.verdict not in ("supported", "contradicted"):
            return None
        return self.adjusted < 1 - self.level

    @property
    def level_text(self) -> str:
        """``95 %``."""
        return f"{100 * self.level:g} %"

    @property
    def at_level(self) -> str:
        """`` at 99 %``, beside its intervals; "" at the usual level."""
        from w2sdl_runtime.report.verdict_words import at_level

        return at_level(self)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What holds of it as a whole: its level, Holm's p, and when it was written."""
        from w2sdl_runtime.report.verdict_words import remarks

        return tuple(remarks(self))

    @property
    def is_trend(self) -> bool:
        """Whether ``difference`` of its points is a slope."""
        return self.sign in ("rises", "falls")


_SIGNS = {">": np.greater, "<": np.less, ">=": np.greater_equal, "<=": np.less_equal}
#: The gravest first: the first that any point has is that of the whole.
_GRAVEST: tuple[Word, ...] = ("contradicted", "not supported", "undecided", "supported")


def judge_all(
    graph: Graph,
    results: Results,
    repeated: Replication,
    registered: Mapping[str, Registered] | None = None,
) -> list[Verdict]:
    """The verdicts on all expectations of a run, with Holm's p over them.

    ``registered`` says by name when each was first seen (`storage.claims`).
    """
    found = [judge(one, graph, results, repeated) for one in graph.expectations]
    adjusted = holm([v.p for v in found]) if len(found) > 1 else [None] * len(found)
    known = registered or {}
    return [
        replace(verdict, adjusted=p, registered=known.get(verdict.name))
        for verdict, p in zip(found, adjusted, strict=True)
    ]


def judge(
    expectation: Expectation, graph: Graph, results: Results, repeated: Replication
) -> Verdict:
    """The verdict on one expectation.

    Raises:
        ValueError: for a tree that the compiler would not have made.
    """
    tree, level = expectation.tree, level_of(expectation.tree)
    evaluator = Evaluator.of_claim(graph, results, repeated, tree)
    every = links(tree)
    points: list[Judged] = []
    shares = []
    for link in every:
        where = link_text(link) if len(every) > 1 else ""
        found, share = _judge_link(expectation.name, link, level, evaluator)
        points += [replace(point, claim=where) for point in found]
        shares.append(share)
    overall = next(word for word in _GRAVEST if any(point.verdict == word for point in points))
    sign = str(every[0].get("compare") or every[0].get("trend"))
    p = _p_of_all(overall, points)
    return Verdict(
        expectation.name, expectation.text, sign, overall, tuple(points), all(shares), level, p
    )


def _p_of_all(overall: Word, points: Sequence[Judged]) -> float | None:
    if overall == "contradicted":
        known = [point.p for point in points if point.p is not None and point.holds is False]
        return min(1.0, len(points) * min(known)) if known else None
    known = [point.p for point in points if point.p is not None]
    return max(known) if len(known) == len(points) else None


def _judge_link(
    name: str, link: Mapping[str, Any], level: float, evaluator: Evaluator
) -> tuple[list[Judged], bool]:
    """One claim at each of its points, and whether its numbers are shares."""
    if link.get("trend") in ("rises", "falls"):
        term = evaluator.term(link["value"])
        return list(trend_points(link, term, level, evaluator)), bool(term.share)
    known = link.get("compare") in _SIGNS or (link.get("compare") == "==" and "within" in link)
    if not known:
        raise ValueError(f"expectation {name} makes no claim that is known: {dict(link)}")
    left, right = aligned(evaluator.term(link["left"]), evaluator.term(link["right"]))
    share = (left.share, right.share) in ((True, True), (True, None), (None, True))
    return [
        _compared(at, left, right, link, (level, share), evaluator) for at in _indices(left)
    ], share


def _indices(term: Term) -> Iterator[tuple[int, ...]]:
    return itertools.product(*(range(len(term.names[dim])) for dim in term.dims))


def _side(tree: Mapping[str, Any], term: Term, at: tuple[int, ...]) -> Side:
    made = Made() if term.made is None else term.made[at]
    return Side(term.values[at], made, not any(tables_in(tree)))


def _compared(
    at: tuple[int, ...],
    left: Term,
    right: Term,
    link: Mapping[str, Any],
    how: tuple[float, bool],
    evaluator: Evaluator,
) -> Judged:
    point = {dim: left.names[dim][index] for dim, index in zip(left.dims, at, strict=True)}
    first, second = left.values[at], right.values[at]
    notes: Notes = left.notes[at] | right.notes[at]
    sides = [float(v[0]) if np.isfinite(v[0]) else None for v in (first, second)]
    if sides[0] is None or sides[1] is None:
        return without_number(point, sides[0], sides[1], notes)
    (level, share), (one, two) = how, (sides[0], sides[1])
    ones = (_side(link["left"], left, at), _side(link["right"], right, at))
    found = measure_sides(*ones, level, notes, evaluator)
    if link["compare"] == "==":
        margin = float(link["within"])
        word, p = within_word(found.interval, margin), within_p(found, margin)
        holds = bool(abs(one - two) <= margin)
        said = open_words(found, margin - abs(one - two), level, "a margin", word)
    else:
        holds = bool(_SIGNS[link["compare"]](one, two))
        word, p = word_of(holds, found.interval), found.two_sided()
        said = open_words(found, one - two, level, "zero", word)
    effect = effect_of(one, two, share and not (left.derived or right.derived), found)
    more = told(notes, said)
    return Judged(point, one, two, found.interval, holds, word, more, p, effect)
