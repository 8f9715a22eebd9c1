"""Means, medians, extremes and spreads of terms over some of their dimensions.

A median over pairs of models is of the defined values, with the number of undefined ones said: a recovered
gap is undefined where there is no gap. Such a pair has no number to take part with, and it is never left
out in silence (the aggregation of Burns et al. 2023 over pairs and data sets).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from w2sdl_runtime.report.notes import Note, Notes

if TYPE_CHECKING:
    from numpy.typing import NDArray


_REDUCTIONS = {"mean": np.mean, "min": np.min, "max": np.max}


def reduced(
    call: str,
    values: NDArray[np.float64],
    undefined: NDArray[np.bool_],
    axes: tuple[int, ...],
) -> NDArray[np.float64]:
    """A term reduced over its first dimensions; ``undefined`` says which numbers a median leaves out."""
    if call == "median":
        return median(values, undefined, axes)
    if call == "std":
        with np.errstate(invalid="ignore", divide="ignore"):
            spread: NDArray[np.float64] = np.std(values, axis=axes, ddof=1)
        return spread
    if call not in _REDUCTIONS:
        raise ValueError(f"an expectation calls {call}, which reduces nothing here")
    found: NDArray[np.float64] = _REDUCTIONS[call](values, axis=axes)  # type: ignore[operator]
    return found


def undefined_places(notes: NDArray[np.object_], values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where a number is undefined, rather than missing; ``values`` has samples as its last dimension."""
    said = [any(note.about == "undefined" for note in found) for found in notes.ravel()]
    return np.array(said, dtype=bool).reshape(notes.shape) & np.isnan(values[..., 0])


def median(
    values: NDArray[np.float64], undefined: NDArray[np.bool_], axes: tuple[int, ...]
) -> NDArray[np.float64]:
    """The median of what is not undefined; NaN where nothing is left, or something is missing.

    ``undefined`` has the dimensions of ``values`` but the last, if that is one of samples.
    """
    if undefined.ndim < values.ndim:
        undefined = np.broadcast_to(undefined[..., None], values.shape)
    missing = (np.isnan(values) & ~undefined).any(axis=axes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of slices with nothing in them
        found = np.nanmedian(np.where(undefined, np.nan, values), axis=axes)
    return np.where(missing, np.nan, found)


def count_note(undefined: NDArray[np.bool_]) -> Notes:
    """How many of the numbers that a median is of are undefined, in words; nothing where none is."""
    number, total = int(undefined.sum()), undefined.size
    if not number:
        return frozenset()
    told = f"the median is of {total - number} of {total}: the others are undefined"
    return frozenset({Note(told)})
