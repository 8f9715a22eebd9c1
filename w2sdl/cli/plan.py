"""``w2sdl plan``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from w2sdl import __version__
from w2sdl.cli.common import (
    Failure,
    Loaded,
    Request,
    environment_failures,
    load_spec,
    require_valid,
    spec_argument,
)
from w2sdl.cli.confined import confinement_of
from w2sdl.cli.locked import locked_option, require_locked
from w2sdl.cli.machine_options import budget_option, chosen_budget, executor_of, machine_options
from w2sdl.cli.memory_text import memory_lines
from w2sdl.cli.options import json_option, store_option
from w2sdl.cli.output import json_text, print_json
from w2sdl.cli.plan_text import plan_lines, summary
from w2sdl.cli.selecting import (
    Chosen,
    Selection,
    choose,
    force_options,
    forced_nodes,
    selection_options,
)
from w2sdl.graph import Graph
from w2sdl.location import StoreChoice, shown_location
from w2sdl.planning.deciding import plan_graph
from w2sdl.planning.plan import Action, Plan
from w2sdl.planning.reasons import TooLarge, Unmet

if TYPE_CHECKING:
    from w2sdl.cli.foresight import Foresight
    from w2sdl_runtime.cache.index import StoredIndex
    from w2sdl_runtime.storage.claims import Registered


@click.command("plan")
@spec_argument
@store_option
@selection_options
@force_options
@machine_options
@budget_option
@locked_option
@json_option
@click.option("--all", "every", is_flag=True, help="Show every node, not a line for each name.")
@click.option("--memory", is_flag=True,
              help="Show what each network takes: weights, memory, work; an estimate.")  # fmt: skip
@click.option("--out", "-o", type=click.Path(path_type=Path, dir_okay=False),
              help="Write the plan to a file that `w2sdl run` obeys.")  # fmt: skip
@click.option("--detailed-exitcode", is_flag=True,
              help="Exit with 2 when a run would compute anything, and 0 when nothing.")  # fmt: skip
def command(
    request: Request,
    *,
    store: StoreChoice,
    selection: Selection,
    force: tuple[str, ...],
    fresh: bool,
    locked: bool,
    as_json: bool,
    every: bool,
    memory: bool,
    out: Path | None,
    detailed_exitcode: bool,
    **machines: Any,
) -> int:
    """Say what a run of SPEC would do, node by node, and why. Runs nothing."""
    loaded = load_spec(request, store)
    graph = require_valid(loaded)
    with environment_failures(request.debug):
        if locked:
            require_locked(loaded, graph)
        forced = forced_nodes(graph, force, fresh)
        foresight = foresight_of(loaded, graph, machines)
        made = plan_design(loaded, graph, selection, forced, fresh, foresight)
        record = plan_record(loaded, graph, made) if as_json or out is not None else {}
        if out is not None:
            out.write_text(json_text(record), "utf-8")
    if as_json:
        print_json(record)
    else:
        print_plan(made, loaded, graph, every)
        if memory and made.foresight is not None:
            for line in memory_lines(made.plan, made.foresight):
                click.echo(line)
        if out is not None:
            click.echo(f"plan    {out}\n  to run it: w2sdl run {out}")
    return exit_code(made.plan, detailed_exitcode)


class Planned:
    """A plan with what it was made from. ``chosen`` is None where all nodes were asked for."""

    def __init__(
        self,
        plan: Plan,
        index: StoredIndex,
        force: frozenset[str],
        chosen: Chosen | None,
        foresight: Foresight | None = None,
    ) -> None:
        self.plan, self.index, self.force, self.chosen = plan, index, force, chosen
        self.foresight = foresight

    def only(self, ids: frozenset[str]) -> Planned:
        """The same for some of the nodes."""
        return Planned(self.plan.only(ids), self.index, self.force, None, self.foresight)


def plan_design(
    loaded: Loaded,
    graph: Graph,
    selection: Selection,
    force: frozenset[str] = frozenset(),
    fresh: bool = False,
    foresight: Foresight | None = None,
) -> Planned:
    """The plan of a part of a graph, against the store of its spec, and the machines where known."""
    index = make_index(loaded, graph)
    who = "--fresh" if fresh else "--force"
    lacks = {"lacks": foresight.lacks} if foresight is not None else {}
    plan = plan_graph(graph, index, force, who, **lacks)
    chosen = choose(graph, plan, selection)
    return Planned(plan.only(chosen.only) if chosen else plan, index, force, chosen, foresight)


def foresight_of(loaded: Loaded, graph: Graph, options: Mapping[str, Any]) -> Foresight:
    """What is known of the machines that the options of a command name."""
    from w2sdl.cli.foresight import foresee

    executor = executor_of(options, loaded.settings)
    budget = chosen_budget(options["budget"], loaded.settings)
    store = loaded.settings.store
    folder = store if isinstance(store, Path) else None
    return foresee(
        graph,
        executor,
        options["device"],
        budget,
        base=loaded.base,
        modules=loaded.modules,
        store=folder,
    )


def make_index(loaded: Loaded, graph: Graph) -> StoredIndex:
    """What the store of a spec has, as plans ask for it."""
    from w2sdl_runtime.cache.index import store_index
    from w2sdl_runtime.storage.opening import open_store

    store = open_store(loaded.settings.store)
    return store_index(
        store,
        loaded.base,
        loaded.lock,
        confinement=confinement_of(loaded),
        experiment=graph.experiment,
        profiles=loaded.profiles,
    )


def make_plan(loaded: Loaded, graph: Graph) -> Plan:
    """The plan of a whole graph.

    Raises:
        Failure: when a node can't run here.
    """
    plan = plan_graph(graph, make_index(loaded, graph))
    for entry in plan.of(Action.BLOCKED):
        for why in entry.reasons:
            if isinstance(why, Unmet):
                raise Failure(f"{entry.node.address}: {why.message}", why.help, why.code)
    return plan


def plan_record(loaded: Loaded, graph: Graph, made: Planned) -> Mapping[str, Any]:
    """The plan as JSON (`docs/plan.md`)."""
    from w2sdl.planning.plan_file import SpecPart, StorePart, save_plan, text_digest

    spec = SpecPart(
        path=str(loaded.path.resolve()),
        sha256=text_digest(loaded.compilation.source.text),
        profiles=list(loaded.profiles),
        overrides=list(loaded.overrides),
        modules=list(loaded.modules),
    )
    place = loaded.settings.store
    path = str(place.absolute()) if isinstance(place, Path) else place
    store = StorePart(path=path, generation=made.index.results.generation)
    return save_plan(
        made.plan,
        version=__version__,
        experiment=graph.experiment,
        spec=spec,
        store=store,
        force=made.force,
        machines=made.foresight.to_json(made.plan) if made.foresight else None,
        sizes=made.foresight.sizes(made.plan) if made.foresight else None,
        late={
            name: {"numbers": seen.numbers, "known": seen.known, "brought": seen.brought}
            for name, seen in late_expectations(graph, made.index).items()
        },
    )


def late_expectations(graph: Graph, index: StoredIndex) -> Mapping[str, Registered]:
    """The expectations that no run of the store has seen, of which results are there already."""
    from w2sdl_runtime.storage.claims import unseen

    new = unseen(graph, index.store, index.sources)
    return {name: seen for name, seen in new.items() if seen.state != "before"}


def print_plan(made: Planned, loaded: Loaded, graph: Graph, every: bool = False) -> None:
    """A plan for readers; what blocks it goes to standard error."""
    from w2sdl_runtime.storage.claims import late_text

    if made.chosen is not None and made.chosen.needed:
        names = ", ".join(f"`{name}`" for name in made.chosen.needed)
        click.echo(f"not selected, but needed and not stored: {names}\n")
    for line in plan_lines(made.plan, every):
        click.echo(line)
    click.echo(f"\n{summary(made.plan)}  (store: {shown_location(loaded.settings.store)})")
    if made.foresight is not None:
        said = [made.foresight.budget_text(made.plan), *made.foresight.notes(made.plan)]
        for line in filter(None, said):
            click.echo(line)
    if late := late_text(late_expectations(graph, made.index)):
        click.echo(late)
    for failure in _blocking(made):
        failure.show()


def _blocking(made: Planned) -> Iterator[Failure]:
    """What is missing, node by node, and all requests that fit nowhere in one message, as `run` says it."""
    lacking = []
    for entry in made.plan.of(Action.BLOCKED):
        for why in entry.reasons:
            if isinstance(why, Unmet):
                yield Failure(f"{entry.node.address}: {why.message}", why.help, why.code)
            elif isinstance(why, TooLarge):
                lacking.append((entry.node, why))
    if lacking:
        from w2sdl_runtime.driver.preflight import refusal

        refused = refusal(lacking, made.foresight.device if made.foresight else "auto")
        yield Failure(refused.message, refused.help)


def exit_code(plan: Plan, detailed: bool) -> int:
    """1 when a node can't run here; with ``detailed`` 2 when any will or may."""
    counts = plan.counts()
    if counts[Action.BLOCKED]:
        return 1
    return 2 if detailed and counts[Action.RUN] + counts[Action.MAYBE] else 0
