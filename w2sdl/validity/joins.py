"""Rows that are joined by item and surely have none in common: labels for rows that don't exist."""

from __future__ import annotations

from collections.abc import Mapping

from w2sdl.errors.graph import OtherRows
from w2sdl.graph import Node
from w2sdl.messages.diagnostics import Collector, Label
from w2sdl.source import Span
from w2sdl.validity.facts import Fact, parts_text
from w2sdl.validity.flow import Flow


def check_joins(flow: Flow, places: Mapping[str, Span], messages: Collector) -> None:
    """Report where what a node joins row by row is of other parts; the same mistake once.

    Args:
        flow: the facts of all nodes.
        places: where each node stands in the source.
        messages: gets an error for each mistake.
    """
    said: set[tuple[Span | None, str]] = set()
    for node in flow.graph.nodes.values():
        found = _mistake(node, flow, places)
        if found is not None and (found.span, found.title()) not in said:
            said.add((found.span, found.title()))
            messages.add(found)


def _mistake(node: Node, flow: Flow, places: Mapping[str, Span]) -> OtherRows | None:
    """All that comes in is compared with the first of it, as operations join to the first."""
    joined = [f for f in flow.flows[node.id] if f.port.rows == "joined"]
    every = [(f.port.name, id_) for f in joined for id_ in f.ids]
    for port, other in every[1:]:
        first, one = every[0]
        if not _apart(flow.facts[one], flow.facts[other]):
            continue
        texts = {id_: parts_text(flow.facts[id_].rows) for id_ in (one, other)}
        return OtherRows(
            span=places.get(node.id),
            op=node.op,
            ports=" and ".join(dict.fromkeys((f"`{first}`", f"`{port}`"))),
            rows=texts[one],
            others=texts[other],
            related=tuple(
                Label(places[id_], f"rows of {text}")
                for id_, text in texts.items()
                if id_ in places
            ),
        )
    return None


def _apart(one: Fact, other: Fact) -> bool:
    """Whether two results surely share no row: all parts of one data set, and none of them the same.

    Two data sets may hold the same rows: items go by their content.
    """
    if one.elsewhere or other.elsewhere:
        return False
    pairs = [(a, b) for a in one.rows for b in other.rows]
    return bool(pairs) and all(
        a.data == b.data and a.name != b.name and a.name and b.name for a, b in pairs
    )
