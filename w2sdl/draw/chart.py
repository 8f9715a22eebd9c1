"""What a picture of a graph shows, before any geometry or format: boxes, their nodes, arrows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from w2sdl.draw.design import FLOWS
from w2sdl.graph import Graph
from w2sdl.planning.plan import Action, Plan

#: How each action is said; never shown by colour alone.
STATUS_WORDS = {Action.REUSE: "stored", Action.RUN: "to run", Action.MAYBE: "maybe"}

#: Status of nodes by id, as a plan finds it.
Status = Mapping[str, Action]


@dataclass(frozen=True, slots=True)
class Row:
    """Nodes of a box that differ only in repetitions (seeds, members). ``label`` is their point."""

    label: str
    nodes: tuple[str, ...]  #: ids


@dataclass(frozen=True, slots=True)
class Box:
    """All nodes of one name: a binding, an unnamed call, or a measure."""

    id: str  #: safe in every format: "n3"
    name: str
    operation: str  #: as spelled: "Ψ"
    part: str  #: what it plays: "weak", "student", "measure" ...; "" for none
    family: str  #: the role that gives it its colour: its own, or of the model that it came from
    axes: tuple[str, ...]
    text: str  #: its definition
    line: int
    rows: tuple[Row, ...]
    is_named: bool = True
    also: tuple[str, ...] = ()  #: addresses of equal nodes that were merged into these

    @property
    def nodes(self) -> tuple[str, ...]:
        return tuple(node for row in self.rows for node in row.nodes)

    def only(self, nodes: Collection[str]) -> Box:
        """The box with some of its nodes; without rows where it has none of them."""
        rows = [Row(row.label, tuple(n for n in row.nodes if n in nodes)) for row in self.rows]
        return replace(self, rows=tuple(row for row in rows if row.nodes))

    @property
    def note(self) -> str:
        """The operation, and the part that the box plays or comes from: what its colour says."""
        part = self.part
        if not part and self.family not in ("other", "measure"):
            part = f"from {self.family}"
        return " · ".join(text for text in (self.operation, part) if text)

    @property
    def is_measure(self) -> bool:
        return self.part == "measure"


@dataclass(frozen=True, slots=True)
class Arrow:
    """What reaches a box from another one. ``ports`` are the inputs that it arrives at."""

    source: str  #: id of a box
    target: str
    what: str  #: one of `w2sdl.draw.design.FLOWS`
    ports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole picture. ``status`` is empty where nobody asked for it."""

    graph: Graph
    is_resolved: bool
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    status: Status = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What arrows carry, for a legend."""
        found = {arrow.what for arrow in self.arrows}
        return tuple(what for what in FLOWS if what in found)

    def only(self, nodes: Collection[str]) -> Chart:
        """The chart with some of its nodes, and what goes between them."""
        kept = [box for box in (box.only(nodes) for box in self.boxes) if box.rows]
        ids = {box.id for box in kept}
        arrows = tuple(a for a in self.arrows if a.source in ids and a.target in ids)
        graph = replace(
            self.graph, nodes={i: node for i, node in self.graph.nodes.items() if i in nodes}
        )
        return replace(self, graph=graph, boxes=tuple(kept), arrows=arrows)


def status_of(plan: Plan) -> Status:
    """The action of each node; one that can't run here counts as to run."""
    found = {id_: entry.action for id_, entry in plan.entries.items()}
    return {id_: Action.RUN if a is Action.BLOCKED else a for id_, a in found.items()}


def status_text(nodes: tuple[str, ...], status: Status) -> str:
    """``stored``, or ``9 stored, 3 to run``; "" where the status is not known."""
    counts = Counter(status[node] for node in nodes if node in status)
    if len(counts) == 1 and sum(counts.values()) == len(nodes):
        return STATUS_WORDS[next(iter(counts))]
    return ", ".join(f"{counts[a]:,} {word}" for a, word in STATUS_WORDS.items() if counts[a])


def status_word(nodes: tuple[str, ...], status: Status) -> str:
    """One word for a box: that of all its nodes, or ``mixed``; "" where it is not known."""
    actions = {status[node] for node in nodes if node in status}
    if not actions:
        return ""
    return STATUS_WORDS[actions.pop()] if len(actions) == 1 else "mixed"
