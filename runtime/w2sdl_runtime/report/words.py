"""The design in sentences, generated from the graph: what was done, for any reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from w2sdl.draw.design import Design
from w2sdl.graph import Graph, Node
from w2sdl.kinds import Kind
from w2sdl.replication import Replication
from w2sdl.roles import Roles, base_name
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.report.sourced import corpus_source, data_source, model_source
from w2sdl_runtime.report.text import listed
from w2sdl_runtime.values import Data


@dataclass(frozen=True, slots=True)
class Sentence:
    """What one binding is: name, role for the colour, a sentence, how often, and its text."""

    name: str
    role: str
    text: str
    often: str
    spelled: str


@dataclass(frozen=True, slots=True)
class AxisWords:
    """An axis for readers: its points as written, and what it is for."""

    name: str
    points: tuple[tuple[str, str], ...]
    purpose: str


def sentences(graph: Graph, design: Design, roles: Roles, results: Results) -> list[Sentence]:
    """One sentence for each binding, in the order of the spec."""
    twins = _twins(graph)
    found = []
    for binding in graph.bindings:
        name, role = binding.name, roles.family(binding.name)
        if name in design.examples:
            text = _sentence(graph, roles, design.examples[name], results, binding.text)
            often = _often(binding.dims, design.counts[name])
            found.append(Sentence(name, role, text, often, binding.text))
        elif name in twins:
            text = f"the same computation as {twins[name]}, so it was done once"
            found.append(Sentence(name, role, text, "", binding.text))
    return found


def _twins(graph: Graph) -> dict[str, str]:
    """Bindings whose nodes were all merged into equal ones, with the name those go by."""
    return {base_name(a): n.name for n in graph.order() for a in n.aliases}


def _sentence(graph: Graph, roles: Roles, node: Node, results: Results, spelled: str) -> str:
    parents = [graph.nodes[parent] for parent in node.parents() if parent in graph.nodes]
    role = roles.of(node.name)
    match node.kind:
        case Kind.DATA:
            return _data(node, parents, results, spelled)
        case Kind.MODEL:
            kind = f"the {role} model" if role in ("weak", "strong") else "a model"
            return f"{kind}{_sizes(node.params)}{model_source(node, parents)}"
        case Kind.TRANSCRIPTS:
            return _transcripts(graph, node, parents)
        case Kind.PREDICTOR:
            return _predictor(graph, roles, node, parents)
        case _:
            of = listed(list(dict.fromkeys(parent.name for parent in parents)))
            made = str(node.kind) if node.op == node.kind.lower() else f"{node.kind} by {node.op}"
            return f"{made} from {of}" if of else f"{made}{corpus_source(node)}"


def _transcripts(graph: Graph, node: Node, parents: list[Node]) -> str:
    """Who argues about which items, and under which protocols, of all nodes of the name."""
    about = listed([_inside(name) for name in _names(parents, Kind.ITEMS, Kind.DATA)])
    if node.op == "transcript_file":
        return f"what {_stated(node.params)} said of {about}, from a file"
    models = [parent.name for parent in parents if parent.kind in (Kind.MODEL, Kind.PREDICTOR)]
    who = f"two copies of {models[0]}" if len(models) == 2 and len({*models}) == 1 else ""
    who = who or listed(list(dict.fromkeys(models))) or "no model"
    items = f"each item of {about}" if about else "each item"
    protocols = _protocols(graph, node.name)
    if protocols == ["debate"] and len(models) > 1:
        return f"{who} debate {items}"
    many = "the protocols " if len(protocols) > 1 else ""
    under = f", under {many}{listed(protocols, 'or')}" if protocols else ""
    return f"what {who} {'say' if len(models) > 1 else 'says'} about {items}{under}"


def _protocols(graph: Graph, name: str) -> list[str]:
    """The variants of ``protocol`` that the nodes of a name have, in the order of computation."""
    found = [node.params.get("protocol") for node in graph.order() if node.name == name]
    return list(dict.fromkeys(str(one["variant"]) for one in found if isinstance(one, Mapping)))


def _data(node: Node, parents: list[Node], results: Results, spelled: str) -> str:
    """The parts, in the order of the spec, with their sizes: as made, or else as asked for."""
    value = results.value(node.id)
    if isinstance(value, Data):
        parts: Mapping[str, Any] = {name: part.rows for name, part in value.parts.items()}
    else:
        asked = node.params.get("parts")
        parts = asked if isinstance(asked, Mapping) else {}
    names = sorted(parts, key=lambda name: spelled.find(f"{name}:"))
    sizes = [f"{n} ({parts[n]:,})" if isinstance(parts[n], int) else n for n in names]
    above = _names(parents, Kind.DATA)
    made = f"{listed(above)} by {node.op}" if above else "the data"
    source = "" if above else f"; {data_source(node)}"
    if not sizes or (above and len(sizes) == 1):
        return (f"{made}: {sizes[0]}" if sizes else made) + source
    return f"{made}, in disjoint parts: {listed(sizes)}{source}"


def _sizes(params: Mapping[str, Any]) -> str:
    """The few numbers that say how large a model is, where it has them."""
    words = [
        f"{params[name]:,} {name}" if name in ("steps", "layers") else f"{name} {params[name]:,}"
        for name in ("layers", "width", "steps")
        if isinstance(params.get(name), int)
    ]
    repo = [str(params["repo"])] if isinstance(params.get("repo"), str) else []
    text = ", ".join([*repo, *words]).replace("1 layers", "1 layer") if repo or words else ""
    return f" ({text})" if text else ""


def _names(parents: list[Node], *kinds: Kind) -> list[str]:
    return list(dict.fromkeys(parent.name for parent in parents if parent.kind in kinds))


def _predictor(graph: Graph, roles: Roles, node: Node, parents: list[Node]) -> str:
    role = roles.of(node.name)
    titles = {"weak": "weak baseline"} | {r: r for r in ("student", "supervisor", "ceiling")}
    who = f"the {titles[role]}: " if role in titles else ""
    models = _names(parents, Kind.MODEL, Kind.PREDICTOR)
    labels = [parent for parent in parents if parent.kind is Kind.LABELS]
    if node.op == "predictor_folder":
        return f"{who}a classifier from a folder, stated to be by {_stated(node.params)}"
    if not labels:
        how = {"ensemble": "the average of", "zero_shot": "without any training,"}
        over = _reduced(node, parents)
        averaged = f" over {listed(over)}" if node.op == "ensemble" and over else ""
        return (
            f"{who}{how.get(node.op, f'{node.written or node.op} of')} {listed(models)}{averaged}"
        )
    taught = listed(list(dict.fromkeys(_labels(graph, one) for one in labels)))
    reads = listed(_names(parents, Kind.TRANSCRIPTS))
    evidence = f", reading {reads}" if reads else ""
    if not models:  # a probe reads states, not the model that has them
        states = [p.name for p in parents if p.kind not in (Kind.LABELS, Kind.TRANSCRIPTS)]
        return f"{who}a {node.op} of {listed(states)}, trained on {taught}{evidence}"
    return f"{who}{listed(models)} trained on {taught}{evidence}"


def _reduced(node: Node, parents: list[Node]) -> list[str]:
    """Axes along which the parents of a node lie, and the node itself does not."""
    return [axis for axis in parents[0].point if axis not in node.point] if parents else []


def _labels(graph: Graph, node: Node) -> str:
    """Labels in words: whose they are, and of which rows."""
    parents = [graph.nodes[parent] for parent in node.parents() if parent in graph.nodes]
    models = _names(parents, Kind.MODEL, Kind.PREDICTOR)
    if node.op == "label" and models:
        rows = _inside(node.name).split(",", 1)
        of = f" on {rows[1].strip()}" if len(rows) > 1 else ""
        return f"what {listed(models)} says{of}"
    if node.op == "label_file":
        return f"labels from a file, stated to be by {_stated(node.params)}"
    if node.op == "gold":
        return f"the gold labels of {_inside(node.name)}" if "(" in node.name else "gold labels"
    return node.name


def _stated(params: Mapping[str, Any]) -> str:
    """Who made what a file holds, as its parameter ``origin`` says it."""
    origin = params.get("origin")
    given = origin if isinstance(origin, Mapping) else {}
    name = {"human": "people"}.get(str(given.get("variant")), f"a {given.get('variant')}")
    fields = [str(text) for field, text in given.items() if field != "variant" and text]
    return f"{name} ({', '.join(fields)})" if fields else name


def _inside(text: str) -> str:
    """The arguments of a call as written."""
    return text.partition("(")[2].rpartition(")")[0] or text


def _often(dims: tuple[str, ...], count: int) -> str:
    if not dims:
        return ""
    return f"{count:,}, one for each {listed(list(dims))}"


def axes_in_words(graph: Graph, repeated: Replication) -> list[AxisWords]:
    """All axes with their points, and whether they vary the design or repeat it."""
    found = []
    for axis in graph.axes:
        if axis.name == repeated.unit:
            purpose = "repeats the experiment"
        elif axis.name in repeated.inner:
            purpose = "averaged within each repetition"
        else:
            purpose = "varies the design"
        points = tuple(zip(axis.points, axis.texts, strict=True))
        found.append(AxisWords(axis.name, points, purpose))
    return found
