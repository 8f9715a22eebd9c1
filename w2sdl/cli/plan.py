"""``w2sdl plan``."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import click

from w2sdl.cli.common import (
    Loaded,
    Request,
    environment_failures,
    load_spec,
    require_valid,
    spec_argument,
    store_option,
)
from w2sdl.graph import Graph
from w2sdl.location import StoreChoice, shown_location
from w2sdl.plan import Action, Plan, Reason, StoreIndex, plan_graph

_WHY = {
    Reason.CACHED: "stored",
    Reason.NEW: "never computed",
    Reason.FORCED: "--force",
    Reason.UPSTREAM_STALE: "after its inputs",
    Reason.UPSTREAM_MAYBE: "if its inputs change",
}


@click.command("plan")
@spec_argument
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print every node as JSON.")
@click.option("--all", "every", is_flag=True, help="Show every node, not a line for each name.")
def command(
    request: Request,
    *,
    store: StoreChoice,
    as_json: bool,
    every: bool,
) -> None:
    """Say what a run of SPEC would do, node by node, and why. Runs nothing."""
    loaded = load_spec(request, store)
    graph = require_valid(loaded)
    with environment_failures(request.debug):
        plan = make_plan(loaded, graph)
    if as_json:
        click.echo(json.dumps([_entry_json(entry) for entry in plan.entries.values()], indent=1))
        return
    for line in plan_lines(plan, every):
        click.echo(line)
    click.echo(f"\n{summary(plan)}  (store: {shown_location(loaded.settings.store)})")


def make_plan(loaded: Loaded, graph: Graph) -> Plan:
    """The plan of a graph against the store of its spec."""
    from w2sdl_runtime.index import store_index
    from w2sdl_runtime.stores import open_store

    store = open_store(loaded.settings.store)
    index: StoreIndex = store_index(store, loaded.base, loaded.lock)
    return plan_graph(graph, index)


def summary(plan: Plan) -> str:
    """``240 nodes: 12 to reuse, 228 to run``."""
    counts = plan.counts()
    parts = [f"{counts[Action.REUSE]} to reuse", f"{counts[Action.RUN]} to run"]
    if counts[Action.MAYBE]:
        parts.append(f"{counts[Action.MAYBE]} that depend on what comes out")
    return f"{len(plan.entries)} nodes: {', '.join(parts)}"


def plan_lines(plan: Plan, every: bool = False) -> list[str]:
    """A line for each name and action, or (``every``) for each node."""
    if every:
        return [
            f"{e.action:<6} {_WHY[e.reason]:<26} {e.node.address}" for e in plan.entries.values()
        ]
    groups: dict[str, Counter[tuple[Action, Reason]]] = {}
    for entry in plan.entries.values():
        groups.setdefault(entry.node.name, Counter())[entry.action, entry.reason] += 1
    return [
        f"{action:<6} {_WHY[reason]:<26} {count:>5} × {name}"
        for name, counts in groups.items()
        for (action, reason), count in counts.items()
    ]


def _entry_json(entry: Any) -> dict[str, Any]:
    return {
        "address": entry.node.address,
        "op": entry.node.op,
        "id": entry.node.id,
        "action": entry.action.value,
        "reason": entry.reason.value,
        "key": entry.key,
        "digest": entry.digest,
    }
