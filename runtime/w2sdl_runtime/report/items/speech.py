"""Transcripts as they are shown: every quote in a turn is marked by whether it stands in the passage."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from w2sdl.graph import Graph, Node
from w2sdl.kinds import Kind
from w2sdl.replication import Replication
from w2sdl_runtime.debating.checking import without_marks
from w2sdl_runtime.report.marking import TURN_LIMIT, Spans, find_quote, marked
from w2sdl_runtime.report.results import Missing, Results
from w2sdl_runtime.report.text import LIMIT
from w2sdl_runtime.values import Transcripts

if TYPE_CHECKING:
    import pyarrow as pa

TURNS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with the quotes in it; what is beyond ``limit`` is not shown."""

    whole: str
    spans: Spans
    limit: int

    @property
    def html(self) -> Markup:
        """With marks, and a note of what is cut off."""
        return marked(self.whole, self.spans, self.limit)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn, its quotes marked by whether they stand in the passage."""

    number: int
    debater: str
    said: Marked
    loose: tuple[tuple[str, bool], ...]  #: quotes that don't stand in the text

    @property
    def text(self) -> Markup:
        """What was said, as HTML."""
        return self.said.html


@dataclass(frozen=True, slots=True)
class Speech:
    """The transcript of an item."""

    stances: tuple[tuple[str, str], ...]  #: debater, and what it argues in words
    turns: tuple[Turn, ...]
    left_out: int  #: turns
    truncated: bool
    quoted: tuple[tuple[str, str], ...]  #: verified quotes, and who gave them


@dataclass(frozen=True)
class Talk:
    """All transcripts of one node."""

    node: Node
    title: str
    table: pa.Table
    places: Mapping[str, int]  #: row, by item id

    def speech(self, item_id: str) -> Speech | None:
        """What was said of an item; nothing else of the table is read into Python."""
        if item_id not in self.places:
            return None
        names = ["turns", "stances", "truncated"]
        row = self.table.select(names).slice(self.places[item_id], 1).to_pylist()[0]
        return speech_of(row)

    @property
    def is_silent(self) -> bool:
        """Whether nothing is said of any item."""
        turns = self.table.column("turns")
        return all(len(chunk.flatten()) == 0 for chunk in turns.chunks)


def first_talks(
    graph: Graph, results: Results, repeated: Replication
) -> tuple[list[Talk], list[str]]:
    """The transcripts of the first repetition in the order of the spec, and which are missing and why."""
    nodes = [n for n in graph.order() if n.kind is Kind.TRANSCRIPTS]
    first = [node for node in nodes if _is_first(node, graph, repeated)]
    first.sort(key=lambda node: _places(node, graph))
    named = _named(first)
    talks, missing = [], []
    for node in first:
        value = results.value(node.id)
        if isinstance(value, Transcripts):
            ids = value.table.column("item_id").to_pylist()
            places = {item_id: at for at, item_id in enumerate(ids)}
            talks.append(
                Talk(node, _title(node, graph, repeated, node.name in named), value.table, places)
            )
        elif isinstance(value, Missing):
            missing.append(f"{value.address}: {value.why}")
    return talks, list(dict.fromkeys(missing))


def _is_first(node: Node, graph: Graph, repeated: Replication) -> bool:
    """Whether the node belongs to the first repetition (and its first member)."""
    first = {axis.name: axis.points[0] for axis in graph.axes if axis.points}
    return all(
        node.point.get(axis, first[axis]) == first[axis] for axis in repeated.axes if axis in first
    )


def _places(node: Node, graph: Graph) -> list[int]:
    """Where the node stands on each axis, so that columns come in the order of the spec."""
    return [a.points.index(node.point[a.name]) for a in graph.axes if a.name in node.point]


def _named(nodes: Sequence[Node]) -> set[str]:
    """Names that titles need: of several, and of one whose point says nothing of how it was argued."""
    names = {node.name for node in nodes}
    protocols = {str(node.params.get("protocol")) for node in nodes}
    return names if len(names) > 1 or len(protocols) == 1 else set()


def _title(node: Node, graph: Graph, repeated: Replication, named: bool) -> str:
    design = [a.name for a in graph.axes if a.name in node.point and a.name not in repeated.axes]
    point = " · ".join(node.point[axis] for axis in design)
    return " · ".join(filter(None, [node.name if named or not point else "", point]))


def speech_of(row: Mapping[str, Any]) -> Speech:
    """A row of transcripts, ready to be shown."""
    turns = row["turns"] or []
    return Speech(
        tuple(_stances(row["stances"])),
        tuple(turn_of(turn) for turn in turns[:TURNS_SHOWN]),
        max(0, len(turns) - TURNS_SHOWN),
        bool(row["truncated"]),
        tuple(
            (quote["text"] or "", turn["debater"] or "")
            for turn in turns
            for quote in turn["quotes"] or []
            if quote["verified"]
        ),
    )


_STANCES = {"correct": "that it is right", "incorrect": "that it is wrong"}


def _stances(text: str | None) -> Iterator[tuple[str, str]]:
    try:
        record = json.loads(text or "{}")
    except ValueError:
        yield "stances that can't be read", text or ""
        return
    if isinstance(record, dict):
        for debater, stance in record.items():
            if stance != "none":  # quotes drawn at random argue for nothing
                yield str(debater), _STANCES.get(str(stance), str(stance))


def turn_of(turn: Mapping[str, Any]) -> Turn:
    """A turn of a transcript, ready to be shown."""
    said = without_marks(turn["text"] or "")  # the reader's marks are colours here
    text = said[: TURN_LIMIT + 1]
    spans, loose = [], []
    for quote in turn["quotes"] or []:
        words, verified = quote["text"] or "", bool(quote["verified"])
        found = find_quote(words, text)
        if found:
            spans.append((*found, "verified" if verified else "unverified", ""))
        else:
            loose.append((words, verified))
    marks = Marked(said, spans, TURN_LIMIT)
    return Turn(int(turn["turn"]), turn["debater"] or "", marks, tuple(loose))


def marked_passage(passage: str, speeches: Sequence[Speech]) -> Marked:
    """The passage with every verified quote of any transcript marked."""
    spans = []
    for speech in speeches:
        for quote, debater in speech.quoted:
            found = find_quote(quote, passage[: LIMIT + 1])
            if found:
                spans.append((*found, "verified", f"quoted by {debater}"))
    return Marked(passage, spans, LIMIT)
