"""A handful of items with all that was said about them: chosen by rule, shown side by side."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from w2sdl.graph import Graph
from w2sdl.replication import Replication
from w2sdl_runtime.report.items.answers import Arm, Part, Point
from w2sdl_runtime.report.items.asking import CANDIDATE, Asked
from w2sdl_runtime.report.items.choosing import OUTCOMES, Pair, fits
from w2sdl_runtime.report.items.images import drawn, side_of
from w2sdl_runtime.report.items.speech import Speech, Talk, marked_passage
from w2sdl_runtime.report.text import listed

ITEMS_SHOWN = 5
#: How many of each outcome, in the order of `OUTCOMES`.
OF_EACH = (2, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one predictor said of an item."""

    of: str
    role: str  #: that gives it its colour
    at: str  #: where it stands on axes that no transcript varies over
    probability: float | None
    words: str
    right: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One protocol's transcript of an item, and what was answered with it."""

    title: str
    speech: Speech
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One item."""

    why: str
    item_id: str
    prompt: str
    candidate: str
    rival: str
    gold: str  #: "1" and "0" of two classes, else words
    passage: Markup
    image: Markup  #: "" of what is no image
    shared: tuple[Answer, ...]  #: of predictors that none of the transcripts went into
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Examples:
    """Items, how they were chosen, and what could not be shown."""

    items: tuple[Example, ...] = ()
    rule: str = ""
    place: str = ""  #: the repetition they are from
    missing: tuple[str, ...] = ()
    asked: Asked = CANDIDATE


def place_of(graph: Graph, repeated: Replication) -> str:
    """The first repetition, in words."""
    axes = [axis for axis in graph.axes if axis.name in repeated.axes and axis.points]
    return listed([f"{axis.name} {axis.points[0]}" for axis in axes])


def pick(
    part: Part | None, pair: Pair | None, talks: Sequence[Talk], missing: Sequence[str], place: str
) -> Examples:
    """The examples of a part: the first by item id of each outcome of a pair of predictors."""
    if part is None:
        return Examples(missing=tuple(missing))
    told = {item_id for talk in talks for item_id in talk.places}
    known = [at for at, i in enumerate(part.ids) if i in part.texts and (i in told or not told)]
    known.sort(key=lambda at: part.ids[at])
    chosen, rule = _choose(known, pair)
    items = tuple(_example(part, at, why, talks, pair) for at, why in chosen)
    return Examples(items, rule, place, tuple(missing), part.asked)


def _choose(known: Sequence[int], pair: Pair | None) -> tuple[list[tuple[int, str]], str]:
    if pair is None:
        return [(at, "") for at in known[:ITEMS_SHOWN]], "the first by item id"
    classes = pair.classes()
    chosen = []
    for (outcome, words), count in zip(OUTCOMES, OF_EACH, strict=True):
        why = words.format(weak=pair.weak.of, student=pair.student.of)
        chosen += [(at, why) for at in [at for at in known if classes[at] == outcome][:count]]
    point = ", ".join(f"{axis} {name}" for axis, name in pair.student.point.items())
    return chosen, "the first by item id of each outcome" + (f", judged at {point}" * bool(point))


def _example(part: Part, at: int, why: str, talks: Sequence[Talk], pair: Pair | None) -> Example:
    item_id = part.ids[at]
    text = part.texts[item_id]
    prompt = text.get("prompt", "")
    said = [(talk, speech) for talk in talks if (speech := talk.speech(item_id))]
    told = frozenset(talk.node.id for talk, _ in said)
    axes = {axis for talk, _ in said for axis in talk.node.point}
    here = pair.student.point if pair else {}
    shared = [arm for arm in part.arms if not told & arm.rests_on and fits(arm.point, here)]
    return Example(
        why,
        item_id,
        prompt,
        text.get("candidate", ""),
        text.get("rival", ""),
        part.gold[at],
        marked_passage(text.get("passage", ""), [speech for _, speech in said]).html,
        drawn(prompt, side_of([text])),
        tuple(_answer(arm, at, _apart(arm.point, here)) for arm in shared),
        tuple(_side(talk, speech, part, at, axes) for talk, speech in said),
    )


def _side(talk: Talk, speech: Speech, part: Part, at: int, axes: set[str]) -> Side:
    point = talk.node.point
    answers = [
        _answer(arm, at, _apart(arm.point, axes))
        for arm in part.arms
        if talk.node.id in arm.rests_on and fits(arm.point, point)
    ]
    return Side(talk.title, speech, tuple(answers))


def _apart(point: Point, known: Container[str]) -> Point:
    """Where an answer stands on axes that are not told already."""
    return {axis: name for axis, name in point.items() if axis not in known}


def _answer(arm: Arm, at: int, point: Point) -> Answer:
    probability = None if arm.probability is None else float(arm.probability[at])
    words = arm.words[at] if arm.words else ""
    place = ", ".join(point.values())
    return Answer(arm.of, arm.family, place, probability, words, bool(arm.right[at]))
