"""Flips in words, the same in every format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from w2sdl_runtime.comparing import figures
from w2sdl_runtime.comparing.compared import Difference
from w2sdl_runtime.comparing.several import ComparedResults, Row
from w2sdl_runtime.report.text import MINUS, listed


@dataclass(frozen=True, slots=True)
class ToldFlip:
    """A flip for readers, as plain text that a format has yet to escape."""

    words: str  #: ``gained; the candidate is right; a says wrong, P 0.450; b says right, P 0.610``
    item_id: str
    text: str  #: prompt and candidate


@dataclass(frozen=True, slots=True)
class ToldFlips:
    """The surest flips of one comparison."""

    title: str  #: ``scores of S', by majority over 3 seeds: 2 of 43, surest first``
    flips: tuple[ToldFlip, ...]


def told_flips(found: ComparedResults, limit: int) -> list[ToldFlips]:
    """So many flips of each comparison that has some."""
    rows = [row for row in found.rows if limit and _has_some(row.difference)]
    return [_told(row, limit) for row in rows]


def flips_text(one: Difference) -> str:
    """``−12 +30``: rows that only A has right, and only B."""
    if one.flips is None or one.same:
        return ""
    lost, gained = one.flips.counts
    return f"{MINUS}{lost:,} +{gained:,}"


def flips_statement(found: ComparedResults) -> str:
    """How flips are counted; "" where there are none."""
    counted = [one.flips for one in found.differences if one.flips and not one.same]
    if not counted:
        return ""
    hows = " or ".join(dict.fromkeys(flips.how for flips in counted))
    scores = list(dict.fromkeys(_spaced(flips.score) for flips in counted))
    other = found.against[0].label if len(found.against) == 1 else "the other"
    if scores == ["right"]:
        return f"Flips: rows that only a has right (−) and only {other} (+), {hows}."
    as_what = listed(scores, "or")
    return f"Flips: rows that count as {as_what} only in a (−) and only in {other} (+), {hows}."


def _has_some(one: Difference) -> bool:
    return one.flips is not None and not one.same and sum(one.flips.counts) > 0


def _told(row: Row, limit: int) -> ToldFlips:
    flips = row.difference.flips
    if flips is None:
        raise ValueError("a comparison without flips")
    total = sum(flips.counts)
    shown = f"{min(limit, total):,} of {total:,}, surest first"
    told = (
        ToldFlip(_words(flip, flips.score, row.against or row.other), flip["item_id"], _read(flip))
        for flip in flips.table(limit).to_pylist()
    )
    return ToldFlips(f"{figures.row_name(row)}, {flips.how}: {shown}", tuple(told))


def _words(flip: Mapping[str, Any], score: str, other: str) -> str:
    """What changed, in which seed, what gold is, and what each side says of the row."""
    lost = flip["change"] == "lost"
    seed = flip["seed"] if flip["seed"] != "majority" else ""
    told = [
        flip["change"]
        if score == "right"
        else f"{_spaced(score)} only in {'a' if lost else other}",
        f"seed {seed}" if seed else "",
        _gold(flip),
        _says("a", flip["a_answer"], flip["a_probability"], flip["seed"]),
        _says(other, flip["b_answer"], flip["b_probability"], flip["seed"]),
    ]
    return "; ".join(filter(None, told))


def _gold(flip: Mapping[str, Any]) -> str:
    if flip["gold"] is None:
        return ""
    judged = flip["candidate"] and flip["gold"] in ("right", "wrong")
    return f"the candidate is {flip['gold']}" if judged else f"gold {flip['gold']}"


def _says(who: str, answer: str | None, chance: float | None, seed: str) -> str:
    of_seeds = "mean " if seed == "majority" else ""
    told = [
        "" if answer is None else f"says {answer}",
        "" if chance is None else f"{of_seeds}P {figures.number(chance, False)}",
    ]
    return f"{who} {', '.join(filter(None, told))}" if any(told) else ""


def _read(flip: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (flip["prompt"], flip["candidate"])))


def _spaced(score: str) -> str:
    return score.replace("_", " ")
