"""The table that answers the question: weak, zero-shot, supervisor, student, ceiling and PGR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from w2sdl_runtime.report.results import Missing, Results
from w2sdl_runtime.report.roles import Roles
from w2sdl_runtime.report.stats import Interval
from w2sdl_runtime.report.tables import Column, Figure, Table, points_of
from w2sdl_runtime.report.text import listed, percent


@dataclass(frozen=True, slots=True)
class Head:
    """A column of the headline."""

    title: str
    tag: str  #: its role in words
    role: str  #: its colour
    measure: str
    column: Column
    kind: str  #: "score" | "ratio" | "gain"


@dataclass(frozen=True, slots=True)
class Slot:
    """A cell of the headline; ``repeated`` where the row above has the same figure."""

    figure: Figure | None
    estimate: Interval | None
    repeated: bool
    unit: str


@dataclass(frozen=True, slots=True)
class Headline:
    """Columns, and rows with their design point."""

    on: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Mapping[str, str], tuple[Slot, ...]], ...]
    dims: tuple[str, ...]
    summary: tuple[str, ...]
    scores: Table | None
    ratios: tuple[Table, ...]


def headline(tables: Sequence[Table], roles: Roles) -> Headline | None:
    """Choose the measures that answer the question: PGR, and accuracies on the same rows."""
    ratios = [table for table in tables if table.op == "pgr"]
    scored = [t for t in tables if any(column.of for column in t.columns)]
    on = ratios[0].on if ratios else (scored[0].on if scored else "")
    ratios = [table for table in ratios if table.on == on]
    scores = next((table for table in scored if table.on == on), None)
    heads = _score_heads(scores, roles) if scores else []
    for table in ratios:
        heads += _ratio_heads(table, len(ratios) > 1)
    if not heads:
        return None
    points = points_of([head.column for head in heads])
    rows, above = [], [None] * len(heads)
    for point in points:
        figures = [head.column.at(point) for head in heads]
        slots = tuple(
            _slot(head, figure, figure is not None and figure is last)
            for head, figure, last in zip(heads, figures, above, strict=True)
        )
        rows.append((point, slots))
        above = figures  # type: ignore[assignment]
    dims = tuple(points[0])
    summary = tuple(_summary(table) for table in ratios)
    return Headline(on, tuple(heads), tuple(rows), dims, summary, scores, tuple(ratios))


def _score_heads(table: Table, roles: Roles) -> list[Head]:
    columns = sorted(
        (c for c in table.columns if c.of and not c.part), key=lambda c: roles.rank(c.of)
    )
    heads = []
    for column in columns:
        role = roles.of(column.of)
        tag = "" if role == "other" else role
        heads.append(Head(column.of, tag, roles.family(column.of), table.name, column, "score"))
    return heads


def _ratio_heads(table: Table, several: bool) -> list[Head]:
    column = table.columns[0]
    student, weak = table.arguments.get("student", "student"), table.arguments.get("weak", "weak")
    of = f" of {student}" if several else ""
    return [
        Head(f"{student} − {weak}", "gain, points", "other", table.name, column, "gain"),
        Head(f"PGR{of}", "gap recovered", "student", table.name, column, "ratio"),
    ]


def _slot(head: Head, figure: Figure | None, repeated: bool) -> Slot:
    if figure is None:
        return Slot(None, None, False, "")
    estimate = figure.estimate
    if head.kind == "gain":
        gain = figure.facts.get("gain")
        method = str(figure.facts.get("interval", ""))
        estimate = Interval(gain["value"], gain["lower"], gain["upper"], method) if gain else None
    return Slot(figure, estimate, repeated, figure.unit)


def _summary(table: Table) -> str:
    """One sentence on what was recovered."""
    student = table.arguments.get("student", "the student")
    column = table.columns[0]
    known = [(p, f) for p in table.points() if (f := column.at(p)) is not None]
    defined = [(p, f.estimate.value) for p, f in known if f.estimate is not None]
    open_ = len(known) - len(defined)
    tail = f" It is undefined or missing at {open_} of {len(known)} design points." if open_ else ""
    if not defined:
        return f"PGR of {student} has no value at any design point."
    if len(defined) == 1:
        return f"{student} recovers {percent(defined[0][1])} % of the gap.{tail}"
    low, high = min(defined, key=lambda d: d[1]), max(defined, key=lambda d: d[1])
    return (
        f"{student} recovers between {percent(low[1])} % ({_where(low[0])})"
        f" and {percent(high[1])} % ({_where(high[0])}) of the gap.{tail}"
    )


def _where(point: Mapping[str, str]) -> str:
    return listed([f"{axis} {name}" for axis, name in point.items()])


def missing_numbers(tables: Sequence[Table], results: Results) -> list[tuple[str, str]]:
    """Numbers that the run does not have, with why, each reason once with its count."""
    found: dict[str, list[str]] = {}
    for table in tables:
        for column in table.columns:
            for figure in column.figures.values():
                for single in figure.singles:
                    metric = results.metric(single.node)
                    if isinstance(metric, Missing):
                        addresses = found.setdefault(metric.why, [])
                        if single.address not in addresses:
                            addresses.append(single.address)
    return [(why, _some(addresses)) for why, addresses in found.items()]


def _some(addresses: list[str], most: int = 6) -> str:
    rest = len(addresses) - most
    if rest > 0:
        return f"{', '.join(addresses[:most])} and {rest} more"
    return listed(addresses)
