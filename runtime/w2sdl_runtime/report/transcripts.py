"""A handful of items with all that was said about them: chosen by rule, shown side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from w2sdl.graph import Graph, Node
from w2sdl.kinds import Kind
from w2sdl.replication import Replication
from w2sdl.roles import Roles
from w2sdl_runtime.debating.checking import without_marks
from w2sdl_runtime.report.marking import TURN_LIMIT, find_quote, marked
from w2sdl_runtime.report.results import Missing, Results
from w2sdl_runtime.report.text import LIMIT, listed
from w2sdl_runtime.values import Items, Metric, Transcripts

if TYPE_CHECKING:
    import pyarrow as pa

ITEMS_SHOWN = 5
TURNS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Answer:
    """What one predictor said of the candidate."""

    of: str
    role: str
    probability: float
    right: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn, its quotes marked by whether they stand in the passage."""

    number: int
    debater: str
    text: Markup
    loose: tuple[tuple[str, bool], ...]  #: quotes that don't stand in the text


@dataclass(frozen=True, slots=True)
class Side:
    """One protocol's transcript of an item, and what was answered with it."""

    title: str
    stances: tuple[tuple[str, str], ...]  #: debater, and what it argues in words
    turns: tuple[Turn, ...]
    left_out: int
    truncated: bool
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One item."""

    why: str
    item_id: str
    prompt: str
    candidate: str
    rival: str
    gold: bool | None
    passage: Markup
    shared: tuple[Answer, ...]  #: of predictors that don't vary over protocols
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Examples:
    """The section: its items, how they were chosen, and what could not be shown."""

    items: tuple[Example, ...] = ()
    rule: str = ""
    place: str = ""  #: the repetition they are from
    missing: tuple[str, ...] = ()


@dataclass
class _Rows:
    """Rows of a measure by item id, for one predictor at one point."""

    of: str
    point: Mapping[str, str]
    rows: dict[str, tuple[float, bool, bool]] = field(default_factory=dict)  #: P, gold, right


def pick(graph: Graph, results: Results, repeated: Replication, roles: Roles) -> Examples:
    """Collect the examples of the first repetition."""
    nodes = [n for n in graph.order() if n.kind is Kind.TRANSCRIPTS]
    first = [node for node in nodes if _is_first(node, graph, repeated)]
    first.sort(key=lambda node: _places(node, graph))
    if not first:
        return Examples()
    loaded = [(node, results.value(node.id)) for node in first]
    missing = [f"{m.address}: {m.why}" for _, m in loaded if isinstance(m, Missing)]
    talks = [(node, value) for node, value in loaded if isinstance(value, Transcripts)]
    tables = _item_tables(graph, results, [node for node, _ in talks])
    said = list(_said(graph, results, repeated))
    if not talks or not tables:
        return Examples(missing=tuple(dict.fromkeys(missing)))
    known = _ids(tables) & _ids([value.table for _, value in talks])
    chosen, rule = _choose(sorted(known), said, roles, talks[-1][0])
    ids = [item_id for item_id, _ in chosen]
    items = _rows_of(tables, ids, ("item_id", "prompt", "candidate", "rival", "passage"))
    columns = ("item_id", "turns", "stances", "truncated")
    by_id = [(node, _rows_of([value.table], ids, columns)) for node, value in talks]
    shown_items = tuple(
        _example(items[item_id], why, by_id, said, roles) for item_id, why in chosen
    )
    return Examples(shown_items, rule, _place(graph, repeated), tuple(dict.fromkeys(missing)))


def _is_first(node: Node, graph: Graph, repeated: Replication) -> bool:
    """Whether the node belongs to the first repetition (and its first member)."""
    first = {axis.name: axis.points[0] for axis in graph.axes if axis.points}
    return all(
        node.point.get(axis, first[axis]) == first[axis] for axis in repeated.axes if axis in first
    )


def _places(node: Node, graph: Graph) -> list[int]:
    """Where the node stands on each axis, so that columns come in the order of the spec."""
    return [a.points.index(node.point[a.name]) for a in graph.axes if a.name in node.point]


def _place(graph: Graph, repeated: Replication) -> str:
    axes = [axis for axis in graph.axes if axis.name in repeated.axes and axis.points]
    return listed([f"{axis.name} {axis.points[0]}" for axis in axes])


def _item_tables(graph: Graph, results: Results, nodes: Sequence[Node]) -> list[pa.Table]:
    """Items that the transcripts are about."""
    ids = dict.fromkeys(parent for node in nodes for parent in node.parents())
    inputs = [p for p in ids if p in graph.nodes and graph.nodes[p].kind is Kind.ITEMS]
    values = [results.value(parent) for parent in inputs]
    return [value.table for value in values if isinstance(value, Items)]


def _ids(tables: Sequence[pa.Table]) -> set[str]:
    return {item_id for table in tables for item_id in table["item_id"].to_pylist()}


def _rows_of(
    tables: Sequence[pa.Table], ids: Sequence[str], columns: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The rows with these ids; nothing else of the tables is read into Python."""
    wanted = set(ids)
    found: dict[str, dict[str, Any]] = {}
    for table in tables:
        chosen = table.select(list(columns))
        for place, item_id in enumerate(table["item_id"].to_pylist()):
            if item_id in wanted and item_id not in found:  # a slice, as `take` imports pandas
                found[item_id] = chosen.slice(place, 1).to_pylist()[0]
    return found


