"""Designs whose results are made up: real graphs, and rows that are right as often as a test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from w2sdl.diff.changes import Comparison
from w2sdl.diff.compare import told_apart
from w2sdl.diff.compared import Compared, lay_side_by_side
from w2sdl.diff.contents import ContentPair
from w2sdl.graph import Graph, MeasureTable
from w2sdl.kinds import Kind
from w2sdl.pipeline import Compilation
from w2sdl.source import Source as Text
from w2sdl_runtime.artifacts import Value
from w2sdl_runtime.comparing.aligning import align
from w2sdl_runtime.comparing.arms import Aligned
from w2sdl_runtime.comparing.sources import Source
from w2sdl_runtime.measuring.recovery import measure
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.values import ITEM_COLUMNS, Items, Labels, Metric

SPEC = """
experiment small "a spec small enough for a test"
axis seed = 0..2
axis loss = {plain: xent(), sure: logconf(alpha: 0.5)}
data d = science_qa(parts: {supervise: 80, transfer: 80, test: 80})
weak   W = pretrain(corpus(d), layers: 1, width: 8, steps: 4)
strong S = pretrain(corpus(d), layers: 1, width: 16, steps: 4)
teacher = finetune(W, gold(d.supervise), head: likelihood(), seed: seed)
student = Ψ(S, label(teacher, d.transfer), head: likelihood(), loss: loss, seed: seed)
ceiling = Ψ(S, gold(d.transfer), head: likelihood(), seed: seed)
measure scores = accuracy(teacher, student, ceiling) on d.test
measure recovered = pgr(weak: teacher, student: student, ceiling: ceiling, over: seed) on d.test
"""
#: How often an arm is right: from what is measured, the point and the side's own name.
Skill = Callable[[str, Mapping[str, str]], float]


def usual(of: str, point: Mapping[str, str]) -> float:
    """The weak model, its student, the ceiling."""
    return {"teacher": 0.6, "ceiling": 0.9}.get(of, 0.75 if point.get("loss") == "plain" else 0.8)


@dataclass
class Made:
    """A side of a comparison, and its values by digest."""

    graph: Graph
    ids: list[str]
    gold: np.ndarray[Any, Any]
    texts: list[str]
    values: dict[str, Value] = field(default_factory=dict)
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def open(self, digest: str) -> Value:
        return self.values[digest]

    def source(self, name: str) -> Source:
        results = Results(self.graph, self.nodes, self)
        better = {op.name: op.better for op in load_signatures().ops.values()}
        return Source(name, self.graph, results, f"w2sdl run {name}", better)

    def put(self, node: str, value: Value, digest: str) -> None:
        self.values[digest] = value
        self.nodes[node] = {"digest": digest, "key": digest, "action": "executed"}

    def right(self, of: str, **point: str) -> np.ndarray[Any, Any]:
        """Whether an arm is right: seeds x rows, as stored."""
        cells = self.cells("scores", of, **point)
        rows = [self.values[self.nodes[node]["digest"]].rows["right"] for node in cells]  # type: ignore[attr-defined]
        return np.asarray([one.to_pylist() for one in rows], dtype=np.float64)

    def cells(self, measured: str, of: str = "", **point: str) -> list[str]:
        table = next(t for t in self.graph.measures if t.name == measured)
        return [c.node for c in table.cells if c.of == of and point.items() <= c.point.items()]

    def lose(self, node: str, message: str = "the soup is cold") -> None:
        """As if the node had failed."""
        self.nodes[node] = {"digest": "", "action": "failed", "error": {"message": message}}


def graph_of(spec: str) -> Graph:
    compilation = Compilation(Text("made.w2s", spec), load_signatures())
    assert compilation.graph is not None, compilation.diagnostics
    return compilation.graph


def make(
    spec: str = SPEC, skill: Skill = usual, seed: int = 0, rows: range = range(200), drawn: str = ""
) -> Made:
    """Results of a spec: items numbered by ``rows``; ``drawn`` makes other texts of the same ids."""
    ids = [f"{row:016x}" for row in rows]
    gold = np.asarray([row % 2 == 0 for row in rows])
    made = Made(graph_of(spec), ids, gold, [f"question {row}{drawn}" for row in rows])
    _add_gold(made)

    def hits(of: str, point: Mapping[str, str]) -> Any:
        key = f"{of} {sorted(point.items())} {seed}"
        generator = np.random.default_rng(list(key.encode()))
        return generator.random(len(ids)) < skill(of, point)

    for table in made.graph.measures:
        for cell in table.cells:
            mark = f"{seed} {drawn} {rows} {skill(cell.of, cell.point)} {cell.node}"
            if table.op == "pgr":
                made.put(cell.node, _gap(made, table, cell.point, hits), mark)
            else:
                made.put(cell.node, _accuracy(made, hits(cell.of, cell.point)), mark)
    return made


def _gap(
    made: Made, table: MeasureTable, point: Mapping[str, str], hits: Callable[..., Any]
) -> Metric:
    seeds = next(axis.points for axis in made.graph.axes if axis.name == "seed")
    roles = []
    for role in ("weak", "student", "ceiling"):
        own = dict(point) if role == "student" else {}
        of = table.arguments[role]
        roles.append(np.stack([hits(of, {**own, "seed": seed}) for seed in seeds]))
    return measure(np.stack(roles), made.ids, 200, np.random.default_rng(0))


def _accuracy(made: Made, hits: Any) -> Metric:
    generator = np.random.default_rng(np.packbits(hits).tolist())
    label = np.where(hits, made.gold, ~made.gold)
    chance = np.where(label, 0.5, 0.0) + generator.random(len(hits)) / 2
    columns = {"item_id": made.ids, "probability": chance, "label": label, "gold": made.gold}
    facts = {"score": "right", "unit": "share"}
    rows = pa.table({**columns, "right": hits})
    return Metric("accuracy", float(hits.mean()), None, None, len(hits), "", facts, rows)


def _add_gold(made: Made) -> None:
    """The gold labels that measures are measured against, with their items."""
    texts = {"item_id": made.ids, "prompt": made.texts, "candidate": ["yes"] * len(made.ids)}
    blank = {name: [""] * len(made.ids) for name in ITEM_COLUMNS if name not in texts}
    items = Items(pa.table({**texts, **blank}))
    mark = f"items {hash(tuple(made.texts))}"
    made.values[mark] = items
    table = pa.table({"item_id": made.ids, "value": made.gold.astype(np.float64)})
    for node in made.graph.nodes.values():
        if node.kind is Kind.LABELS and node.op == "gold":
            made.put(node.id, Labels(table, mark, "hard", "gold", made), f"gold {mark}")


def retell(made: Made) -> None:
    """Give the items of a side its texts as they are now."""
    for node in made.graph.nodes.values():
        if node.op == "gold":
            labels: Any = made.values[made.nodes[node.id]["digest"]]
            items: Any = made.values[labels.items]
            place = items.table.column_names.index("prompt")
            items.table = items.table.set_column(place, "prompt", pa.array(made.texts))


def laid(a: Made, b: Made) -> tuple[Compared, Comparison]:
    compared = lay_side_by_side(a.graph, b.graph, load_signatures(), ContentPair(None))
    return compared, told_apart(compared, ("a", "b"))


def aligned(a: Made, b: Made) -> Aligned:
    """Both sides aligned, as the command does it."""
    return align(a.source("run a"), b.source("run b"), *laid(a, b))
