"""What a run has not come to: why, and what it would take."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from w2sdl.budget import Budget
from w2sdl.graph import Graph, Node
from w2sdl.planning.deciding import plan_graph
from w2sdl.planning.plan import Plan
from w2sdl_runtime.cache.index import store_index
from w2sdl_runtime.driver.frontier import Frontier
from w2sdl_runtime.driver.options import Options
from w2sdl_runtime.runs.run_record import RunInfo, Status
from w2sdl_runtime.sources import Sources
from w2sdl_runtime.storage.store import Store


def why_each(
    left_out: Collection[str], failed: Iterable[Node], frontier: Frontier
) -> dict[str, str]:
    """Why nodes were left, by id, as far as that lies with what they need or who asked."""
    reasons = dict.fromkeys(left_out, "it was not selected")
    for node in failed:
        for id_ in frontier.descendants(node.id):
            reasons.setdefault(id_, f"needs {node.address}, which failed")
    return reasons


def why_skipped(status: Status, stopped: str, budget: Budget | None) -> str:
    """Why the others were left.

    Args:
        status: how the run ended.
        stopped: address of the node whose failure stopped it; "" where none did.
        budget: the budget, if it was reached.
    """
    if status == "interrupted":
        return "the run was interrupted"
    if stopped:
        return f"the run stopped after {stopped} failed"
    if budget is not None:
        return f"the budget of {budget} was reached"
    if status == "failed":
        return "the run could not go on"  # it is told why by what was raised
    return "needs what was not selected"


def remaining_plan(
    graph: Graph, store: Store, options: Options, info: RunInfo, sources: Sources
) -> Plan:
    """The plan of what a run is to do, as the store is now."""
    index = store_index(
        store,
        options.base,
        options.lock,
        sources,
        experiment=info.experiment,
        profiles=info.profiles,
    )
    force = graph.nodes if options.fresh else options.force
    plan = plan_graph(graph, index, frozenset(force))
    return plan if options.only is None else plan.only(options.only)
