"""Items for the browser of a report, as JSON that is part of the page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from w2sdl.graph import Graph
from w2sdl.replication import Replication
from w2sdl_runtime.report.items.answers import Arm, Part, Point
from w2sdl_runtime.report.items.choosing import Pair, order_of
from w2sdl_runtime.report.items.examples import place_of
from w2sdl_runtime.report.items.images import side_of
from w2sdl_runtime.report.items.speech import Marked, Speech, Talk, Turn, marked_passage
from w2sdl_runtime.report.marking import TURN_LIMIT, pieces_of
from w2sdl_runtime.report.text import LIMIT, cut_note, noted, seen

#: Items of a part, at most, and characters of JSON of all parts.
ITEMS_SHOWN = 400
ROOM = 1_600_000
#: Characters of a name, such as a debater's.
NAME_LIMIT = 200
#: Items that must all be images for those of a part to be drawn.
IMAGES_TRIED = 50
#: A step of probability: a thousandth.
STEPS = 1000


@dataclass(frozen=True, slots=True)
class Embedded:
    """What the browser of items reads, and how it was chosen."""

    json: Markup
    told: tuple[str, ...]  #: of each part, how many of its items, and which


def embed(
    graph: Graph,
    parts: Sequence[tuple[Part, Pair | None]],
    talks: Sequence[Talk],
    repeated: Replication,
) -> Embedded | None:
    """All parts with as many of their items as there is room for; None without any."""
    if not parts:
        return None
    room, records, told = ROOM, [], []
    for left, (part, pair) in zip(range(len(parts), 0, -1), parts, strict=True):
        record, said = _part_record(graph, part, pair, talks, room // left)
        records.append(record)
        told.append(said)
        room -= len(record)
    place, unit = (seen(text, NAME_LIMIT) for text in (place_of(graph, repeated), repeated.unit))
    head = json.dumps({"place": place, "unit": unit, "units": len(repeated.units)})[:-1]
    return Embedded(in_script(f'{head},"parts":[{",".join(records)}]}}'), tuple(told))


def in_script(text: str) -> Markup:
    """JSON that can stand in a script element: nothing in it ends that, or opens a comment."""
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - no character of HTML is left


def _part_record(
    graph: Graph, part: Part, pair: Pair | None, talks: Sequence[Talk], room: int
) -> tuple[str, str]:
    """A part as JSON of at most about ``room`` characters, and how its items were chosen in words."""
    near = [talk for talk in talks if not talk.places.keys().isdisjoint(part.ids)]
    points = [arm.point for arm in part.arms] + [dict(talk.node.point) for talk in near]
    axes = [a for a in graph.axes if any(a.name in arm.point for arm in part.arms)]
    index = {a.name: {name: at for at, name in enumerate(a.points)} for a in axes}
    head = {
        "name": seen(part.name, NAME_LIMIT),
        "rows": len(part.ids),
        "binary": part.binary,
        "asked": asdict(part.asked),
        "side": side_of(list(part.texts.values())[:IMAGES_TRIED]),
        "axes": [
            {"name": a.name, "points": [p for p in a.points if _is_used(a.name, p, points)]}
            for a in axes
        ],
        "arms": [
            {"of": seen(a.of, NAME_LIMIT), "role": a.role, "ink": a.family, "at": a.point}
            | {"times": a.repetitions}
            for a in part.arms
        ],
        "talks": [
            {"title": seen(t.title, NAME_LIMIT), "silent": t.is_silent}
            | {"arms": [n for n, arm in enumerate(part.arms) if t.node.id in arm.rests_on]}
            | {"at": {axis: p for axis, p in t.node.point.items() if axis in index}}
            for t in near
        ],
        "pair": [part.arms.index(pair.weak), part.arms.index(pair.student)] if pair else None,
    }
    text = json.dumps(head, ensure_ascii=False)[:-1]
    items: list[str] = []
    order = order_of(part, pair)
    for at in order.places[:ITEMS_SHOWN]:
        item = json.dumps(_item(part, at, near), ensure_ascii=False, separators=(",", ":"))
        room -= len(item)
        if room < 0 and items:
            break
        items.append(item)
    told = _told(part, len(items), order.flips, pair)
    return f'{text},"told":{json.dumps(told)},"items":[{",".join(items)}]}}', told


def _is_used(axis: str, name: str, points: Sequence[Point]) -> bool:
    return any(point.get(axis) == name for point in points)


def _told(part: Part, shown: int, flips: int, pair: Pair | None) -> str:
    rows = len(part.ids)
    if shown == rows:
        return f"all {rows:,} items of {part.name}"
    told = f"{shown:,} of {rows:,} items of {part.name}"
    if not flips or pair is None:
        return f"{told}, drawn at random"
    which = f"that only one of {pair.weak.of} and {pair.student.of} gets right"
    if flips >= shown:
        return f"{told}, drawn from the {flips:,} {which}"
    return f"{told}: all {flips:,} {which}, then others drawn at random"


def _item(part: Part, at: int, talks: Sequence[Talk]) -> dict[str, Any]:
    item_id = part.ids[at]
    text = part.texts.get(item_id, {})
    said = {str(n): s for n, talk in enumerate(talks) if (s := talk.speech(item_id))}
    passage = text.get("passage", "")
    return _without_empty(
        {
            "id": seen(item_id, NAME_LIMIT),
            "q": noted(text.get("prompt", "")),
            "c": noted(text.get("candidate", "")),
            "r": noted(text.get("rival", "")),
            "g": noted(part.gold[at], NAME_LIMIT),
            "p": _pieces(marked_passage(passage, list(said.values()))) if passage else "",
            "s": [_step(arm, at) for arm in part.arms],
            "w": "".join("1" if arm.right[at] else "0" for arm in part.arms),
            "k": [int(arm.times[at]) for arm in part.arms],
            "l": [noted(arm.words[at], NAME_LIMIT) if arm.words else "" for arm in part.arms]
            if not part.binary
            else "",
            "t": {n: _speech(speech) for n, speech in said.items()},
        }
    )


def _step(arm: Arm, at: int) -> int | None:
    """P in thousandths, on the side of one half on which it is; None of what says words."""
    if arm.probability is None or np.isnan(arm.probability[at]):
        return None
    p = float(arm.probability[at])
    half = STEPS // 2
    step = round(STEPS * p)
    return half + 1 if p > 0.5 and step == half else step


def _speech(speech: Speech) -> dict[str, Any]:
    return _without_empty(
        {
            "s": [[seen(d, NAME_LIMIT), seen(stance, NAME_LIMIT)] for d, stance in speech.stances],
            "u": [_turn(turn) for turn in speech.turns],
            "more": speech.left_out,
            "cut": speech.truncated,
        }
    )


def _turn(turn: Turn) -> dict[str, Any]:
    return _without_empty(
        {
            "n": turn.number,
            "d": seen(turn.debater, NAME_LIMIT),
            "x": _pieces(turn.said),
            "q": [[noted(quote, TURN_LIMIT), int(verified)] for quote, verified in turn.loose],
        }
    )


def _pieces(said: Marked) -> list[Any]:
    """Texts, and quotes as [text, style, title]."""
    found: list[Any] = []
    for piece in pieces_of(said.whole, said.spans, said.limit):
        text = seen(piece.text, LIMIT)
        found.append([text, piece.style, seen(piece.title, NAME_LIMIT)] if piece.style else text)
    if len(said.whole) > said.limit:
        found.append([cut_note(len(said.whole)), "cut", ""])
    return found


def _without_empty(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value not in ("", [], {}, 0, False)}
