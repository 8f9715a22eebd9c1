"""The rows that the numbers of a run are made of, as one tidy table: item, predictor, label, right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from w2sdl.graph import Cell, Graph, MeasureTable
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.report.tables import ROLES
from w2sdl_runtime.runs.columns import ROWS, axis_columns, schema_of
from w2sdl_runtime.values import Metric

if TYPE_CHECKING:
    import pyarrow as pa

#: Columns that differ from row to row; the others are the same in all rows of a piece.
_VARYING = ("item_id", "probability", "label", "gold", "correct", "score", "counted")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Rows of one predictor by one node: what is the same in all of them, and the others by column."""

    fixed: Mapping[str, str]
    rows: int
    columns: Mapping[str, Any]


def row_table(run: str, graph: Graph, results: Results) -> pa.Table:
    """All measured rows of a run: `columns.ROWS`, with a column for each axis.

    Repeated texts are dictionary-encoded: a million rows take tens of megabytes.
    """
    axes = axis_columns([axis.name for axis in graph.axes], ROWS)
    pieces = [
        piece
        for measure in graph.measures
        for cell in measure.cells
        for piece in _pieces(measure, cell, graph, results, axes)
    ]
    common = {"run": run, "experiment": graph.experiment}
    return _table(pieces, common, list(axes.values()))


def _pieces(
    measure: MeasureTable,
    cell: Cell,
    graph: Graph,
    results: Results,
    axes: Mapping[str, str],
) -> Iterator[_Piece]:
    metric = results.metric(cell.node)
    if not isinstance(metric, Metric) or metric.rows is None:
        return
    names = set(metric.rows.column_names)
    if "item_id" not in names:
        return
    fixed = {
        "measure": measure.name,
        "op": measure.op,
        "split": measure.on,
        "of": cell.of or measure.arguments.get("student", ""),
        "address": graph.nodes[cell.node].address,
        **{axes[axis]: name for axis, name in cell.point.items() if axis in axes},
    }
    if {*ROLES, "seed"} <= names:
        yield from _by_role(metric, fixed, measure, cell, graph, axes)
    else:
        yield _Piece(fixed, metric.rows.num_rows, _columns(metric))


def _columns(metric: Metric) -> dict[str, Any]:
    """What a metric says of its rows; a column that it lacks is null."""
    import pyarrow.compute as pc

    rows: Any = metric.rows
    facts = metric.facts
    names = {"item_id": "item_id", "probability": "probability", "correct": "right"}
    found = {ours: rows[name] for ours, name in names.items() if name in rows.column_names}
    for name in ("label", "gold"):
        if name in rows.column_names:
            found[name] = _as_text(rows[name])
    for ours, fact in (("score", "score"), ("counted", "among")):
        if facts.get(fact) in rows.column_names:
            kind = "float64" if ours == "score" else "bool"
            found[ours] = pc.cast(rows[facts[fact]], kind)
    return found


def _as_text(column: Any) -> Any:
    """Classes as "0" and "1", texts as they are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_boolean(column.type):
        column = pc.cast(column, "int8")
    return pc.dictionary_encode(pc.cast(column, "string"))


def _by_role(
    metric: Metric,
    fixed: Mapping[str, str],
    measure: MeasureTable,
    cell: Cell,
    graph: Graph,
    axes: Mapping[str, str],
) -> Iterator[_Piece]:
    """Of a recovered gap: the rows of weak model, student and ceiling, by repetition."""
    rows: Any = metric.rows
    per = _length_of_first(rows["seed"])
    for role in ROLES:
        inputs = graph.nodes[cell.node].inputs.get(role, ())
        for place in range(rows.num_rows // per if per else 0):
            part = rows.slice(place * per, per)
            # A single predictor stands for all repetitions.
            made = graph.nodes.get(inputs[place if len(inputs) > 1 else 0]) if inputs else None
            point = dict(made.point) if made else {}
            over = {axes[a]: point[a] for a in measure.over if a in point and a in axes}
            of = {"of": measure.arguments.get(role, role), "role": role}
            yield _Piece({**fixed, **over, **of}, per, _role_columns(part, role, metric))


def _length_of_first(positions: Any) -> int:
    """How many rows a repetition has: rows of one stand together, and all have as many."""
    import pyarrow.compute as pc

    return int(pc.sum(pc.equal(positions, 0)).as_py() or 0)


def _role_columns(part: Any, role: str, metric: Metric) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    found = {"item_id": part["item_id"]}
    values = part[role]
    if pa.types.is_boolean(values.type):
        found |= {"correct": values, "score": pc.cast(values, "float64")}
    elif "gold" in part.column_names:
        found |= {"probability": values, "gold": _as_text(part["gold"])}
    else:
        found["score"] = pc.cast(values, "float64")
    return found


def _table(pieces: Sequence[_Piece], common: Mapping[str, str], axes: list[str]) -> pa.Table:
    import pyarrow as pa

    schema = schema_of(ROWS, axes)
    total = sum(piece.rows for piece in pieces)
    columns = {}
    for field in schema:
        if field.name in _VARYING:
            columns[field.name] = _stacked(pieces, field)
        elif field.name in common:
            columns[field.name] = _repeated([common[field.name]], [total])
        else:
            texts = [piece.fixed.get(field.name) for piece in pieces]
            columns[field.name] = _repeated(texts, [piece.rows for piece in pieces])
    return pa.table(columns).unify_dictionaries()


def _stacked(pieces: Sequence[_Piece], field: Any) -> Any:
    import pyarrow as pa

    kind = field.type
    chunks: list[Any] = []
    for piece in pieces:
        found = piece.columns.get(field.name)
        chunks += [pa.nulls(piece.rows, kind)] if found is None else found.cast(kind).chunks
    return pa.chunked_array(chunks, kind)


def _repeated(texts: Sequence[str | None], counts: Sequence[int]) -> Any:
    """Each text as often as it stands in the table, dictionary-encoded."""
    import numpy as np
    import pyarrow as pa

    known = {text: place for place, text in enumerate(dict.fromkeys(texts)) if text is not None}
    order = {text: place for place, text in enumerate(known)}
    codes = np.array([-1 if text is None else order[text] for text in texts], dtype=np.int32)
    indices = np.repeat(codes, counts)
    array = pa.array(indices, mask=indices < 0)
    return pa.DictionaryArray.from_arrays(array, pa.array(list(order), pa.string()))
