"""The table of one measure as cells of text, the same columns in every format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from w2sdl_runtime.comparing import figures
from w2sdl_runtime.comparing.flip_words import flips_text
from w2sdl_runtime.comparing.several import Row

#: Columns of words, which stand left; numbers stand right.
_WORDS = ("arm", "against", "size", "verdict")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, which no arm's name can be taken for, its title, and a cell for each row."""

    name: str
    title: str
    cells: list[str]

    @property
    def is_number(self) -> bool:
        return self.name not in _WORDS


def columns_of(rows: Sequence[Row], percent: bool = False) -> list[Column]:
    """The columns of a table; those that are empty in all rows are left out.

    Args:
        rows: of one measure.
        percent: whether shares are in per cent, their differences in points.
    """
    other = rows[0].other
    titles = {
        "b": other,
        "difference": f"{other} − a [95 %]",
        "arm": "",
        "against": "",
        "verdict": "",
    }
    cells = [_cells(row, percent and row.difference.unit == "share") for row in rows]
    found = [Column(n, titles.get(n, n), [row[n] for row in cells]) for n in cells[0]]
    return [column for column in found if any(column.cells)]


def _cells(row: Row, percent: bool) -> dict[str, str]:
    one = row.difference
    tested = one.test if one.test is not None and not one.same else None
    return {
        "arm": figures.arm_name(one),
        "against": row.against,
        "a": figures.number(one.a, percent),
        "b": figures.number(one.b, percent),
        "difference": figures.delta_text(one, percent),
        "p": figures.p_text(tested.p) if tested else "",
        "Holm": figures.p_text(one.adjusted) if tested else "",
        "size": figures.effect_text(one),
        "flips": flips_text(one),
        "verdict": figures.verdict_text(one),
    }
