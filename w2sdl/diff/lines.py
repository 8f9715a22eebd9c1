"""A comparison as headings and lines, for every format: what is said, before how it looks."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from w2sdl.diff.changes import (
    GRAVEST_FIRST,
    Change,
    ChangeClass,
    Comparison,
    Counts,
    Form,
    Reuse,
    Subject,
)
from w2sdl.diff.words import listed
from w2sdl.durations import format_seconds
from w2sdl.wording import first_of

#: What each class means, for readers who meet it the first time.
MEANING = {
    ChangeClass.MEASUREMENT: "with what it is measured: numbers can't be compared across it",
    ChangeClass.FACTOR: "what the experiment is about",
    ChangeClass.SAMPLING: "the same question, another draw",
    ChangeClass.CLAIM: "what is expected, excused or taken as baseline; no number depends on it",
    ChangeClass.OPERATIONAL: "how it is run; results are the same up to rounding",
    ChangeClass.COSMETIC: "names and wording; nothing is computed differently",
}
_PLACES = 4  #: places that are listed before the rest is counted


@dataclass(frozen=True, slots=True)
class Line:
    """A change as readers see it: the place, what was and what is, and a remark."""

    unit: str  #: what counts as one factor, and the place below it
    below: str
    place: str
    old: str
    new: str
    remark: str = ""

    @property
    def arrow(self) -> str:
        """Old and new in one text."""
        if not self.old or not self.new:
            return self.new or self.old
        return f"{self.old} → {self.new}"


def sections(comparison: Comparison) -> Iterator[tuple[ChangeClass, list[Line]]]:
    """The changes by class, the gravest first."""
    every = {match.b for match in comparison.matching.measures}
    for kind in GRAVEST_FIRST:
        lines = [line_of(c, every) for c in comparison.changes if c.kind is kind]
        if lines:
            yield kind, lines


def line_of(change: Change, measures: set[str]) -> Line:
    """One change as a line; ``measures`` are those of both designs."""
    remarks = []
    if change.points:
        remarks.append(f"only where {change.points}")
    if change.unread:
        remarks.append("no measure reads it")
    elif (
        change.subject is not Subject.MEASURE and measures - set(change.affects) and change.affects
    ):
        remarks.append(f"reaches {listed(change.affects)} only")
    below = change.what.removeprefix(_suffix(change)).lstrip(".")
    unit = change.unit if change.subject is Subject.BINDING and below else ""
    return Line(unit, below, place(change), change.old, change.new, "; ".join(remarks))


def _suffix(change: Change) -> str:
    """The parameter that a change counts under: ``train`` of ``S'.train.epochs``."""
    head = change.what.split(".")[0]
    named = change.unit.endswith(f".{head}") or change.unit.startswith(f"{head} of ")
    return head if named else ""


def place(change: Change) -> str:
    """``S'.loss``, ``axis seed, added``, ``measure agree``."""
    if change.form is Form.RENAMED:
        what = "point of axis " + change.where[0] if change.what else change.subject.value
        return f"{what}, renamed"
    names = [f"{name}.{change.what}" if change.what else name for name in change.where]
    text = first_of(names, _PLACES)
    match change.subject:
        case Subject.AXIS:
            what = "" if change.what != "points" or change.form is Form.CHANGED else "points "
            return f"axis {change.where[0]}{_verb(change, what)}"
        case Subject.MEASURE if change.what == "of":
            return f"measure {change.where[0]}, {_of(change)}"
        case Subject.MEASURE:
            return f"measure {text}{_verb(change)}"
        case Subject.WAIVER:
            return f"allow({change.what}) of {change.where[0]}{_verb(change)}"
        case Subject.EXPECTATION:
            return f"expect {text}{_verb(change)}"
        case Subject.BASELINE:
            return f"baseline {text}{_verb(change)}"
        case Subject.BINDING if change.kind is ChangeClass.COSMETIC and not change.what:
            return f"name {text}{_verb(change)}"
        case _:
            return text if change.what else f"{text}{_verb(change)}"


def _verb(change: Change, what: str = "") -> str:
    return "" if change.form is Form.CHANGED else f", {what}{change.form.value}"


def _of(change: Change) -> str:
    return "also measures" if change.form is Form.ADDED else "no longer measures"


def text_difference(old: str, new: str) -> list[str]:
    """Lines of a difference of two texts of several lines, [] for others. Marked with - and +."""
    ones, others = _lines(old), _lines(new)
    if len(ones) < 2 and len(others) < 2:
        return []
    found = list(difflib.unified_diff(ones, others, lineterm="", n=1))[2:]
    return [line for line in found if not line.startswith("@@")]


def _lines(text: str) -> list[str]:
    """The lines of a string literal."""
    if not text.startswith('"'):
        return [text]
    try:
        return str(json.loads(text)).splitlines()
    except ValueError:
        return [text]


def counts_text(counts: Counts) -> str:
    """Nodes in one sentence."""
    parts = [f"{counts.shared:,} are the same"]
    if counts.direct:
        parts.append(f"{counts.direct:,} differ where a change begins")
    if counts.indirect:
        parts.append(f"{counts.indirect:,} only in what they are made from")
    if counts.new:
        parts.append(f"{counts.new:,} are new")
    text = f"a has {counts.a:,} nodes, b has {counts.b:,}: of b's, {', '.join(parts)}"
    return text + (f"; {counts.gone:,} of a's are gone" if counts.gone else "")


def reuse_text(reuse: Reuse) -> str:
    """What a store has of B, and what a run would take."""
    if reuse.problem:
        return f"store {reuse.store}: can't be asked, {reuse.problem}"
    parts = []
    if reuse.stored:
        parts.append(
            f"{reuse.stored:,} of b's nodes are stored (took {format_seconds(reuse.stored_seconds)})"
        )
    if reuse.to_run:
        parts.append(f"{reuse.to_run:,} would run ({_expected(reuse)})")
    if reuse.maybe:
        parts.append(f"{reuse.maybe:,} depend on what comes out")
    return f"store {reuse.store}: {', '.join(parts) or 'b has no nodes'}"


def _expected(reuse: Reuse) -> str:
    if not reuse.timed and reuse.unknown:
        return "for how long is unknown"
    about = f"about {format_seconds(reuse.run_seconds)} one after the other"
    if reuse.unknown:
        return f"{about}, without {reuse.unknown:,} of unknown length"
    return about
