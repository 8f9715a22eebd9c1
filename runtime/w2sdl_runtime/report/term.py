"""A side of an expectation as an array over the axes that it leaves open, and over samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl.graph import Cell
from w2sdl_runtime.values import Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Made:
    """The nodes that a number is the mean of over repetitions, as a number of a table is.

    Nothing where it is made in another way, or some of them are missing.
    """

    cells: tuple[tuple[Cell, Metric], ...] = ()
    part: str = ""

    @property
    def metrics(self) -> list[Metric]:
        return [metric for _, metric in self.cells]

    @property
    def is_recovered(self) -> bool:
        """Whether all are recovered gaps with their accuracies."""
        return bool(self.cells) and all("accuracies" in m.facts for m in self.metrics)

    @classmethod
    def joined(cls, made: Sequence[Made]) -> Made:
        """Of the mean of several numbers; one that does not vary over an axis counts once."""
        if any(not one.cells for one in made):
            return cls()
        by_node = {cell.node: (cell, metric) for one in made for cell, metric in one.cells}
        return cls(tuple(by_node.values()), made[0].part)


@dataclass(frozen=True, slots=True)
class Term:
    """An array with named dimensions and, last, the samples; with notes for every point."""

    dims: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    values: NDArray[np.float64]  #: *dims, samples
    notes: NDArray[np.object_]  #: *dims
    share: bool | None  #: None for plain numbers, which fit either
    #: A ratio, a difference, a spread: perhaps in per cent, and no share of rows.
    derived: bool = False
    #: *dims, of `Made`; None where no number is one of a table.
    made: NDArray[np.object_] | None = field(default=None, repr=False)


def filled(shape: tuple[int, ...], with_: object) -> NDArray[np.object_]:
    """An array of one object."""
    found = np.empty(shape, dtype=object)
    found[...] = with_
    return found


def aligned(left: Term, right: Term) -> tuple[Term, Term]:
    """Both terms over the union of their dimensions, restricted to the points that both have."""
    dims = tuple(dict.fromkeys((*left.dims, *right.dims)))
    names = {dim: _common(dim, left, right) for dim in dims}
    return _spread(left, dims, names), _spread(right, dims, names)


def _common(dim: str, left: Term, right: Term) -> tuple[str, ...]:
    if dim not in left.dims or dim not in right.dims:
        return (left if dim in left.dims else right).names[dim]
    return tuple(name for name in left.names[dim] if name in right.names[dim])


def _spread(term: Term, dims: tuple[str, ...], names: Mapping[str, tuple[str, ...]]) -> Term:
    made = None if term.made is None else _spread_array(term.made, term, dims, names)
    values, notes = (_spread_array(one, term, dims, names) for one in (term.values, term.notes))
    return Term(dims, names, values, notes, term.share, term.derived, made)


def _spread_array(
    array: NDArray[Any], term: Term, dims: tuple[str, ...], names: Mapping[str, tuple[str, ...]]
) -> NDArray[Any]:
    """``array`` has the term's dimensions, and maybe one of samples after them."""
    for place, dim in enumerate(term.dims):
        chosen = [term.names[dim].index(name) for name in names[dim]]
        array = np.take(array, chosen, axis=place)
    order = [term.dims.index(dim) for dim in dims if dim in term.dims]
    array = np.transpose(array, (*order, *range(len(order), array.ndim)))
    for place, dim in enumerate(dims):
        if dim not in term.dims:
            array = np.repeat(np.expand_dims(array, place), len(names[dim]), axis=place)
    return array
