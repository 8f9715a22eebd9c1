"""What a measure is as a table: a figure for each predictor and design point, with all it is a mean of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from w2sdl_runtime.stats.intervals import Interval
from w2sdl_runtime.stats.ratios import NO_GAP

Point = Mapping[str, str]

#: Whose accuracies a recovered gap is formed of; it is never shown without them.
ROLES = ("weak", "student", "ceiling")


@dataclass(frozen=True, slots=True)
class Single:
    """The number of one repetition (one node), or why there is none."""

    point: Point
    node: str
    key: str
    address: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    reason: str = ""  #: undefined or missing, in words


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a table: its mean over repetitions, or the reasons why there is none."""

    estimate: Interval | None
    singles: tuple[Single, ...]
    reasons: tuple[str, ...] = ()
    n: int = 0
    unit: str = ""  #: "share" is shown in per cent
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)  #: of the first metric
    select: str = ""  #: what `w2sdl trace` takes for it: ``scores[of: S', evidence: debate]``

    @property
    def partial(self) -> bool:
        """Whether some repetitions are missing from the mean."""
        return any(single.value is None for single in self.singles) and self.estimate is not None

    @property
    def accuracies(self) -> Mapping[str, float]:
        """By role, what a recovered gap is formed of; {} of anything else."""
        found: Mapping[str, float] = self.facts.get("accuracies", {})
        return found

    @property
    def gain(self) -> Interval | None:
        """Student minus weak, which holds where the ratio is unstable; None of anything else."""
        gain = self.facts.get("gain")
        if gain is None:
            return None
        return Interval(gain["value"], gain["lower"], gain["upper"], gain.get("method", ""))

    @property
    def better(self) -> str:
        """Where a number is better than another: "above" it, or "below"."""
        return "below" if self.facts.get("better") == "lower" else "above"

    @property
    def no_gap(self) -> bool:
        """Whether there is nothing to recover: the ceiling is not better than the weak model."""
        known = self.accuracies
        sign = -1 if self.better == "below" else 1
        return bool(known) and sign * (known["ceiling"] - known["weak"]) <= NO_GAP


@dataclass(frozen=True, slots=True)
class Column:
    """One predictor (or one part of a measure) in all points of the design."""

    of: str
    part: str
    dims: tuple[str, ...]  #: design axes that it varies over
    figures: Mapping[tuple[str, ...], Figure]

    def at(self, point: Point) -> Figure | None:
        """The figure at a point, which may name more axes than this column varies over."""
        return self.figures.get(tuple(point.get(dim, "") for dim in self.dims))


@dataclass(frozen=True, slots=True)
class Table:
    """A measure, ready to be shown."""

    name: str
    op: str
    on: str
    arguments: Mapping[str, str]
    dims: tuple[str, ...]
    columns: tuple[Column, ...]

    def points(self) -> list[dict[str, str]]:
        """All points of the design that occur, in the order of the cells."""
        return points_of(self.columns)

    def places(self) -> Iterator[tuple[Column, tuple[str, ...]]]:
        """Where its figures are: each column with each point of its own axes."""
        for column in self.columns:
            yield from ((column, names) for names in column.figures)


def points_of(columns: Sequence[Column]) -> list[dict[str, str]]:
    """The points of the columns that vary over most axes, in order; joined where they differ."""
    widest_first = sorted(columns, key=lambda column: -len(column.dims))
    dims = list(dict.fromkeys(dim for column in widest_first for dim in column.dims))
    points: list[dict[str, str]] = [{}]
    for column in widest_first:
        new = [dim for dim in column.dims if dim not in points[0]]
        if new:
            points = list(_extended(points, column))
    return [{dim: point[dim] for dim in dims} for point in points]


def _extended(points: list[dict[str, str]], column: Column) -> Iterator[dict[str, str]]:
    for point in points:
        for names in column.figures:
            extra = dict(zip(column.dims, names, strict=True))
            if all(point.get(dim, value) == value for dim, value in extra.items()):
                yield {**point, **extra}
