"""What each measured predictor said of each item, in the first repetition, and how often it is right."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl.graph import Graph, MeasureTable
from w2sdl.kinds import Kind
from w2sdl.replication import Replication
from w2sdl.roles import Roles
from w2sdl_runtime.report.columns import numbers, texts
from w2sdl_runtime.report.items.asking import CANDIDATE, CLASS, PAIR, WORDS, Asked, by_other_labels
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.values import Items, Labels, Metric

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

#: What the rows of a metric need, to be told item by item.
NEEDED = {"item_id", "gold", "right"}
ITEM_TEXTS = ("prompt", "candidate", "rival", "passage")

Point = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Arm:
    """One predictor at one point of the design; arrays have one entry an item, in order of the part."""

    of: str
    role: str  #: "weak", "student" ...; "other" where it has none
    family: str  #: the role that gives it its colour
    point: Point  #: without the axes that repeat the experiment
    right: NDArray[np.bool_]  #: in the first repetition
    probability: (
        NDArray[np.float64] | None
    )  #: P(the candidate is right); None of one that says words
    words: Sequence[str]  #: what it said, of one that says words; else empty
    times: NDArray[np.int64]  #: in how many of its repetitions it is right
    repetitions: int
    rests_on: frozenset[str] = frozenset()  #: nodes of transcripts that went into its answers

    def same(self, other: Arm) -> NDArray[np.bool_]:
        """Where both say the same, right or not."""
        if self.words and other.words:
            return np.array([a == b for a, b in zip(self.words, other.words, strict=True)], bool)
        return np.asarray(self.right == other.right)  # of two classes


@dataclass(frozen=True)
class Part:
    """A measured part of the data: its items, their gold, and all that was said of them."""

    name: str
    ids: Sequence[str]
    gold: Sequence[str]  #: "1" and "0" of two classes, else words
    arms: Sequence[Arm]
    texts: Mapping[str, Mapping[str, str]] = field(repr=False)  #: by item id: `ITEM_TEXTS`
    on: str = ""  #: as measures write it: "sciq.test"
    against: str = ""  #: labels that take the place of gold
    pairs: bool = False  #: whether items are pairs, of which one is preferred

    @property
    def binary(self) -> bool:
        """Whether the question has two answers, and predictors give a probability."""
        return all(arm.probability is not None for arm in self.arms)

    @property
    def asked(self) -> Asked:
        """What is asked of its items."""
        if not self.binary:
            return WORDS
        if self.against:
            return by_other_labels(self.against)
        if self.pairs:
            return PAIR
        return CANDIDATE if any(text.get("candidate") for text in self.texts.values()) else CLASS


#: The part as measures write it, its item ids and their gold.
_Told = tuple[str, tuple[str, ...], tuple[str, ...]]


@dataclass
class _Group:
    """Metrics of one predictor at one point: of the first repetition, and of all."""

    measure: MeasureTable
    of: str
    point: Point
    node: str = ""
    first: Metric | None = None
    every: list[Metric] = field(default_factory=list)


def parts_of(graph: Graph, results: Results, repeated: Replication, roles: Roles) -> list[Part]:
    """Every part that was measured row by row, in the order of the spec.

    Measures of the same rows against the same gold are one part; against other gold they are another.
    """
    parts: dict[_Told, list[_Group]] = {}
    for group in _groups(graph, results, repeated):
        if group.first is not None:
            rows = _rows(group.first)
            told = (tuple(texts(rows, "item_id")), tuple(_gold(rows)))
            parts.setdefault((group.measure.on, *told), []).append(group)
    above = _transcripts_above(graph)
    return [
        _part(name, told, _once(groups), results, roles, above)
        for name, (told, groups) in zip(_names(parts), parts.items(), strict=True)
    ]


def _transcripts_above(graph: Graph) -> dict[str, frozenset[str]]:
    """By node: the nodes of transcripts that it is made from, at any distance."""
    above: dict[str, frozenset[str]] = {}
    for node in graph.order():
        own = {node.id} if node.kind is Kind.TRANSCRIPTS else set()
        above[node.id] = frozenset(own).union(*(above[parent] for parent in node.parents()))
    return above


def _groups(graph: Graph, results: Results, repeated: Replication) -> list[_Group]:
    first = {axis.name: axis.points[0] for axis in graph.axes if axis.points}
    groups: dict[tuple[str, str, str], _Group] = {}
    for measure in graph.measures:
        for cell in measure.cells:
            metric = results.metric(cell.node) if cell.of else None
            if not isinstance(metric, Metric) or not _is_told_by_item(metric):
                continue
            point = {a: at for a, at in cell.point.items() if a not in repeated.axes}
            key = (measure.name, cell.of, json.dumps(point))
            group = groups.setdefault(key, _Group(measure, cell.of, point))
            group.every.append(metric)
            if all(cell.point.get(a, first.get(a)) == first.get(a) for a in repeated.axes):
                group.node, group.first = cell.node, metric
    return list(groups.values())


def _is_told_by_item(metric: Metric) -> bool:
    return metric.rows is not None and set(metric.rows.column_names) >= NEEDED


def _rows(metric: Metric) -> pa.Table:
    if metric.rows is None:
        raise ValueError(f"{metric.name} was stored without its rows")
    return metric.rows


def _gold(rows: pa.Table) -> list[str]:
    return [_word(value) for value in rows.column("gold").to_pylist()]


def _word(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _names(parts: Mapping[_Told, Sequence[_Group]]) -> list[str]:
    """Names of parts. Of parts of one name that are different rows, where in the design they are.

    Where they are the same rows with other gold, the measure that asks for it.
    """
    fixed = [_fixed(groups) for groups in parts.values()]
    names = []
    for (on, _, _), own, groups in zip(parts, fixed, parts.values(), strict=True):
        alike = [point for (of, _, _), point in zip(parts, fixed, strict=True) if of == on]
        apart = [f"{a} {at}" for a, at in own.items() if any(p.get(a, at) != at for p in alike)]
        words = apart or [groups[0].measure.name]
        names.append(on if len(alike) == 1 else f"{on}, {', '.join(words)}")
    twice = {name for name in names if names.count(name) > 1}
    return [
        f"{name}, {groups[0].measure.name}" if name in twice else name
        for name, groups in zip(names, parts.values(), strict=True)
    ]


def _fixed(groups: Sequence[_Group]) -> dict[str, str]:
    """The axes on which all predictors of a part stand at one point."""
    first = groups[0].point
    return {a: at for a, at in first.items() if all(g.point.get(a) == at for g in groups)}


def _once(groups: Sequence[_Group]) -> list[_Group]:
    """Each predictor at each point once: several measures may be of it."""
    return list({(g.of, json.dumps(g.point)): g for g in reversed(groups)}.values())[::-1]


def _part(
    name: str,
    told: _Told,
    groups: Sequence[_Group],
    results: Results,
    roles: Roles,
    above: Mapping[str, frozenset[str]],
) -> Part:
    on, ids, gold = told
    places = {item_id: at for at, item_id in enumerate(ids)}
    arms = [_arm(group, places, roles, above[group.node]) for group in groups]
    arms.sort(key=lambda arm: roles.rank(arm.of))
    against = groups[0].measure.arguments.get("against", "")
    pairs = any(labels.label_kind == "pairwise" for labels in _labels_of(groups[0].node, results))
    return Part(name, ids, gold, arms, _texts_of(groups, results), on, against, pairs)


def _arm(group: _Group, places: Mapping[str, int], roles: Roles, rests_on: frozenset[str]) -> Arm:
    first = _rows(group.first) if group.first else _rows(group.every[0])
    names = first.column_names
    return Arm(
        group.of,
        roles.of(group.of),
        roles.family(group.of),
        group.point,
        numbers(first, "right") > 0,
        numbers(first, "probability") if "probability" in names else None,
        texts(first, "label") if "probability" not in names and "label" in names else (),
        _times(group.every, places),
        len(group.every),
        rests_on,
    )


def _times(metrics: Sequence[Metric], places: Mapping[str, int]) -> NDArray[np.int64]:
    """In how many repetitions each item is got right."""
    times = np.zeros(len(places), dtype=np.int64)
    order = list(places)
    for metric in metrics:
        rows = _rows(metric)
        ids, right = texts(rows, "item_id"), numbers(rows, "right") > 0
        if ids == order:
            times += right
        else:  # repetitions may measure other rows
            for item_id, so in zip(ids, right, strict=True):
                if item_id in places:
                    times[places[item_id]] += bool(so)
    return times


def _texts_of(groups: Sequence[_Group], results: Results) -> dict[str, dict[str, str]]:
    """The texts of the items, by way of the labels that were measured; {} where they are gone."""
    for group in groups:
        for items in _items_above(group.node, results):
            names = [name for name in ITEM_TEXTS if name in items.table.column_names]
            columns = {name: texts(items.table, name) for name in names}
            return {
                item_id: {name: columns[name][at] for name in names}
                for at, item_id in enumerate(items.column("item_id"))
            }
    return {}


def _items_above(node: str, results: Results) -> Iterator[Items]:
    for labels in _labels_of(node, results):
        found = results.opened(labels.items)
        if isinstance(found, Items):
            yield found


def _labels_of(node: str, results: Results) -> Iterator[Labels]:
    """The labels that a measure compares."""
    for parent in results.graph.nodes[node].parents():
        labels = results.value(parent)
        if isinstance(labels, Labels):
            yield labels