def _said(graph: Graph, results: Results, repeated: Replication) -> Iterator[_Rows]:
    """What every measured predictor said, in the first repetition."""
    first = {axis.name: axis.points[0] for axis in graph.axes if axis.points}
    seen: set[tuple[str, str]] = set()
    for measure in graph.measures:
        for cell in measure.cells:
            here = all(cell.point.get(a, first.get(a)) == first.get(a) for a in repeated.axes)
            point = {a: name for a, name in cell.point.items() if a not in repeated.axes}
            mark = (cell.of, json.dumps(point, sort_keys=True))
            metric = results.metric(cell.node) if here and cell.of and mark not in seen else None
            if isinstance(metric, Metric) and metric.rows is not None:
                rows = _answers(metric)
                if rows:
                    seen.add(mark)
                    yield _Rows(cell.of, point, rows)


def _answers(metric: Metric) -> dict[str, tuple[float, bool, bool]]:
    names = ["item_id", "probability", "gold", "right"]
    if metric.rows is None or not set(names) <= set(metric.rows.column_names):
        return {}
    columns = [metric.rows.column(name).to_pylist() for name in names]
    return {i: (p, bool(g), bool(r)) for i, p, g, r in zip(*columns, strict=True)}


def _choose(
    ids: Sequence[str], said: Sequence[_Rows], roles: Roles, last: Node
) -> tuple[list[tuple[str, str]], str]:
    """Item ids with the reason for each: the first (by id) of each class of outcome."""
    weak = next((r for r in said if roles.of(r.of) == "weak"), None)
    student = next(
        (r for r in said if roles.of(r.of) == "student" and _fits(r.point, last.point)), None
    )
    if weak is None or student is None:
        return [(i, "") for i in ids[:ITEMS_SHOWN]], "the first by item id"
    classes = [
        (f"{student.of} is right where {weak.of} is wrong", False, True, 2),
        (f"{student.of} is wrong where {weak.of} is right", True, False, 1),
        ("both are wrong", False, False, 1),
        ("both are right", True, True, 1),
    ]
    chosen = []
    for why, weak_right, student_right, count in classes:
        fitting = [
            i
            for i in ids
            if i in weak.rows
            and i in student.rows
            and (weak.rows[i][2], student.rows[i][2]) == (weak_right, student_right)
        ]
        chosen += [(i, why) for i in fitting[:count]]
    point = ", ".join(f"{axis} {name}" for axis, name in student.point.items())
    rule = "the first by item id of each outcome" + (f", judged at {point}" if point else "")
    return chosen, rule


def _fits(point: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return all(other.get(axis, name) == name for axis, name in point.items())


def _example(
    item: Mapping[str, str],
    why: str,
    talks: Sequence[tuple[Node, Mapping[str, Mapping[str, Any]]]],
    said: Sequence[_Rows],
    roles: Roles,
) -> Example:
    item_id = item["item_id"]
    rows = [(node, by_id[item_id]) for node, by_id in talks if item_id in by_id]
    axes = {axis for node, _ in rows for axis in node.point}
    shared = [one for one in said if not axes & one.point.keys()]
    sides = tuple(_side(node, row, said, item_id, roles) for node, row in rows)
    gold = next((one.rows[item_id][1] for one in said if item_id in one.rows), None)
    return Example(
        why,
        item_id,
        item["prompt"] or "",
        item["candidate"] or "",
        item["rival"] or "",
        gold,
        _marked_passage(item["passage"] or "", [row for _, row in rows]),
        tuple(_answer(one, item_id, roles) for one in shared if item_id in one.rows),
        sides,
    )


def _answer(one: _Rows, item_id: str, roles: Roles) -> Answer:
    probability, _, right = one.rows[item_id]
    return Answer(one.of, roles.family(one.of), probability, right)


def _side(
    node: Node, row: Mapping[str, Any], said: Sequence[_Rows], item_id: str, roles: Roles
) -> Side:
    turns = row["turns"] or []
    design = [axis for axis in node.point if any(axis in one.point for one in said)]
    title = " · ".join(node.point[axis] for axis in design) or node.name
    answers = [
        _answer(one, item_id, roles)
        for one in said
        if one.point.keys() & node.point.keys()
        and _fits(one.point, node.point)
        and item_id in one.rows
    ]
    return Side(
        title,
        tuple(_stances(row["stances"])),
        tuple(_turn(turn) for turn in turns[:TURNS_SHOWN]),
        max(0, len(turns) - TURNS_SHOWN),
        bool(row["truncated"]),
        tuple(answers),
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


def _turn(turn: Mapping[str, Any]) -> Turn:
    said = without_marks(turn["text"] or "")  # the reader's marks are colours here
    text = said[: TURN_LIMIT + 1]
    quotes = [(q["text"] or "", bool(q["verified"])) for q in turn["quotes"] or []]
    spans, loose = [], []
    for quote, verified in quotes:
        found = find_quote(quote, text)
        if found:
            spans.append((*found, "verified" if verified else "unverified", ""))
        else:
            loose.append((quote, verified))
    body = marked(said, spans, TURN_LIMIT)
    return Turn(int(turn["turn"]), turn["debater"] or "", body, tuple(loose))


def _marked_passage(passage: str, rows: Sequence[Mapping[str, Any]]) -> Markup:
    """The passage with every verified quote of any protocol marked."""
    spans = []
    for row in rows:
        for turn in row["turns"] or []:
            for quote in turn["quotes"] or []:
                found = find_quote(quote["text"] or "", passage) if quote["verified"] else None
                if found:
                    spans.append((*found, "verified", f"quoted by {turn['debater']}"))
    return marked(passage, spans, LIMIT)
