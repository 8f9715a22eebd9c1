"""Options that say which nodes: ``--select``, ``--exclude``, ``--until``, ``--force``, ``--fresh``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

import click

from w2sdl.cli.common import Failure
from w2sdl.cli.options import in_order
from w2sdl.graph import Graph
from w2sdl.planning.plan import Action, Plan
from w2sdl.planning.selection import UnknownSelection, plan_states, select, with_ancestors
from w2sdl.wording import first_of

R = TypeVar("R")
_SHOWN = 5  #: addresses in a message


@dataclass(frozen=True, slots=True)
class Selection:
    """What the command line asks for; all nodes where it is empty."""

    wanted: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    until: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wanted or self.excluded or self.until)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a selection comes to.

    Attributes:
        only: ids of the selected nodes and of all that they are made from.
        needed: addresses of those that were not selected and are not stored.
    """

    only: frozenset[str]
    needed: tuple[str, ...]


def selection_options(function: Callable[..., R]) -> Callable[..., R]:
    """The options as one `Selection`, under the name ``selection``."""

    @wraps(function)
    def command(
        *args: Any,
        selected: tuple[str, ...],
        excluded: tuple[str, ...],
        until: tuple[str, ...],
        **rest: Any,
    ) -> R:
        return function(*args, selection=Selection(selected, excluded, until), **rest)

    return in_order(
        command,
        click.option("--select", "selected", multiple=True, metavar="NAME",
                     help="Only a part: NAME; +NAME, also what it comes from; NAME+, also what comes "
                          "of it; state:modified."),
        click.option("--exclude", "excluded", multiple=True, metavar="NAME",
                     help="All but a part."),
        click.option("--until", multiple=True, metavar="NAME", help="No further than NAME."),
    )  # fmt: skip


def force_options(function: Callable[..., R]) -> Callable[..., R]:
    """``--force`` and ``--fresh``."""
    return in_order(
        function,
        click.option("--force", multiple=True, metavar="NAME",
                     help="Compute a binding (or an address) again."),
        click.option("--fresh", is_flag=True, help="Compute everything again."),
    )  # fmt: skip


def forced_nodes(graph: Graph, force: tuple[str, ...], fresh: bool = False) -> frozenset[str]:
    """Ids of the nodes to compute whatever is stored."""
    if fresh:
        return frozenset(graph.nodes)
    try:
        return select(graph, force) if force else frozenset()
    except UnknownSelection as problem:
        near = f"did you mean {problem.near[0]}?" if problem.near else ""
        raise Failure(
            f"--force {problem.name}: no node has this name or address",
            near or "`w2sdl plan --all` lists all addresses",
        ) from problem


def selected_nodes(graph: Graph, selection: Selection, plan: Callable[[], Plan]) -> frozenset[str]:
    """Ids of the nodes that a selection names. The plan is made only where a state is asked for."""
    from w2sdl.planning.selection import asks_for_state

    values = (*selection.wanted, *selection.excluded, *selection.until)
    states = plan_states(plan()) if asks_for_state(values) else None
    try:
        return select(graph, selection.wanted, selection.excluded, states, selection.until)
    except UnknownSelection as problem:
        near = "`w2sdl plan SPEC --all` lists all addresses"
        if problem.near:
            near = f"did you mean `{problem.near[0]}`?"
        raise Failure(str(problem), near) from problem


def choose(graph: Graph, plan: Plan, selection: Selection) -> Chosen | None:
    """The nodes to run for a selection: itself, and what it needs that is not stored.

    Raises:
        Failure: when it needs what was excluded and is not stored, or names nothing.
    """
    if not selection:
        return None
    ids = selected_nodes(graph, selection, lambda: plan)
    only = with_ancestors(graph, ids)
    missing = [e for e in plan.only(only - ids).entries.values() if e.action is not Action.REUSE]
    excluded = selected_nodes(graph, Selection(selection.excluded), lambda: plan)
    barred = [
        f"`{e.node.address}`" for e in missing if selection.excluded and e.node.id in excluded
    ]
    if barred:
        raise Failure(
            f"what is selected needs {first_of(barred, _SHOWN)}, which --exclude leaves out and no run "
            "has stored",
            "leave out what depends on it too (--exclude NAME+), or let it run",
        )
    return Chosen(only, tuple(entry.node.address for entry in missing))
