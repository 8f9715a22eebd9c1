"""What is known of a node's result: which rows it is about, whose gold reached it, and what fitted it.

Facts are kept per part of a data set, and joined by part where rows are joined by item id. Equal facts
are one object, so that a design's seeds and arms cost one lookup each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeVar

K = TypeVar("K")


class Channel(StrEnum):
    """How gold reached a node."""

    VALUE = "value"  #: as a label
    SELECT = "select"  #: something is kept, dropped, stopped or tuned by it
    WEIGHT = "weight"  #: a row counts for more or less by it
    CONTEXT = "context"  #: in text that is read
    INIT = "init"  #: in the weights that training starts from
    CONTROL = "control"  #: on purpose, at a port that says so
    FOLDS = "folds"  #: of data: the rows are cut into folds
    SAW = "saw"  #: of imported things: what their maker was fitted on, as stated


class Origin(StrEnum):
    """Where the value of a label comes from."""

    GOLD = "gold"
    WEAK = "weak"  #: said by a predictor
    DERIVED = "derived"  #: made of what predictors or trees say, not by labelling
    IMPORTED = "imported"
    CONTROL = "control"


class Part(NamedTuple):
    """A named part of one data set: the unit of provenance."""

    data: str  #: id of the node that makes the data set
    name: str
    text: str  #: as the spec calls it: "qa.transfer"


def parts_text(parts: Iterable[Part]) -> str:
    """As messages name them: each in backquotes, in their order."""
    return " and ".join(f"`{part.text}`" for part in sorted(parts))


class Form(NamedTuple):
    """How the rows of one source are told as texts."""

    source: str  #: what the rows are read from
    how: str  #: format, columns and template


class Step(NamedTuple):
    """One node on a path, as the spec names it."""

    name: str
    node: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A path through the graph, last step first."""

    step: Step
    before: Trace | None = None
    length: int = 1

    def steps(self) -> tuple[Step, ...]:
        """From the source on."""
        found = list(self._back())
        return tuple(reversed(found))

    def _back(self) -> Iterator[Step]:
        trace: Trace | None = self
        while trace is not None:
            yield trace.step
            trace = trace.before

    @property
    def root(self) -> Step:
        return self.steps()[0]

    def then(self, step: Step) -> Trace:
        """The path with one more step; a step that has no name of its own is not said twice."""
        return self if step.name == self.step.name else Trace(step, self, self.length + 1)


class GoldOf(NamedTuple):
    """Gold of a part, by a channel. ``folded``: of models that each left out a fold of it."""

    part: Part
    channel: Channel
    folded: bool = False


Golds = Mapping[GoldOf, Trace]
Fits = Mapping[Part, Trace]


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of the rows of one part in a row-wise result."""

    path: Trace  #: how these rows came here
    origins: frozenset[Origin] = frozenset()
    gold: Golds = field(default_factory=dict)
    fits: Fits = field(default_factory=dict)  #: parts whose rows fitted or tuned an ancestor
    marked: Fits = field(
        default_factory=dict
    )  #: given by a model that was fitted on gold of the part
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of one result. Row-wise results have ``rows``, models the rest."""

    rows: Mapping[Part, Cell] = field(default_factory=dict)
    elsewhere: bool = False  #: it may have rows of other parts than those in ``rows``
    gold: Golds = field(default_factory=dict)
    fits: Fits = field(default_factory=dict)
    direct: Mapping[Part, bool] = field(
        default_factory=dict
    )  #: fitted on its gold -> left out a fold
    weak: Mapping[Part, frozenset[Origin]] = field(default_factory=dict)  #: trained on, not by gold
    marked: Fits = field(default_factory=dict)
    pool: Mapping[Part, frozenset[Origin]] = field(
        default_factory=dict
    )  #: rows that its own training was offered, and whose labels
    context: Mapping[Part, Cell] = field(default_factory=dict)  #: what it reads beside each row
    is_strong: bool = False
    is_taught: bool = False  #: its own training had weak labels
    controls: tuple[str, ...] = ()
    templates: frozenset[str] = frozenset()
    forms: frozenset[Form] = frozenset()


EMPTY = Fact()


def first(*maps: Mapping[K, Trace]) -> dict[K, Trace]:
    """The union; where several paths lead to one thing, the shortest."""
    found: dict[K, Trace] = {}
    for one in maps:
        for key, trace in one.items():
            known = found.get(key)
            if known is None or trace.length < known.length:
                found[key] = trace
    return found


def extended(traces: Mapping[K, Trace], step: Step) -> dict[K, Trace]:
    """All paths with one more step."""
    return {key: trace.then(step) for key, trace in traces.items()}


def through(gold: Golds, channel: Channel, step: Step) -> dict[GoldOf, Trace]:
    """Gold that goes on through a port: its channel becomes the port's, unless that is *value*."""
    found: dict[GoldOf, Trace] = {}
    for of, trace in gold.items():
        went = of if channel is Channel.VALUE else of._replace(channel=channel)
        found = first(found, {went: trace.then(step)})
    return found


def beside(context: Mapping[Part, Cell], part: Part) -> Cell | None:
    """What a model reads beside the rows of a part: what was said of them, found by item id.

    Where nothing was said of this part, that is what was said of the same rows in other data sets.
    """
    if part in context:
        return context[part]
    return merged(cell for other, cell in context.items() if other.data != part.data)


def merged(cells: Iterable[Cell]) -> Cell | None:
    """Cells of one part brought together."""
    known = list(cells)
    if len(known) <= 1:
        return known[0] if known else None
    return Cell(
        path=min((cell.path for cell in known), key=lambda path: path.length),
        origins=frozenset(origin for cell in known for origin in cell.origins),
        gold=first(*(cell.gold for cell in known)),
        fits=first(*(cell.fits for cell in known)),
        marked=first(*(cell.marked for cell in known)),
        folded=all(cell.folded for cell in known),
    )
