"""What a format makes of one source row: its items, and the facts that keep parts disjoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from w2sdl.keys import canonical_json, tagged_hash
from w2sdl_runtime.data.rows import Row, plain_json

#: (purpose, row id) -> 63 random bits of that row: `Context.row_stream` with the draw mixed in.
Draw = Callable[[str, str], int]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to judge, or to answer.

    ``gold`` (0.0 or 1.0, or a text) and ``meta`` (JSON) go into the gold labels, never into Items.
    """

    item_id: str
    prompt: str
    candidate: str
    rival: str
    gold: float | str
    meta: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A source row, formatted.

    ``content`` are the keys of what a model would recognise (question, passage, text): no two parts
    share one. Rows of equal ``identity`` repeat each other. ``claims`` say which statements the row
    calls right or wrong, or how it answers them; two rows that disagree on one are contradictory.
    """

    row: Row
    content: tuple[str, ...]
    identity: str
    claims: Mapping[str, float | str]
    items: tuple[Item, ...]
    passage: str
    fields: str

    @property
    def domain(self) -> str:
        """The cell of a column called ``domain``, which reports break results down by."""
        return self.row.word("domain")


def item_id(row_id: str, candidate: str, copy: int = 0) -> str:
    """Identity of an item: of the source row and the candidate, never of a template or a model.

    ``copy`` tells apart the items of one row that repeat a candidate (the truth, in several pairs).
    """
    return tagged_hash("item.1", [row_id, candidate, *([copy] if copy else [])])[:16]


def row_id(content: Mapping[str, str | Sequence[str]]) -> str:
    """Identity of a source row, from its content by role: other names of columns change nothing."""
    return tagged_hash("row.1", dict(content))


def fields_json(row: Row, hidden: Set[str], options: Sequence[str] = ()) -> str:
    """The row as canonical JSON without the ``hidden`` columns and those that JSON can't hold.

    ``options`` are all answers in an order that tells nothing.
    """
    shown: dict[str, object] = {}
    for name, value in row.values.items():
        if name in hidden:
            continue
        try:
            shown[name] = plain_json(value)
        except TypeError:  # images, bytes, dates: no text model reads them
            continue
    if options:
        shown["options"] = list(options)
    return canonical_json(shown)
