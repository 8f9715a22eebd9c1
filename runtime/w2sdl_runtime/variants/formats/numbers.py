"""Rows of numbers with a class: small images, measurements, features that were computed elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from w2sdl_runtime.data.entries import Draw, Entry, Item, fields_json, item_id, row_id
from w2sdl_runtime.data.rows import DropRow, Row, content_key, require_columns
from w2sdl_runtime.op import PrerequisiteError, variant
from w2sdl_runtime.variants.formats import Format


@variant("numbers")
class Numbers(Format):
    """One item a row: its numbers, as a text with blanks between them. Its gold label is the class, a word.

    ``read_numbers(items)`` makes states of them, for probes; a language model reads the text. A cell is a
    number, a truth value, or a list of numbers; all rows have equally many. Rows of equal numbers repeat
    each other (or contradict, and are left out), unless ``name`` tells them apart: then they stay
    together, in one part.
    """

    answers: ClassVar[str] = "text"

    columns: Annotated[list[str], Field(min_length=1)] = Field(
        default=["pixels"], description="columns of the numbers, in this order"
    )
    label: str = Field(default="label", description="column of the class; a word or a number")
    name: str = Field(default="", description="column that tells rows of equal numbers apart")

    @property
    def balanced(self) -> bool:
        return False

    def gold_columns(self) -> frozenset[str]:
        return frozenset({self.label, self.label.partition(".")[0]})

    def content_columns(self) -> frozenset[str]:
        return frozenset(self.columns)

    def reader(self, rows: Sequence[Row], draw: Draw) -> Callable[[Row], Entry]:
        if self.label in self.columns:
            raise PrerequisiteError(
                f"`{self.label}` is the label, and among the numbers that are read",
                "leave it out of columns:",
            )
        named = [self.name] if self.name else []
        require_columns(rows, [*self.columns, self.label, *named])
        size = len(self._numbers(rows[0]))

        def entry(row: Row) -> Entry:
            numbers, answer = self._numbers(row), row.word(self.label)
            if not answer:
                raise DropRow("no class")
            if len(numbers) != size:
                raise PrerequisiteError(
                    f"{row.place} has {len(numbers):,} numbers, and {rows[0].place} has {size:,}",
                    "all rows need equally many: columns of equal length in every row",
                )
            return self._entry(row, " ".join(numbers), answer)

        return entry

    def _entry(self, row: Row, text: str, answer: str) -> Entry:
        """One row: what it says in numbers, and its class."""
        identity = f"{row.word(self.name)}\n{text}" if self.name else text
        return Entry(
            row=row,
            content=(content_key("numbers", text),),
            identity=identity,
            claims={identity: answer},
            items=(Item(item_id(row_id({"numbers": identity}), ""), text, "", "", answer),),
            passage="",
            fields=fields_json(row, self.gold_columns() | self.content_columns()),
        )

    def _numbers(self, row: Row) -> list[str]:
        return [_number(row, name, cell) for name in self.columns for cell in _cells(row, name)]


def _number(row: Row, name: str, cell: Any) -> str:
    """A number in its shortest form: ``5``, ``0.25``."""
    if not isinstance(cell, int | float) or not math.isfinite(cell):
        shown = "nothing" if cell is None or cell == "" else f"`{cell}`"
        raise PrerequisiteError(
            f"{row.place}: {shown} is no finite number, in `{name}`",
            "correct the row, or name other columns: numbers() reads numbers, truth values and "
            "lists of them",
        )
    return str(int(cell)) if float(cell).is_integer() else repr(float(cell))


def _cells(row: Row, name: str) -> Sequence[Any]:
    value = row.get(name)
    if isinstance(value, list | tuple):
        return value
    return [_read(value)]


def _read(value: Any) -> Any:
    """A cell of a CSV file is text."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value
