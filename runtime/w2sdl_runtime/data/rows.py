"""Source rows and what can be asked of them. A complaint names the place and the next step."""

from __future__ import annotations

import difflib
import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from w2sdl.keys import tagged_hash
from w2sdl_runtime.op import PrerequisiteError

_WORDS = {
    bool: "a truth value",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


class DropRow(Exception):
    """The row can't be used and is left out; ``reason`` is what it is counted under."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a source. ``place`` ("train.jsonl, line 3") is for messages only.

    ``pieces`` are cells that a text was put together of, by name: templates may place each.
    """

    values: Mapping[str, Any]
    place: str
    split: str = ""
    pieces: Mapping[str, str] = field(default_factory=dict)

    def get(self, column: str) -> Any:
        """A cell; ``choices.text`` reaches into an object. None where there is nothing."""
        if column in self.values:
            return self.values[column]
        found: Any = self.values
        for step in column.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        return found

    def text(self, column: str) -> str:
        """A text cell without outer blanks; "" for null.

        Raises:
            PrerequisiteError: when the cell is not text.
        """
        value = self.get(column)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._wrong_type(column, value, "text")
        return value.strip()

    def texts(self, column: str) -> list[str]:
        """A cell with a list of texts.

        Raises:
            PrerequisiteError: when it is something else.
        """
        value = self.get(column)
        if not isinstance(value, list | tuple):
            raise self._wrong_type(column, value, "a list of texts")
        for element in value:
            if not isinstance(element, str):
                raise self._wrong_type(column, element, "a list of texts")
        return [element.strip() for element in value]

    def word(self, column: str) -> str:
        """A cell with a label, class or group, as one word: ``1``, ``true``, ``Yes``; "" for null.

        Raises:
            PrerequisiteError: for lists and objects.
        """
        value = self.get(column)
        if value is None or isinstance(value, bool):
            return "" if value is None else str(value).lower()
        if isinstance(value, float):
            whole = math.isfinite(value) and value.is_integer()
            return str(int(value)) if whole else "" if math.isnan(value) else str(value)
        if isinstance(value, str | int):
            return str(value).strip()
        raise self._wrong_type(column, value, "a word or a number")

    def _wrong_type(self, column: str, value: Any, wanted: str) -> PrerequisiteError:
        found = _WORDS.get(type(value), "nothing" if value is None else f"a {type(value).__name__}")
        shown = f" ({value})" if isinstance(value, bool | int | float) else ""
        return PrerequisiteError(
            f"{self.place}: `{column}` is {found}{shown}, not {wanted}",
            f"write the column `{column}` as {wanted}, or name another column in the format",
        )


def rename_columns(rows: Sequence[Row], columns: Mapping[str, Sequence[str]]) -> list[Row]:
    """Rows with ``columns`` ({new name: columns of the source}) renamed; the rest stays as it is.

    A source column that already has a new name gives way to it. Several columns are put together,
    a line each, and stay beside the new one, as its pieces.

    Raises:
        PrerequisiteError: for a column that no row has.
    """
    if not columns:
        return list(rows)
    empty = next((new for new, names in columns.items() if not names), None)
    if empty is not None:
        raise PrerequisiteError(f"columns: makes `{empty}` of no column", "name at least one")
    require_columns(rows, [name for names in columns.values() for name in names])
    moved = {new: names[0] for new, names in columns.items() if len(names) == 1}
    several = {new: names for new, names in columns.items() if len(names) != 1}
    taken = set(moved.values()) - {name for names in several.values() for name in names}
    return [_renamed(row, moved, several, taken) for row in rows]


def _renamed(
    row: Row, moved: Mapping[str, str], several: Mapping[str, Sequence[str]], taken: set[str]
) -> Row:
    rest = {name: value for name, value in row.values.items() if name not in taken}
    cells = {name: row.word(name) for names in several.values() for name in names}
    texts = {new: "\n".join(cells[n] for n in names if cells[n]) for new, names in several.items()}
    values = {**rest, **{new: row.get(old) for new, old in moved.items()}, **texts}
    return Row(values, row.place, row.split, {**row.pieces, **cells})


def require_columns(rows: Sequence[Row], wanted: Iterable[str]) -> None:
    """Check that every wanted column is there in at least one row.

    Raises:
        PrerequisiteError: naming the nearest columns.
    """
    # Almost always the first row has them all; only a column missing there costs a full pass.
    missing = [name for name in wanted if rows[0].get(name) is None]
    for name in missing:
        if not any(has_column(row, name) for row in rows):
            raise missing_column(rows, name)


def has_column(row: Row, column: str) -> bool:
    """Whether the row has the column, even if it is null there."""
    head, _, tail = column.partition(".")
    if column in row.values:
        return True
    inner = row.values.get(head)
    return bool(tail) and isinstance(inner, Mapping) and has_column(Row(inner, ""), tail)


def missing_column(rows: Sequence[Row], name: str) -> PrerequisiteError:
    """The message for a column that no row has."""
    known = list(
        dict.fromkeys(column for row in rows[:1000] for column in _column_names(row.values))
    )
    if len(known) == 1 and any(sign in known[0] for sign in ";|\t"):
        return PrerequisiteError(
            f"there is no column `{name}`: the file has a single one, `{known[0]}`",
            "put commas between the columns of a .csv file, and tabs between those of a .tsv file",
        )
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    guess = f"did you mean {' or '.join(f'`{n}`' for n in near)}? " if near else ""
    return PrerequisiteError(
        f"there is no column `{name}`",
        f"{guess}the columns are {', '.join(f'`{n}`' for n in known)}; "
        "name the one that is meant in the format, or with columns: {...}",
    )


def _column_names(values: Mapping[str, Any], prefix: str = "") -> Iterable[str]:
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _column_names(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def same_text(text: str) -> str:
    """Text up to Unicode form and blanks. Case stays: mW is not MW."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def content_key(role: str, text: str) -> str:
    """Identity of a question, passage or text up to case and blanks; equal ones share a part."""
    return tagged_hash("content.1", [role, same_text(text).casefold()])[:16]


def plain_json(value: Any) -> Any:
    """A cell as JSON. Not-a-number becomes null; bytes, images and the like raise TypeError."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item) for item in value]
    raise TypeError(type(value).__name__)
