"""Joins transcripts to items: as text that a model reads, or as the quotes that it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.values import Items, Transcripts

#: The column of transcripts that says in which of two orders an item was debated.
ORDER = "order"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a transcript shows a judge."""

    quotes: tuple[str, ...]  #: verified quotes, in the order of the turns
    stance: float  #: mean of the debaters: +1 "correct", -1 "incorrect", 0 balanced or nobody


def turns_of(transcripts: Transcripts, item_ids: Sequence[str]) -> list[list[dict[str, Any]]]:
    """The turns of each item's transcript, in the order of the items.

    Transcripts of both orders are read one order at a time: see `by_order`.

    Raises:
        PrerequisiteError: when items have no transcript, with the number and the first of them.
    """
    table = transcripts.table
    if ORDER in table.column_names and len(set(table.column(ORDER).to_pylist())) > 1:
        raise PrerequisiteError(
            "these debates were held in both orders, and words have no mean",
            "use stance: random_side(), or a head that judges",
        )
    known: dict[str, list[dict[str, Any]]] = dict(
        zip(table.column("item_id").to_pylist(), table.column("turns").to_pylist(), strict=True)
    )
    missing = [item for item in item_ids if item not in known]
    if missing:
        raise PrerequisiteError(
            f"{len(missing)} of {len(item_ids)} items have no transcript (first: {missing[0]})",
            "make transcripts for all items that this predictor reads: D(..., items(data), ...)",
        )
    return [known[item] for item in item_ids]


def by_order(transcripts: Transcripts | None) -> dict[str, Transcripts]:
    """Transcripts of each order by its name, where items were debated in both; else {}.

    What comes back has no digest: it is no object of the store.
    """
    import pyarrow.compute as pc

    if transcripts is None or ORDER not in transcripts.table.column_names:
        return {}
    table = transcripts.table
    names = table.column(ORDER).unique().to_pylist()
    return {name: Transcripts(table.filter(pc.equal(table.column(ORDER), name))) for name in names}


def argued(transcripts: Transcripts) -> bool:
    """Whether anybody takes a side in them: not where nothing or a passage is shown."""
    sides = transcripts.table.column("stances").to_pylist()
    return any('"correct"' in own or '"incorrect"' in own for own in sides)


def in_both_orders(items: Items, context: Transcripts) -> tuple[Items, Transcripts, int]:
    """Items once for each order in which they were debated, with their transcripts; and how often.

    Rows are told apart by the order after their id. The transcripts keep their digest, so that what
    is trained on them names the stored ones.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    orders = by_order(context)
    if not orders:
        return items, context, 1
    turns_read: list[pa.Table] = []
    rows: list[pa.Table] = []
    for name, own in orders.items():
        turns_of(own, items.column("item_id"))  # says what is missing, by the ids that a user knows
        for table, kept in ((own.table, turns_read), (items.table, rows)):
            ids = pc.binary_join_element_wise(table.column("item_id"), name, " ")
            kept.append(table.set_column(table.column_names.index("item_id"), "item_id", ids))
    both = Transcripts(pa.concat_tables(turns_read).drop_columns([ORDER]))
    both.digest = context.digest
    return Items(pa.concat_tables(rows)), both, len(orders)


def as_text(turns: Sequence[dict[str, Any]]) -> str:
    """A transcript as a model reads it: one line a turn, with its speaker where there is one."""
    said = [(f"{turn['debater']}: " if turn["debater"] else "", turn["text"]) for turn in turns]
    return "\n".join(f"{speaker}{text}" for speaker, text in said)


def as_shown(turns: Sequence[dict[str, Any]]) -> Shown:
    """The quotes and stances of a transcript. Quotes that are not in the passage are not shown."""
    quotes = tuple(q["text"] for turn in turns for q in turn["quotes"] if q["verified"])
    stances = {turn["debater"]: turn["stance"] for turn in turns if turn["debater"] != "judge"}
    signs = [{"correct": 1.0, "incorrect": -1.0}.get(stance, 0.0) for stance in stances.values()]
    return Shown(quotes, sum(signs) / len(signs) if signs else 0.0)
