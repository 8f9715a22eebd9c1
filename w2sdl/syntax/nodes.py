"""The syntax tree: frozen nodes, one per construct, each with its span. Nothing is resolved here."""

from __future__ import annotations

from dataclasses import dataclass, field

from w2sdl.source import Source, Span

#: Arguments that every call of an operation may have: none is in a key or in a node's identity.
OPERATIONAL = ("needs", "retry", "timeout")


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a string or a truth value. Percent signs are already divided out."""

    value: int | float | str | bool
    span: Span


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit: `18GiB`, `4h`, `1.5x`."""

    value: int | float
    unit: str
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A use of a name, normalised (NFC, ′ and ’ as ')."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Field:
    base: Expr
    name: str
    span: Span
    name_span: Span


@dataclass(frozen=True, slots=True)
class Entry:
    """``label: value`` in a record, a selection or a call."""

    name: str
    value: Expr
    name_span: Span
    overrides: bool = (
        False  #: written by a profile or ``--set``: it wins over the call's own argument
    )


@dataclass(frozen=True, slots=True)
class Select:
    """``base[axis: point]``."""

    base: Expr
    entries: tuple[Entry, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """``callee(...)``.

    ``operational`` say how it is run. The text of a call, which is its name where it has no other, is
    without them.
    """

    callee: Expr
    positional: tuple[Expr, ...]
    named: tuple[Entry, ...]
    span: Span
    operational: tuple[Entry, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All labelled arguments in the order written, for what is no call of an operation."""
        every = (*self.named, *self.operational)
        return tuple(sorted(every, key=lambda entry: entry.name_span.start))


@dataclass(frozen=True, slots=True)
class ListExpr:
    items: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Record:
    entries: tuple[Entry, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Range:
    """``first..last``, both included."""

    first: int
    last: int
    span: Span


@dataclass(frozen=True, slots=True)
class Arithmetic:
    sign: str
    left: Expr
    right: Expr
    span: Span


Expr = Literal | Quantity | Name | Field | Select | Call | ListExpr | Record | Range | Arithmetic


@dataclass(frozen=True, slots=True)
class Waiver:
    """``allow(rule, "reason")`` after a declaration."""

    rule: str
    reason: str
    span: Span


@dataclass(frozen=True, slots=True)
class Experiment:
    name: str
    description: str
    span: Span


@dataclass(frozen=True, slots=True)
class Import:
    path: str
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Axis:
    name: str
    points: Expr
    span: Span
    name_span: Span


@dataclass(frozen=True, slots=True)
class Binding:
    """``name = value``; ``role`` is "data", "weak", "strong" or "".

    A name with dots is one of a sub-graph (``one.next``) or of a library (``burns.recipe``);
    ``called`` is the call of the sub-graph that it comes from.
    """

    name: str
    value: Expr
    role: str
    waivers: tuple[Waiver, ...]
    span: Span
    name_span: Span
    called: Span | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    name: str
    value: Expr
    on: Expr
    waivers: tuple[Waiver, ...]
    span: Span
    name_span: Span


@dataclass(frozen=True, slots=True)
class Expect:
    """``expect name at level: claim``.

    ``terms`` are compared by ``signs``, one fewer: `a < b < c`, or ``==`` within a ``margin``. One term
    without a sign is a claim by itself, such as `rises(...)`.
    """

    name: str
    terms: tuple[Expr, ...]
    signs: tuple[str, ...]
    span: Span
    name_span: Span
    margin: Literal | None = None
    level: Literal | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """``baseline axis: point`` or ``baseline of: thing``: what numbers are compared with."""

    name: str
    value: Expr
    span: Span
    name_span: Span


@dataclass(frozen=True, slots=True)
class Setting:
    """``path.to = value`` in a profile or after ``--set``."""

    path: tuple[str, ...]
    value: Expr
    span: Span
    path_span: Span


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    settings: tuple[Setting, ...]
    span: Span
    name_span: Span


@dataclass(frozen=True, slots=True)
class Definition:
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    body: tuple[Binding, ...]
    span: Span
    name_span: Span


Declaration = (
    Experiment | Import | Axis | Binding | Measure | Expect | Baseline | Profile | Definition
)


@dataclass(frozen=True, slots=True)
class Module:
    """A parsed file: its declarations in the order written.

    ``broken`` are names whose declaration could not be read: a use of one is no second mistake.
    """

    source: Source
    declarations: tuple[Declaration, ...] = field(default=())
    broken: frozenset[str] = frozenset()
