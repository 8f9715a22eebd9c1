"""Trends along an axis: whether a number rises or falls.

Our definition: the slope of least squares over the points of the axis at equal steps, in the order of
their numbers where all are numbers, else as declared. Equal steps, because sizes mostly grow by factors:
over the numbers themselves the largest would decide alone, and a verdict would turn on whether a size
is written in units or in thousands. The slope is the mean change per step, in the unit of the measure.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl.claims import trend_order
from w2sdl_runtime.report.deciding import standardised_effect, word_of
from w2sdl_runtime.report.judged import (
    Judged,
    measure_claim,
    open_words,
    told,
    without_number,
)
from w2sdl_runtime.report.notes import Notes
from w2sdl_runtime.report.term import Term
from w2sdl_runtime.report.terms import Evaluator
from w2sdl_runtime.report.text import number, signed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


def trend_points(
    link: Mapping[str, Any], term: Term, level: float, evaluator: Evaluator
) -> Iterator[Judged]:
    """A trend at each point of the other axes: the slope of least squares over equal steps."""
    axis, rises = term.dims.index(link["along"]), link["trend"] == "rises"
    names = term.names[link["along"]]
    order = [names.index(point) for point in trend_order(names)]
    values = np.moveaxis(np.take(term.values, order, axis=axis), axis, -2)
    notes = np.moveaxis(np.take(term.notes, order, axis=axis), axis, -1)
    steps = np.arange(len(order)) - (len(order) - 1) / 2
    rest = [dim for dim in term.dims if dim != link["along"]]
    for at in itertools.product(*(range(len(term.names[dim])) for dim in rest)):
        point = {dim: term.names[dim][index] for dim, index in zip(rest, at, strict=True)}
        along = values[at]
        said: Notes = frozenset().union(*notes[at])
        if not np.isfinite(along[:, 0]).all():
            yield without_number(point, None, None, said)
            continue
        slope = np.tensordot(steps, along, axes=(0, 0)) / (steps**2).sum()
        found = measure_claim(slope, level, said, evaluator)
        holds = bool(found.value > 0) if rises else bool(found.value < 0)
        word = word_of(holds, found.interval)
        why = open_words(found, found.value, level, "zero", word, "slope")
        against = _other_way([names[i] for i in order], along[:, 0], rises)
        ends = (float(along[0, 0]), float(along[-1, 0]))
        more, p, effect = told(said, why) + against, found.two_sided(), standardised_effect(found)
        yield Judged(point, *ends, found.interval, holds, word, more, p, effect)


def _other_way(names: Sequence[str], values: Numbers, rises: bool) -> tuple[str, ...]:
    """The single steps of a trend that go against it."""
    changes = np.diff(values)
    against = [
        f"{one} to {two} ({signed(number(change))})"
        for one, two, change in zip(names, names[1:], changes, strict=False)
        if (change < 0 if rises else change > 0)
    ]
    way = "falls" if rises else "rises"
    return (f"it {way} from {', and from '.join(against)}",) if against else ()
