"""Labels from a file: weak ones made elsewhere, or people's, with stated provenance."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from w2sdl_runtime.answers import by_kind
from w2sdl_runtime.data.joining import Extra, Join, Missing, read_joined
from w2sdl_runtime.data.named_classes import PROBABILITIES, in_order, with_chances
from w2sdl_runtime.data.rows import Row, require_columns
from w2sdl_runtime.data.tables import TRUTH
from w2sdl_runtime.op import Context, FileSource, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Items, Labels
from w2sdl_runtime.variants.origins import Origin

if TYPE_CHECKING:
    import pyarrow as pa

Rows = Sequence[Row | None]  # None where an item has none
LabelKind = Literal["soft", "hard", "pairwise", "text"]


@op("label_file", version=2, answers=by_kind)
def label_file(
    ctx: Context,
    items: Items,
    *,
    file: FileSource,
    origin: Origin,
    kind: LabelKind = "soft",
    key: list[str] = ["item_id"],  # noqa: B006  # read off as a default in JSON form
    columns: dict[str, list[str]] = {},  # noqa: B006
    missing: Missing = "refuse",
    extra: Extra = "refuse",
    saw: Annotated[Labels | None, PortMark(channel="saw")] = None,
) -> Labels:
    """Labels of items from a JSON Lines, JSON, CSV, TSV or Parquet file, one row an item.

    The label stands in the column ``value``, or ``text`` for text labels; ``weight``, ``keep`` and, for
    texts that are classes, ``probabilities`` (``{"rose": 0.7, "lily": 0.3}``) are read where the file
    has them; a column with nearly such a name is told. `w2sdl export` writes files of this form.

    Args:
        ctx: the context.
        items: what is labelled; data is read as its items.
        file: the file, relative to the spec.
        origin: who made the labels: ``human()``, ``model(name: "...")``.
        kind: "soft" is P(candidate is right); "hard" is 0/1, true/false or yes/no; "pairwise" is
            P(the second completion is preferred).
        key: columns that the file shares with the items (``item_id``, ``prompt``, ``candidate``)
            or with the rows that they were made from.
        columns: {name as above: column of the file}.
        missing: items without a row: "refuse", or "drop" them (kept out of training, and counted).
        extra: rows without an item: "refuse", or "leave_out" and count.
        saw: gold labels that whoever made these was fitted on, for the rules of validity alone.

    Raises:
        PrerequisiteError: with counts and the first line, for what doesn't fit or is no label.
    """
    read = ("weight", "keep", *((PROBABILITIES,) if kind == "text" else ()))
    found = read_joined(ctx, items, Join(file, key, columns, missing, extra, read))
    require_columns([row for own in found for row in own], ["text" if kind == "text" else "value"])
    rows = [own[0] if own else None for own in found]
    table = _table(items, rows, kind)
    table, classes = _with_classes(table, rows) if kind == "text" else (table, [])
    origin_of = f"imported: {origin.text()}"
    return Labels(table, items.digest, kind, origin_of, classes=tuple(classes))


def _table(items: Items, rows: Rows, kind: LabelKind) -> pa.Table:
    import pyarrow as pa

    texts = [_text(row) if row and kind == "text" else None for row in rows]
    values = [_value(row, kind) if row and kind != "text" else None for row in rows]
    return pa.table(
        {
            "item_id": pa.array(items.column("item_id"), pa.string()),
            "value": pa.array(values, pa.float64()),
            "weight": pa.array([_weight(row) if row else 0.0 for row in rows], pa.float64()),
            "keep": pa.array([row is not None and _keep(row) for row in rows], pa.bool_()),
            "text": pa.array(texts, pa.string()),
            "meta": pa.nulls(len(rows), pa.string()),
        }
    )


def _text(row: Row) -> str:
    text = row.text("text")
    if not text:
        raise PrerequisiteError(f"{row.place}: `text` is empty", "give every row a label")
    return text


def _value(row: Row, kind: LabelKind) -> float:
    word = row.word("value").lower()
    value = TRUTH.get(word, math.nan) if kind == "hard" else _number(word)
    if not 0 <= value <= 1:
        wanted = "0 or 1" if kind == "hard" else "a probability between 0 and 1"
        raise PrerequisiteError(
            f"{row.place}: the label {row.word('value')!r} is not {wanted}",
            "correct the row, name the column: columns: {value: ...}, or say which kind: it is",
        )
    return value


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return TRUTH.get(word, math.nan)


def _weight(row: Row) -> float:
    word = row.word("weight")
    value = _number(word) if word else 1.0
    if not (math.isfinite(value) and value >= 0):
        raise PrerequisiteError(
            f"{row.place}: the weight {word!r} is not a number from 0 up", "correct the row"
        )
    return value


def _keep(row: Row) -> bool:
    word = row.word("keep").lower()
    if word and word not in TRUTH:
        raise PrerequisiteError(
            f"{row.place}: `keep` is {word!r}, not true or false", "correct the row"
        )
    return TRUTH.get(word, 1.0) == 1.0


def _with_classes(table: pa.Table, rows: Rows) -> tuple[pa.Table, list[str]]:
    """The words with how likely each class is, where the rows of the file say so; and the classes.

    Raises:
        PrerequisiteError: where some rows say it and others don't.
    """
    import numpy as np

    told = [_chances(row) if row else {} for row in rows]
    classes = in_order(word for own in told for word in own)
    silent = next((row for row, own in zip(rows, told, strict=True) if row and not own), None)
    if not classes:
        return table, []
    if silent:
        raise PrerequisiteError(
            f"{silent.place}: no `{PROBABILITIES}`, and other rows have some",
            "give them for every row, or for none",
        )
    chances = np.asarray([[own.get(word, 0.0) for word in classes] for own in told], np.float64)
    return with_chances(table, chances), classes


def _chances(row: Row) -> dict[str, float]:
    """How likely each class is; {} where the row doesn't say.

    Raises:
        PrerequisiteError: for what is no distribution, or another class than the row's word on top.
    """
    told = row.get(PROBABILITIES)
    if isinstance(told, str):  # a cell of a CSV file
        told = _from_cell(told)
    if told is None:
        return {}
    found = {k: v for k, v in told.items() if v is not None} if isinstance(told, Mapping) else {}
    numbers = all(isinstance(value, int | float) and value >= 0 for value in found.values())
    if not (found and numbers and math.isclose(sum(found.values()), 1, abs_tol=1e-6)):
        raise PrerequisiteError(
            f"{row.place}: `{PROBABILITIES}` is no distribution over classes",
            'write {"rose": 0.7, "lily": 0.3}: numbers from 0 up that add up to 1',
        )
    if found.get(_text(row), -1) < max(found.values()):
        raise PrerequisiteError(
            f"{row.place}: `text` is `{_text(row)}`, which is not the likeliest of `{PROBABILITIES}`",
            "write the likeliest class as the text",
        )
    return found


def _from_cell(text: str) -> object:
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        return {}
