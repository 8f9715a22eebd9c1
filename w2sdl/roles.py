"""Who plays which part: roles of bindings and measured predictors, for words and colour."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from w2sdl.graph import Graph
from w2sdl.kinds import Kind

#: In the order in which columns and legends show them.
ROLES = (
    "data",
    "weak",
    "zero-shot",
    "strong",
    "debate",
    "supervisor",
    "other",
    "student",
    "ceiling",
)

_BASE = re.compile(r"^[^\\[(.]+")


def base_name(text: str) -> str:
    """The binding that a text such as `S'[loss: plain]` starts with."""
    match = _BASE.match(text)
    return match.group().strip() if match else text


def _known_name(text: str, names: Container[str]) -> str:
    """The same where names may have dots, as in sub-graphs (`one.next[seed: 0]`)."""
    whole = re.split(r"[\[(]", text, maxsplit=1)[0].strip()
    return whole if whole in names else base_name(text)


@dataclass(frozen=True, slots=True)
class Roles:
    """Role by binding name; ``lineage`` says whose copy a binding without a role is."""

    by_name: Mapping[str, str]
    lineage: Mapping[str, str]
    untrained: frozenset[str] = frozenset()  #: what answers without any training, whatever its role

    def of(self, text: str) -> str:
        """The role of a predictor as a measure spells it: `S'`, `zero_shot(S)`, `W'[member: 0]`."""
        if text.startswith("zero_shot("):
            return "zero-shot"
        return self.by_name.get(_known_name(text, self.by_name), "other")

    def family(self, name: str) -> str:
        """The role that gives a binding its colour: its own, or that of the model it came from."""
        own = self.of(name)
        return self.lineage.get(_known_name(name, self.lineage), own) if own == "other" else own

    def rank(self, text: str) -> int:
        """Place of the predictor in tables: weak first, ceiling last."""
        return ROLES.index(self.of(text))


def find_roles(graph: Graph) -> Roles:
    """Roles by port of measures (student, ceiling, supervisor), by declaration, and by kind."""
    roles: dict[str, str] = {}
    for binding in graph.bindings:
        if binding.role in ROLES:
            roles[binding.name] = binding.role
        elif binding.kind == Kind.TRANSCRIPTS:
            roles[binding.name] = "debate"
        elif binding.kind in (Kind.DATA, Kind.ITEMS, Kind.CORPUS):
            roles[binding.name] = "data"
    names = {binding.name for binding in graph.bindings}
    for measure in graph.measures:
        for port, text in measure.arguments.items():
            if port in ("weak", "student", "ceiling", "supervisor"):
                roles.setdefault(_known_name(text, names), port)
    for name in _supervisors(graph, roles):
        roles.setdefault(name, "supervisor")
    for binding in graph.bindings:
        roles.setdefault(binding.name, "other")
    untrained = {node.name for node in graph.nodes.values() if node.op == "zero_shot"}
    return Roles(roles, _lineage(graph, roles), frozenset(untrained))


def _lineage(graph: Graph, roles: Mapping[str, str]) -> dict[str, str]:
    """For predictors made from one declared model: the role of that model."""
    origin: dict[str, str] = {}
    names: dict[str, str] = {}
    for node in graph.order():
        if not _is_model(graph, node.id):
            continue
        own = roles.get(node.name, "other")
        parents = {origin[p] for p in node.parents() if p in origin}
        inherited = parents.pop() if len(parents) == 1 else "other"
        origin[node.id] = own if own in ("weak", "strong") else inherited
        names[node.name] = origin[node.id]
    return names


def _supervisors(graph: Graph, roles: Mapping[str, str]) -> Iterable[str]:
    """Bindings whose labels a student is trained on."""
    for node in graph.nodes.values():
        if roles.get(node.name) != "student" or node.kind is not Kind.PREDICTOR:
            continue
        for parent in node.parents():
            labels = graph.nodes[parent]
            if labels.kind is Kind.LABELS:
                yield from (graph.nodes[p].name for p in labels.parents() if _is_model(graph, p))


def _is_model(graph: Graph, node: str) -> bool:
    return graph.nodes[node].kind in (Kind.MODEL, Kind.PREDICTOR)
