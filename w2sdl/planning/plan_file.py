"""A plan as a file: what ``plan -o`` writes, and ``run plan.json`` obeys or refuses (`docs/plan.md`)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from w2sdl.graph import Graph
from w2sdl.keys import tagged_hash
from w2sdl.planning.deciding import plan_graph
from w2sdl.planning.estimates import Estimate
from w2sdl.planning.plan import Action, Compared, Plan, PlanEntry, Preimage, StoreIndex
from w2sdl.planning.reasons import Unmet, why_to_json
from w2sdl.project import InputError

#: Raised when a field changes its meaning or goes away; new fields may come at any time.
SCHEMA: Final = "w2sdl.plan.1"
_SHOWN = 5  #: how many things that moved are named


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")  # a later w2sdl may say more


class SpecPart(_Part):
    """The spec that was planned."""

    path: str  #: an absolute path, or a URL
    sha256: str  #: of its text
    profiles: list[str]
    overrides: list[str]
    modules: list[str]


class StorePart(_Part):
    """The store that was planned against."""

    path: str  #: an absolute path, or a URL
    generation: str  #: of its results then: another one says that some came or went


class NodePart(_Part):
    """One node. ``reasons`` are objects with a ``reason`` and what it is about."""

    node: str  #: id in the graph
    address: str
    name: str
    op: str
    action: Action
    reasons: list[dict[str, Any]]
    key: str = ""
    call: str = ""  #: hash of what is known of the key before the inputs are; "" for reused nodes
    digest: str = ""
    compared: dict[str, Any] | None = None
    seconds: dict[str, Any] | None = None
    size: dict[str, Any] | None = None  #: of the network that it loads, and what that takes


class SavedPlan(_Part):
    """A whole plan; nodes come parents first. Those that were not selected are not in it."""

    format: Literal["w2sdl.plan.1"] = SCHEMA
    version: str  #: of w2sdl
    experiment: str
    spec: SpecPart
    store: StorePart
    force: list[str]  #: ids of nodes to compute whatever is stored
    nodes: list[NodePart]
    machines: dict[str, Any] | None = None  #: what was known of those that would run it
    late_expectations: dict[
        str, dict[str, int]
    ] = {}  #: not seen before, with results that are there

    @property
    def only(self) -> frozenset[str]:
        """Ids of all nodes that were selected."""
        return frozenset(node.node for node in self.nodes)


def text_digest(text: str) -> str:
    """SHA-256 of a spec's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def node_part(entry: PlanEntry, size: Mapping[str, Any] | None = None) -> NodePart:
    """An entry as the file has it, and as ``plan --json`` prints it."""
    return NodePart(
        node=entry.node.id,
        address=entry.node.address,
        name=entry.node.name,
        op=entry.node.op,
        action=entry.action,
        reasons=[why_to_json(why) for why in entry.reasons],
        key=entry.key,
        call=call_hash(entry.preimage) if entry.preimage is not None else "",
        digest=entry.digest,
        compared=_compared(entry.compared) if entry.compared else None,
        seconds=_seconds(entry.estimate) if entry.estimate else None,
        size=dict(size) if size is not None else None,
    )


def _compared(compared: Compared) -> dict[str, Any]:
    return {
        "key": compared.key,
        "address": compared.address,
        "run": compared.run,
        "by": "nearest" if compared.is_nearest else "address",
        "experiment": compared.experiment,
    }


def _seconds(estimate: Estimate) -> dict[str, Any]:
    p50, p90 = round(estimate.low, 3), round(estimate.high, 3)
    return {"p50": p50, "p90": p90, "samples": estimate.samples}


def load_plan(path: Path) -> SavedPlan:
    """Read a plan.

    Raises:
        InputError: when the file holds none, or one of another version.
    """
    try:
        record = json.loads(path.read_text("utf-8"))
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise InputError(
            f"{path}: {reason}", "w2sdl plan SPEC -o plan.json writes one"
        ) from problem
    except ValueError as problem:
        raise InputError(f"{path} is no plan: {problem}", _AGAIN) from problem
    found = record.get("format") if isinstance(record, dict) else None
    if found != SCHEMA:
        raise InputError(
            f"{path} is no plan that this w2sdl reads (`format` is not {SCHEMA})", _AGAIN
        )
    try:
        return SavedPlan.model_validate(record)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{path} is no whole plan: `{where}`: {first['msg'].lower()}", _AGAIN
        ) from problem


_AGAIN = "write it again: w2sdl plan SPEC -o plan.json"


def check_plan(plan: SavedPlan, graph: Graph, index: StoreIndex) -> list[str]:
    """What has moved since a plan was made, a line for each; [] if it can be obeyed as it is.

    What was to be computed and is stored by now has not moved: an interrupted run goes on.
    """
    missing = [node for node in plan.nodes if node.node not in graph.nodes]
    if missing:
        return [f"{node.address} is not in the spec any more" for node in missing]
    now = plan_graph(graph, index, plan.force)
    digests = {id_: entry.digest for id_, entry in now.entries.items() if entry.digest}
    moved: list[str] = []
    for node in plan.nodes:
        entry = now.entries[node.node]
        preimage = entry.preimage
        if node.call and entry.action is Action.REUSE:
            found = index.close(entry.node, digests)
            preimage = None if isinstance(found, Unmet) else found
        moved += _moved(node, entry, preimage)
    return moved


def _moved(then: NodePart, now: PlanEntry, preimage: Preimage | None) -> Iterator[str]:
    if (then.key and now.key and then.key != now.key) or (
        then.call and preimage is not None and then.call != call_hash(preimage)
    ):
        yield f"{then.address} has another key: what it is computed from has changed"
    elif then.action is not now.action and Action.REUSE is then.action:
        yield f"{then.address} was planned as `{then.action}` and is `{now.action}` now"
    elif then.action is Action.REUSE and then.digest != now.digest:
        yield f"{then.address} has another result in the store"
    elif now.action is Action.BLOCKED and then.action is not Action.BLOCKED:
        yield f"{then.address} can't run here any more"


def call_hash(preimage: Preimage) -> str:
    """Hash of a pre-image without its inputs."""
    return tagged_hash("call.1", {k: v for k, v in preimage.items() if k != "inputs"})


def moved_text(moved: Sequence[str]) -> str:
    """The first lines of what has moved."""
    more = len(moved) - _SHOWN
    return "; ".join([*moved[:_SHOWN], *([f"and {more} more"] if more > 0 else [])])


def save_plan(
    plan: Plan,
    *,
    version: str,
    experiment: str,
    spec: SpecPart,
    store: StorePart,
    force: Collection[str],
    machines: Mapping[str, Any] | None = None,
    sizes: Mapping[str, Mapping[str, Any]] | None = None,
    late: Mapping[str, Mapping[str, int]] | None = None,
) -> Mapping[str, Any]:
    """A plan as JSON; ``sizes`` are those of networks, by node, ``late`` expectations by name."""
    every = sizes or {}
    saved = SavedPlan(
        version=version,
        experiment=experiment,
        spec=spec,
        store=store,
        force=sorted(set(force) & plan.entries.keys()),
        nodes=[node_part(entry, every.get(id_)) for id_, entry in plan.entries.items()],
        machines=dict(machines) if machines is not None else None,
        late_expectations={name: dict(seen) for name, seen in (late or {}).items()},
    )
    return saved.model_dump(mode="json")
