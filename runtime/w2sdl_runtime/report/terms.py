"""The two sides of an expectation as arrays: over the axes that they leave open, and over samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from w2sdl.claims import tables_in
from w2sdl.graph import Cell, Graph, MeasureTable
from w2sdl.replication import Replication
from w2sdl_runtime.report.metric_numbers import (
    metric_part,
    part_numbers,
    undefined,
    unit_of,
    unstable,
)
from w2sdl_runtime.report.notes import Note, Notes
from w2sdl_runtime.report.recovered import pool_ratios, pooled_samples
from w2sdl_runtime.report.reductions import count_note, reduced, undefined_places
from w2sdl_runtime.report.results import Missing, Results
from w2sdl_runtime.report.sampling import Samples, is_share_of_rows, metric_samples
from w2sdl_runtime.report.term import Made, Term, aligned, filled
from w2sdl_runtime.values import Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray


_ARITHMETIC = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.true_divide}


class Evaluator:
    """Turns trees into terms that share one layout of samples, so that rows and seeds pair."""

    def __init__(
        self,
        graph: Graph,
        results: Results,
        repeated: Replication,
        nodes: Sequence[str],
    ) -> None:
        """``nodes`` are those that the terms read: rows of other numbers are none of their own."""
        self.graph = graph
        self.results = results
        self.repeated = repeated
        self.measures = {measure.name: measure for measure in graph.measures}
        found = [results.metric(node) for node in nodes]
        self.samples = Samples.of([m for m in found if isinstance(m, Metric)], len(repeated.units))

    @classmethod
    def of_claim(
        cls, graph: Graph, results: Results, repeated: Replication, tree: Mapping[str, Any]
    ) -> Evaluator:
        """For all terms of an expectation."""
        measures = {measure.name: measure for measure in graph.measures}
        nodes = [
            cell.node
            for table in tables_in(tree)
            for cell in _known(measures, table["table"]).cells
            if _selected(cell, table.get("select", {}))
        ]
        return cls(graph, results, repeated, nodes)

    def term(self, tree: Mapping[str, Any]) -> Term:
        """The value of a term."""
        if "number" in tree:
            values = np.full(self.samples.size, float(tree["number"]))
            return Term((), {}, values, filled((), frozenset()), None)
        if "table" in tree:
            measure, facet = _known(self.measures, tree["table"]), tree.get("facet", "")
            return self._table(measure, tree.get("select", {}), facet.replace("_", " "))
        if "call" in tree:
            return self._reduce(tree["call"], self.term(tree["value"]), tree.get("over", ()))
        if "arith" in tree:
            left, right = aligned(self.term(tree["left"]), self.term(tree["right"]))
            with np.errstate(divide="ignore", invalid="ignore"):
                values = _ARITHMETIC[tree["arith"]](left.values, right.values)
            # A ratio of shares is no share; sums and multiples still read well in per cent.
            share = None if tree["arith"] == "/" else left.share or right.share
            notes = np.asarray(left.notes | right.notes, dtype=object)  # of a point, a plain set
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
        notes = filled(shape, frozenset({Note(f"{measure.name} has no number here")}))
        made, share, derived = filled(shape, Made()), True, False
        for cell, place in zip(cells, places, strict=True):
            # What doesn't vary over an axis (a ceiling) is the same at all of its points.
            at = tuple(names[d].index(place[d]) if d in place else slice(None) for d in free)
            values[at], notes[at], is_share, counts = self._cell(cell, part)
            made[at] = self._made(cell, part)
            share, derived = share and is_share, derived or not counts
        return Term(tuple(free), names, values, notes, share, derived, made)

    def _made(self, cell: Cell, part: str) -> Made:
        metric = self.results.metric(cell.node)
        return Made() if isinstance(metric, Missing) else Made(((cell, metric),), part)

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
            notes.add(_unstable(metric, where))
        is_share = unit_of(metric, part) == "share"
        rows = metric_part(metric, part) if part else None
        hits = is_share_of_rows(metric, rows)
        return metric_samples(metric, self.samples, rows), frozenset(notes), is_share, hits

    def _reduce(self, call: str, term: Term, over: Sequence[str]) -> Term:
        """Reduce the named dimensions, or all where none is named; of a mean repetitions first."""
        gone = [dim for dim in term.dims if dim in over or not over]
        if not gone:  # it doesn't vary over what is to be reduced: one number is its own mean
            return term
        repeated = [dim for dim in gone if dim in self.repeated.axes]
        if call == "mean" and 0 < len(repeated) < len(gone):
            return self._reduce(call, self._reduce(call, term, repeated), gone)
        rest = tuple(dim for dim in term.dims if dim not in gone)
        order = [term.dims.index(dim) for dim in (*gone, *rest)]
        values = np.transpose(term.values, (*order, len(order)))
        notes = np.transpose(term.notes, order)
        units = [term.names[dim] for dim in gone if dim == self.repeated.unit]
        out = undefined_places(notes, values) & (call == "median")
        values = self._reduced(call, gone, units[0] if units else (), values, out)
        said, made = _merged(notes, out, len(gone)), None
        if call == "mean" and repeated and term.made is not None:
            made = _joined(np.transpose(term.made, order), len(gone))
            self._pool(made, values, said)
        names = {dim: term.names[dim] for dim in rest}
        derived = term.derived or call == "std"
        return Term(rest, names, values, said, term.share, derived, made)

    def _pool(
        self,
        made: NDArray[np.object_],
        values: NDArray[np.float64],
        notes: NDArray[np.object_],
    ) -> None:
        """Means of recovered gaps over repetitions become those of tables: of mean accuracies."""
        for at in np.ndindex(made.shape):
            one = cast("Made", made[at])
            if one.is_recovered:
                values[at], said, made[at] = self._pooled(one)
                notes[at] = said | {note for note in notes[at] if not note.about}

    def _pooled(self, made: Made) -> tuple[Any, Notes, Made]:
        pooled = pool_ratios(made.metrics)
        if pooled is None:
            told = Note("its repetitions were measured on different rows", "undefined")
            return np.nan, frozenset({told}), Made()
        unit, units = self.repeated.unit, self.repeated.units
        places = [
            units.index(cell.point[unit]) if unit in cell.point else 0 for cell, _ in made.cells
        ]
        found = list(zip(places, made.metrics, strict=True))
        one = Made(((made.cells[0][0], pooled),))
        return pooled_samples(found, self.samples), _pooled_notes(pooled), one

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
        out = reduced(call, values, undefined, axes)
        if len(units) > 1:
            axis = list(gone).index(self.repeated.unit)
            for place, unit in enumerate(units):
                left_out = self.samples.without_unit(self.repeated.units.index(unit))
                left = np.delete(values[..., left_out], place, axis=axis)
                rest = np.delete(undefined, place, axis=axis)
                out[..., left_out] = reduced(call, left, rest, axes)
        return out


def _known(measures: Mapping[str, MeasureTable], name: str) -> MeasureTable:
    if name not in measures:
        raise ValueError(f"an expectation reads {name}, which is no measure of this graph")
    return measures[name]


def _selected(cell: Cell, select: Mapping[str, str]) -> bool:
    place = {"of": cell.of, **cell.point}
    return all(place.get(dim) == name for dim, name in select.items())


def _merged(
    notes: NDArray[np.object_], undefined: NDArray[np.bool_], gone: int
) -> NDArray[np.object_]:
    """The notes of all numbers that each reduction over the first dimensions is of."""
    found = filled(notes.shape[gone:], frozenset())
    for at in np.ndindex(notes.shape):
        found[at[gone:]] |= notes[at]
    for at in np.ndindex(found.shape):
        found[at] |= count_note(undefined[(..., *at)])
    return found


def _joined(made: NDArray[np.object_], gone: int) -> NDArray[np.object_]:
    """What each mean over the first dimensions is made of."""
    found = filled(made.shape[gone:], Made())
    for at in np.ndindex(found.shape):
        found[at] = Made.joined(made[(..., *at)].ravel().tolist())
    return found


def _unstable(metric: Metric, where: str = "") -> Note:
    told = f"PGR is unstable{' at ' + where if where else ''}: {unstable(metric.facts)}"
    return Note(told, "unstable")


def _pooled_notes(pooled: Metric) -> Notes:
    if pooled.value is None:
        return frozenset({Note(undefined(pooled, pooled.reason), "undefined")})
    return frozenset({_unstable(pooled)} if "unstable" in pooled.facts["warnings"] else ())
