"""Joins transcripts to items: as text that a model reads, or as the quotes that it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.values import Transcripts


@dataclass(frozen=True, slots=True)
class Shown:
    """What a transcript shows a judge."""

    quotes: tuple[str, ...]  #: verified quotes, in the order of the turns
    stance: float  #: mean of the debaters: +1 "correct", -1 "incorrect", 0 balanced or nobody


def turns_of(transcripts: Transcripts, item_ids: Sequence[str]) -> list[list[dict[str, Any]]]:
    """The turns of each item's transcript, in the order of the items.

    Raises:
        PrerequisiteError: when items have no transcript, with the number and the first of them.
    """
    table = transcripts.table
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


def as_text(turns: Sequence[dict[str, Any]]) -> str:
    """A transcript as a model reads it: one line a turn, with its speaker where there is one."""
    said = [(f"{turn['debater']}: " if turn["debater"] else "", turn["text"]) for turn in turns]
    return "\n".join(f"{speaker}{text}" for speaker, text in said)


def as_shown(turns: Sequence[dict[str, Any]]) -> Shown:
    """The quotes and stances of a transcript. Quotes that are not in the passage are not shown."""
    quotes = tuple(q["text"] for turn in turns for q in turn["quotes"] if q["verified"])
    stances = {turn["debater"]: turn["stance"] for turn in turns}
    signs = [{"correct": 1.0, "incorrect": -1.0}.get(stance, 0.0) for stance in stances.values()]
    return Shown(quotes, sum(signs) / len(signs) if signs else 0.0)
