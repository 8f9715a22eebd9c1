"""What differs between two designs, as values: one `Change` for each thing that someone changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class ChangeClass(StrEnum):
    """What a change means for the science, from nothing to everything."""

    COSMETIC = "cosmetic"  #: names, comments, format, order
    OPERATIONAL = "operational"  #: how it is run: resources, neutral parameters
    CLAIM = "claim"  #: what is expected to come out, and which broken rules are excused
    SAMPLING = "sampling"  #: the same question, another draw: seeds, sizes, decoding
    FACTOR = "factor"  #: what the experiment is about: a model, a protocol, a loss, a training
    MEASUREMENT = "measurement"  #: with what it is measured: metric, data, part, template


#: From the gravest to the lightest, as reports list them.
GRAVEST_FIRST = tuple(reversed(ChangeClass))


class Form(StrEnum):
    """What became of the thing."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"


class Subject(StrEnum):
    """What sort of thing changed."""

    BINDING = "binding"
    AXIS = "axis"
    MEASURE = "measure"
    EXPECTATION = "expectation"
    BASELINE = "baseline"
    WAIVER = "waiver"
    EXPERIMENT = "experiment"


@dataclass(frozen=True, slots=True)
class Change:
    """One change, where it begins.

    Attributes:
        kind: what it means.
        form: what became of it.
        subject: what sort of thing changed.
        where: the places, by their names in B (in A for what was removed).
        what: the path below the place (``loss.alpha``); "" for the whole.
        old: its text in A, "" where it was not there.
        new: its text in B, "" where it is gone.
        points: where it holds, if not everywhere: "evidence = debate".
        unit: what counts as one factor: ``S'.train`` is one, whatever changed in it.
        affects: names of the measures that it reaches.
        unread: whether there are measures and none reads it.
    """

    kind: ChangeClass
    form: Form
    subject: Subject
    where: tuple[str, ...]
    what: str = ""
    old: str = ""
    new: str = ""
    points: str = ""
    unit: str = ""
    affects: tuple[str, ...] = ()
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A thing of A that is a thing of B, and by what it was recognised."""

    a: str
    b: str
    by: str  #: "identity" | "role" | "position" | "name" | "structure"


@dataclass(frozen=True, slots=True)
class Counts:
    """Nodes of both graphs. ``shared`` have one identity; the others of B are one of three."""

    a: int
    b: int
    shared: int
    direct: int  #: a change begins there
    indirect: int  #: only what they are made from differs
    new: int  #: nothing in A answers to them
    gone: int  #: nodes of A that nothing in B answers to


@dataclass(frozen=True, slots=True)
class Reuse:
    """B's nodes against a store: how many results are there, and times where they are known."""

    store: str
    stored: int
    to_run: int
    maybe: int  #: reused if their inputs come out as seen before
    stored_seconds: float  #: what the stored ones took
    run_seconds: float  #: what the others would take, as far as it is known
    timed: int  #: how many of these were timed before
    unknown: int  #: how many were not
    by_name: Mapping[str, int] = field(default_factory=dict)  #: nodes that would run, by binding
    problem: str = ""  #: why it can't be said


@dataclass(frozen=True, slots=True)
class PairedResult:
    """One measured number of both designs, aligned by row and seed. What is undefined is None.

    ``verdict`` is ``same`` (one result), ``better``, ``worse``, ``undecided`` or ``undefined``: of B; of a
    metric without a good side ``higher`` or ``lower``.
    """

    measure: str
    of: str
    point: Mapping[str, str]
    a: float | None
    b: float | None
    difference: float | None
    lower: float | None
    upper: float | None
    p: float | None
    p_holm: float | None
    rows: int  #: that both share
    seeds: int
    verdict: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matching:
    """What of A is what of B."""

    bindings: tuple[Match, ...]
    axes: tuple[Match, ...]
    measures: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the changes mean together. ``kind`` is one of the words of `w2sdl.diff.verdict`."""

    kind: str
    sentence: str
    factors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two designs compared.

    ``results`` are for paired differences of what came out; a comparison of designs leaves it empty.
    """

    a: str
    b: str
    verdict: Verdict
    changes: tuple[Change, ...]
    matching: Matching
    counts: Counts
    in_words: str = ""  #: both designs side by side, as a paper would tell them apart
    reuse: Reuse | None = None
    results: Sequence[PairedResult] = ()

    @property
    def differs(self) -> bool:
        """Whether they differ in meaning: more than in names and in how they are run."""
        light = (ChangeClass.COSMETIC, ChangeClass.OPERATIONAL)
        return any(change.kind not in light for change in self.changes)
