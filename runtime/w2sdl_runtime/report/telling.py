"""Figures in words: how many rows, how intervals were made, and from where to where each series goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from w2sdl_runtime.report.tables import Figure
from w2sdl_runtime.report.text import number, percent

#: Series that a description goes through, and ways of making intervals that a note names.
SERIES_TOLD, METHODS_TOLD = 6, 3


def note_of(figures: Iterable[Figure | None]) -> str:
    """How many rows the numbers are of, and how their intervals were made, as sentences."""
    drawn = [figure for figure in figures if figure is not None and figure.estimate is not None]
    counts = sorted({figure.n for figure in drawn if figure.n})
    rows = f"n = {counts[0]:,}" if counts else ""
    if len(counts) > 1:
        rows += f" to {counts[-1]:,}"
    methods = list(
        dict.fromkeys(f.estimate.method for f in drawn if f.estimate and f.estimate.method)
    )
    told = "; ".join(methods[:METHODS_TOLD]) + (
        "; and others" if len(methods) > METHODS_TOLD else ""
    )
    return " ".join(filter(None, [rows and f"{rows} rows.", told and f"95 % intervals: {told}."]))


def told_of(marks: Sequence[Mapping[str, Any]], where: str, share: bool) -> str:
    """Each series (``of``) from its lowest to its highest ``value``, and where these are."""
    series: dict[str, list[Mapping[str, Any]]] = {}
    for mark in marks:
        series.setdefault(mark["of"], []).append(mark)
    told = [_from_to(of, found, where, share) for of, found in series.items()]
    rest = len(told) - SERIES_TOLD
    return "; ".join(told[:SERIES_TOLD]) + (f"; and {rest} more" if rest > 0 else "") + "."


def _from_to(of: str, marks: Sequence[Mapping[str, Any]], where: str, share: bool) -> str:
    low, high = (pick(marks, key=lambda mark: float(mark["value"])) for pick in (min, max))
    ends = [f"{_amount(end['value'], share)}{_at(end[where])}" for end in (low, high)]
    return f"{of}: {ends[0]}" if low is high else f"{of}: {ends[0]} to {ends[1]}"


def _at(place: Any) -> str:
    return f" ({place:g})" if isinstance(place, float) else f" ({place})" if place else ""


def _amount(value: float, share: bool) -> str:
    return f"{percent(value)} %" if share else number(value)
