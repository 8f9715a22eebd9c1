"""The columns of the tables of results: names, types, and how the axes of a spec stand among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

#: Stands for the axes, each a column of text, null where a number does not vary over it.
AXES = "axes"
#: Text that is repeated in many rows: a dictionary of texts.
CATEGORY = "category"
#: A row for each number: name -> Arrow type. docs/results.md says what each holds.
RESULTS: Mapping[str, str] = {
    "run": "string",
    "experiment": "string",
    "measure": "string",
    "op": "string",
    "metric": "string",
    "split": "string",
    "of": "string",
    "part": "string",
    AXES: "string",
    "kind": "string",
    "value": "float64",
    "lower": "float64",
    "upper": "float64",
    "interval": "string",
    "n": "int64",
    "unit": "string",
    "repetitions": "int64",
    "reason": "string",
    "warnings": "string",
    "weak_score": "float64",
    "student_score": "float64",
    "ceiling_score": "float64",
    "gain": "float64",
    "gain_lower": "float64",
    "gain_upper": "float64",
    "baseline": "string",
    "delta": "float64",
    "delta_lower": "float64",
    "delta_upper": "float64",
    "delta_interval": "string",
    "number": "string",
    "address": "string",
    "key": "string",
    "digest": "string",
}
#: A row for each measured row of each predictor.
ROWS: Mapping[str, str] = {
    "run": CATEGORY,
    "experiment": CATEGORY,
    "measure": CATEGORY,
    "op": CATEGORY,
    "split": CATEGORY,
    "of": CATEGORY,
    "role": CATEGORY,
    AXES: CATEGORY,
    "item_id": "string",
    "probability": "float64",
    "label": CATEGORY,
    "gold": CATEGORY,
    "correct": "bool",
    "score": "float64",
    "counted": "bool",
    "address": CATEGORY,
}


def axis_columns(axes: Iterable[str], fixed: Iterable[str]) -> dict[str, str]:
    """The column of each axis: its name, or ``axis_NAME`` where a column is called so already.

    Case does not tell columns apart: SQL is blind to it.
    """
    taken = {name.casefold() for name in fixed}
    found: dict[str, str] = {}
    for axis in axes:
        name = axis
        while name.casefold() in taken:
            name = f"axis_{name}"
        taken.add(name.casefold())
        found[axis] = name
    return found


def schema_of(fixed: Mapping[str, str], axes: Iterable[str] = ()) -> pa.Schema:
    """The Arrow schema of a table with these columns for its axes."""
    import pyarrow as pa

    fields = []
    for name, kind in fixed.items():
        names = list(axes) if name == AXES else [name]
        fields += [pa.field(one, _type(kind)) for one in names]
    return pa.schema(fields)


def _type(kind: str) -> pa.DataType:
    import pyarrow as pa

    return pa.dictionary(pa.int32(), pa.string()) if kind == CATEGORY else pa.type_for_alias(kind)


def joined(tables: Iterable[pa.Table], fixed: Mapping[str, str]) -> pa.Table:
    """Tables of several runs as one, with the axes of all of them."""
    import pyarrow as pa

    every = list(tables)
    spelled: dict[str, str] = {}  # one column for `T` and `t`, as SQL has it
    for table in every:
        for name in table.column_names:
            spelled.setdefault(name.casefold(), name)
    axes = [name for name in spelled.values() if name not in fixed]
    schema = schema_of(fixed, axes)
    same = [
        table.rename_columns([spelled[name.casefold()] for name in table.column_names])
        for table in every
    ]
    whole = pa.concat_tables([schema.empty_table(), *same], promote_options="permissive")
    return whole.select(schema.names)
