"""A forest plot as lines of text: an interval a line, all on one scale that includes zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from w2sdl_runtime.comparing.compared import Difference
from w2sdl_runtime.stats.intervals import Interval

_Place = Callable[[float], int]


def forest(ones: Sequence[Difference], width: int) -> list[str]:
    """A line for each difference, ``width`` characters wide: ``──●──``, with ``│`` at zero."""
    drawn = [None if one.same else one.delta for one in ones]
    ends = [end for d in drawn if d for end in (d.value, d.lower, d.upper) if end is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    if low == high:
        return [""] * len(ones)

    def at(value: float) -> int:
        return round((value - low) / (high - low) * (width - 1))

    return [_line(found, width, at(0.0), at) for found in drawn]


def _line(found: Interval | None, width: int, zero: int, at: _Place) -> str:
    marks = [" "] * width
    marks[zero] = "│"
    if found is not None:
        if found.lower is not None and found.upper is not None:
            span = range(at(found.lower), at(found.upper) + 1)
            for place in span:
                marks[place] = "┼" if place == zero else "─"
        marks[at(found.value)] = "●"
    return "".join(marks)
