"""What ``w2sdl run`` is to compute: a spec with its options, or a saved plan that still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from w2sdl.cli.common import Failure, Loaded, Request, load_spec, require_valid
from w2sdl.cli.plan import Planned, make_index, plan_design
from w2sdl.cli.selecting import Selection, forced_nodes
from w2sdl.graph import Graph
from w2sdl.location import StoreChoice, parse_location

if TYPE_CHECKING:
    from w2sdl.cli.foresight import Foresight
    from w2sdl.planning.plan_file import SavedPlan


@dataclass(frozen=True, slots=True)
class Work:
    """A design, the part of it to compute, and what to compute again."""

    loaded: Loaded
    graph: Graph
    selection: Selection
    force: frozenset[str]
    saved: SavedPlan | None = None

    def planned(self, foresight: Foresight | None = None) -> Planned:
        """The plan of it, against the store as it is now, and the machines as far as they are known."""
        made = plan_design(self.loaded, self.graph, self.selection, self.force, foresight=foresight)
        if self.saved is not None:
            return made.only(self.saved.only)
        return made

    def only(self, as_json: bool = False) -> frozenset[str] | None:
        """Ids of the nodes to compute; None for all. Says what is needed besides.

        With ``as_json`` standard output belongs to events.
        """
        if self.saved is not None:
            return self.saved.only
        chosen = self.planned().chosen if self.selection else None
        if chosen is None:
            return None
        if chosen.needed:
            names = ", ".join(f"`{name}`" for name in chosen.needed)
            click.echo(f"not selected, but needed and not stored: {names}", err=as_json)
        return chosen.only


def work_of(request: Request, store: StoreChoice, options: Mapping[str, Any]) -> Work:
    """The work that a command line asks for.

    Raises:
        Failure: when a saved plan doesn't hold any more, or a name is not known.
    """
    if request.spec.suffix == ".json":
        return _saved_work(request, store, options)
    loaded = load_spec(request, store)
    graph = require_valid(loaded)
    force = forced_nodes(graph, options["force"], options["fresh"])
    return Work(loaded, graph, options["selection"], force)


def _saved_work(request: Request, store: StoreChoice, options: Mapping[str, Any]) -> Work:
    from w2sdl.planning.plan_file import check_plan, load_plan, moved_text, text_digest

    _require_bare(request, store, options)
    saved = load_plan(request.spec)
    spec = saved.spec
    again = Request(
        Path(spec.path),
        tuple(spec.profiles),
        tuple(spec.overrides),
        tuple(spec.modules),
        request.debug,
        request.error_format,
    )
    loaded = load_spec(again, StoreChoice(parse_location(saved.store.path)))
    if text_digest(loaded.compilation.source.text) != spec.sha256:
        raise _stale(request.spec, spec.path, f"the text of {spec.path} has changed")
    graph = require_valid(loaded)
    moved = check_plan(saved, graph, make_index(loaded, graph))
    if moved:
        raise _stale(request.spec, spec.path, moved_text(moved))
    return Work(loaded, graph, Selection(), frozenset(saved.force), saved)


def _require_bare(request: Request, store: StoreChoice, options: Mapping[str, Any]) -> None:
    """A plan says what is computed: options that would say otherwise are a mistake."""
    given = {
        "--profile": request.profiles,
        "--set": request.settings,
        "--module": request.modules,
        "--store or --cache": store != StoreChoice(),
        "--select, --exclude or --until": options["selection"],
        "--force": options["force"],
        "--fresh": options["fresh"],
    }
    extra = [name for name, value in given.items() if value]
    if extra:
        raise Failure(
            f"{extra[0]} has no place beside a plan: {request.spec} says what is computed",
            f"give it to `w2sdl plan SPEC -o {request.spec}`",
        )


def _stale(plan: Path, spec: str, moved: str) -> Failure:
    return Failure(
        f"{plan} does not hold any more: {moved}", f"plan again: w2sdl plan {spec} -o {plan}"
    )
