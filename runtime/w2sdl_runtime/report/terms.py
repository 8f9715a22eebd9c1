"""The two sides of an expectation as arrays: over the axes that they leave open, and over samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl.graph import Cell, Graph, MeasureTable
from w2sdl.replication import Replication
from w2sdl_runtime.report.medians import count_note, median, undefined_places
from w2sdl_runtime.report.metric_numbers import (
    metric_part,
    part_numbers,
    undefined,
    unit_of,
    unstable,
)
from w2sdl_runtime.report.notes import Note, Notes
from w2sdl_runtime.report.results import Missing, Results
from w2sdl_runtime.report.sampling import Samples, metric_samples
from w2sdl_runtime.values import Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Term:
    """An array with named dimensions and, last, the samples; with notes for every point."""

    dims: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    values: NDArray[np.float64]  #: *dims, samples
    notes: NDArray[np.object_]  #: *dims
    share: bool | None  #: None for plain numbers, which fit either
    derived: bool = (
        False  #: a ratio, a difference, a spread: perhaps in per cent, and no share of rows
    )


_ARITHMETIC = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.true_divide}
_REDUCTIONS = {"mean": np.mean, "min": np.min, "max": np.max}


class Evaluator:
    """Turns trees into terms that share one layout of samples, so that rows and seeds pair."""

    def __init__(
        self,
        graph: Graph,
        results: Results,
        repeated: Replication,
        tables: Sequence[Mapping[str, Any]],
    ) -> None:
        """``tables`` are those of a claim's tree: rows of other numbers are none of its own."""
        self.graph = graph
        self.results = results
        self.repeated = repeated
        self.measures = {measure.name: measure for measure in graph.measures}
        cells = [
            cell
            for table in tables
            for cell in self._measure(table["table"]).cells
            if _selected(cell, table.get("select", {}))
        ]
        found = [results.metric(cell.node) for cell in cells]
        self.samples = Samples.of([m for m in found if isinstance(m, Metric)], len(repeated.units))

    def _measure(self, name: str) -> MeasureTable:
        if name not in self.measures:
            raise ValueError(f"an expectation reads {name}, which is no measure of this graph")
        return self.measures[name]

    def term(self, tree: Mapping[str, Any]) -> Term:
        """The value of a term."""
        if "number" in tree:
            values = np.full(self.samples.size, float(tree["number"]))
            return Term((), {}, values, _no_notes(()), None)
        if "table" in tree:
            measure, facet = self._measure(tree["table"]), tree.get("facet", "")
            return self._table(measure, tree.get("select", {}), facet.replace("_", " "))
        if "call" in tree:
            return self._reduce(tree["call"], self.term(tree["value"]), tree.get("over", ()))
        if "arith" in tree:
            left, right = aligned(self.term(tree["left"]), self.term(tree["right"]))
            with np.errstate(divide="ignore", invalid="ignore"):
                values = _ARITHMETIC[tree["arith"]](left.values, right.values)
            # A ratio of shares is no share; sums and multiples still read well in per cent.
            share = None if tree["arith"] == "/" else left.share or right.share
            notes = left.notes | right.notes
            return Term(left.dims, left.names, values, notes, share, derived=True)
        raise ValueError(f"an expectation has a term of unknown form: {dict(tree)}")

    def _table(self, measure: MeasureTable, select: Mapping[str, str], part: str) -> Term:
        cells = [cell for cell in measure.cells if _selected(cell, select)]
        if not cells:
            raise ValueError(f"{measure.name} has no numbers at {dict(select)}")
        places = [{"of": cell.of, **cell.point} for cell in cells]
        free = [d for d in dict.fromkeys(dim for p in places for dim in p) if d not in select]
        names = {dim: self._names(dim, places) for dim in free}
        if len(names.get("of", ("", ""))) == 1:  # a measure of one thing has no dimension `of`
            free, names = (
                [d for d in free if d != "of"],
                {d: n for d, n in names.items() if d != "of"},
            )
        shape = tuple(len(names[dim]) for dim in free)
        values = np.full((*shape, self.samples.size), np.nan)
        notes = _no_notes(shape)
        notes[...] = frozenset({Note(f"{measure.name} has no number here")})
        share, derived = True, False
        for cell, place in zip(cells, places, strict=True):
            # What doesn't vary over an axis (a ceiling) is the same at all of its points.
            at = tuple(names[d].index(place[d]) if d in place else slice(None) for d in free)
            values[at], notes[at], is_share, counts = self._cell(cell, part)
            share, derived = share and is_share, derived or not counts
        return Term(tuple(free), names, values, notes, share, derived)

    def _names(self, dim: str, places: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
        """Points of a dimension in the order of its axis; units keep all their points."""
        found = list(dict.fromkeys(place[dim] for place in places if dim in place))
        axis = next((a.points for a in self.graph.axes if a.name == dim), tuple(found))
        return tuple(point for point in axis if point in found) or tuple(found)

    def _cell(self, cell: Cell, part: str) -> tuple[NDArray[np.float64], Notes, bool, bool]:
        """Samples and notes of a cell; whether it is in the unit of shares, and made of rows."""
        metric = self.results.metric(cell.node)
        if isinstance(metric, Missing):
            empty = np.full(self.samples.size, np.nan)
            return (
                empty,
                frozenset({Note(f"{metric.address} is missing: {metric.why}")}),
                True,
                True,
            )
        notes: set[Note] = set()
        value, _, _, reason = part_numbers(metric, part)
        if value is None:
            notes.add(Note(undefined(metric, reason), "undefined"))
        if "unstable" in metric.facts.get("warnings", ()):
            where = ", ".join(f"{axis}={name}" for axis, name in cell.point.items())
            told = f"PGR is unstable{' at ' + where if where else ''}: {unstable(metric.facts)}"
            notes.add(Note(told, "unstable"))
        is_share = unit_of(metric, part) == "share"
        rows = metric_part(metric, part) if part else None
        counts = bool(part) or "score" in metric.facts
        return metric_samples(metric, self.samples, rows), frozenset(notes), is_share, counts

    def _reduce(self, call: str, term: Term, over: Sequence[str]) -> Term:
        """Reduce the named dimensions, or all where none is named."""
        gone = [dim for dim in term.dims if dim in over or not over]
        if not gone:  # it doesn't vary over what is to be reduced: one number is its own mean
            return term
        rest = tuple(dim for dim in term.dims if dim not in gone)
        order = [term.dims.index(dim) for dim in (*gone, *rest)]
        values = np.transpose(term.values, (*order, len(order)))
        notes = np.transpose(term.notes, order)
        units = [term.names[dim] for dim in gone if dim == self.repeated.unit]
        out = undefined_places(notes, values) & (call == "median")
        reduced = self._reduced(call, gone, units[0] if units else (), values, out)
        merged = _no_notes(notes.shape[len(gone) :])
        for at in np.ndindex(notes.shape):
            merged[at[len(gone) :]] |= notes[at]
        for at in np.ndindex(merged.shape):
            merged[at] |= count_note(out[(..., *at)])
        names = {dim: term.names[dim] for dim in rest}
        derived = term.derived or call == "std"
        return Term(rest, names, reduced, merged, term.share, derived)

    def _reduced(
        self,
        call: str,
        gone: Sequence[str],
        units: Sequence[str],
        values: NDArray[np.float64],
        undefined: NDArray[np.bool_],
    ) -> NDArray[np.float64]:
        """The reduction in every sample; each unit is left out in its own."""
        axes = tuple(range(len(gone)))
        out = _call(call, values, undefined, axes)
        if len(units) > 1:
            axis = list(gone).index(self.repeated.unit)
            for place, unit in enumerate(units):
                left_out = self.samples.without_unit(self.repeated.units.index(unit))
                left = np.delete(values[..., left_out], place, axis=axis)
                rest = np.delete(undefined, place, axis=axis)
                out[..., left_out] = _call(call, left, rest, axes)
        return out


def _call(
    call: str,
    values: NDArray[np.float64],
    undefined: NDArray[np.bool_],
    axes: tuple[int, ...],
) -> NDArray[np.float64]:
    if call == "median":
        return median(values, undefined, axes)
    if call == "std":
        with np.errstate(invalid="ignore", divide="ignore"):
            spread: NDArray[np.float64] = np.std(values, axis=axes, ddof=1)
        return spread
    if call not in _REDUCTIONS:
        raise ValueError(f"an expectation calls {call}, which reduces nothing here")
    reduced: NDArray[np.float64] = _REDUCTIONS[call](values, axis=axes)  # type: ignore[operator]
    return reduced


def _selected(cell: Cell, select: Mapping[str, str]) -> bool:
    place = {"of": cell.of, **cell.point}
    return all(place.get(dim) == name for dim, name in select.items())


def _no_notes(shape: tuple[int, ...]) -> NDArray[np.object_]:
    notes = np.empty(shape, dtype=object)
    notes[...] = frozenset()
    return notes


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
    values, notes = term.values, term.notes
    for place, dim in enumerate(term.dims):
        chosen = [term.names[dim].index(name) for name in names[dim]]
        values, notes = np.take(values, chosen, axis=place), np.take(notes, chosen, axis=place)
    order = [term.dims.index(dim) for dim in dims if dim in term.dims]
    values = np.transpose(values, (*order, len(order)))
    notes = np.transpose(notes, order)
    for place, dim in enumerate(dims):
        if dim not in term.dims:
            values = np.repeat(np.expand_dims(values, place), len(names[dim]), axis=place)
            notes = np.repeat(np.expand_dims(notes, place), len(names[dim]), axis=place)
    return Term(dims, names, values, notes, term.share, term.derived)
