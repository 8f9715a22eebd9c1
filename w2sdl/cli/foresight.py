"""What is known of the machines before a run: which nodes fit nowhere, and what a budget is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from w2sdl.budget import Budget, Spend
from w2sdl.graph import Graph, Node
from w2sdl.planning.plan import Action, Plan, PlanEntry
from w2sdl.planning.reasons import TooLarge, Unmet

if TYPE_CHECKING:
    from pathlib import Path

    from w2sdl_runtime.backends.backend import Resources
    from w2sdl_runtime.backends.choosing import Executor
    from w2sdl_runtime.driver.events import BudgetCompared
    from w2sdl_runtime.sizing.footprint import Footprint
    from w2sdl_runtime.sizing.nodes import Loads
    from w2sdl_runtime.sizing.roots import NotEstimated

_UNLISTED = "this machine has a GPU driver and no nvidia-smi: requests for GPUs were not compared"
_SHARED = (
    "Ray keeps some of this machine's memory for itself: a run compares requests with the rest"
)


@dataclass(frozen=True, slots=True)
class Foresight:
    """The machines that a run would have. Nobody was asked where there are none."""

    executor: str
    device: str
    machines: tuple[Resources, ...] = ()
    address: str = ""  #: of a cluster
    serial: bool = False  #: one node at a time
    counts_gpus: bool = True  #: whether anybody needed to know how many there are, and could say
    budget: Budget | None = None
    loads: Loads | None = None  #: what the nodes do with networks
    seen: str = ""  #: when a cluster's machines were looked at

    def lacks(self, node: Node) -> TooLarge | Unmet | None:
        """What a node asks for that no machine has; None where one has it, or nobody knows."""
        from w2sdl_runtime.driver.memory import lack_of_processes
        from w2sdl_runtime.driver.preflight import too_large
        from w2sdl_runtime.errors import PrerequisiteError

        try:
            if self.loads is not None:
                self.loads.check_folder_of(node)
        except PrerequisiteError as problem:
            return Unmet(problem.message, problem.help, problem.code)
        alone = lack_of_processes(node, self.executor)
        if alone is not None:
            return alone
        if not self.machines or (not self.counts_gpus and _asks_for_gpu(node, self.device)):
            return None
        return too_large(node, self.machines, self.device, self.loads)

    def size_of(self, node: Node) -> Footprint | NotEstimated | None:
        """What a node takes where it would run; None for one that loads no network."""
        from w2sdl_runtime.driver.memory import footprint_at

        if self.loads is None:
            return None
        return footprint_at(node, self.machines, self.device, self.loads)

    def sizes(self, plan: Plan) -> dict[str, dict[str, Any]]:
        """What the nodes that load a network take, by id, as a saved plan has it."""
        found = {id_: self.size_of(entry.node) for id_, entry in plan.entries.items()}
        return {
            id_: size.to_json() if hasattr(size, "to_json") else {"not_estimated": size.why}
            for id_, size in found.items()
            if size is not None
        }

    def notes(self, plan: Plan) -> list[str]:
        """What could not be compared, of what the nodes to be computed ask for."""
        entries = list(plan.of(Action.RUN, Action.MAYBE))
        said = [text for entry in entries for text in self._network_notes(entry.node)]
        return [*self._machine_notes(entries), *dict.fromkeys(said)]

    def _network_notes(self, node: Node) -> Iterator[str]:
        """What a node's network makes of what the spec asks for."""
        from w2sdl_runtime.driver.memory import short_of

        if self.loads is not None:
            yield from filter(
                None, [self.loads.cut_short(node), short_of(node, self.size_of(node))]
            )

    def _machine_notes(self, entries: list[PlanEntry]) -> list[str]:
        asking = [e.node for e in entries if _asks(e.node, self.device)]
        if self.address and self.machines:
            return [
                f"the cluster at {self.address} is taken to be as it was on {self.seen}; "
                f"w2sdl doctor --address {self.address} looks again"
            ]
        if self.address and asking:
            return [
                f"the cluster at {self.address} was not asked: "
                "a run compares all requests with its machines before anything is begun"
            ]
        found = []
        if not self.counts_gpus and any(_asks_for_gpu(node, self.device) for node in asking):
            found.append(_UNLISTED)
        if self.executor == "ray" and not self.address and any(n.needs.memory for n in asking):
            found.append(_SHARED)
        return found

    def compared(self, plan: Plan) -> BudgetCompared | None:
        """What is expected beside what may be spent; None without a budget, or where nobody knows."""
        from w2sdl_runtime.driver.expecting import Where, compare

        budget = self.budget
        if budget is None or not self.machines:
            return None
        if budget.spend is Spend.GPU and not self.counts_gpus and self.device != "cpu":
            return None
        return compare(budget, plan, Where(self.machines, self.device, self.serial))

    def budget_text(self, plan: Plan) -> str:
        """The same in words; "" without a budget."""
        if self.budget is None:
            return ""
        found = self.compared(plan)
        unknown = (
            f"budget {self.budget}: nobody was asked for the machines that it would be spent on"
        )
        return unknown if found is None else found.text

    def to_json(self, plan: Plan) -> dict[str, Any]:
        """As a saved plan has it; bytes, and null where that is not known."""
        machine = self.machines[0] if self.machines else None
        compared = self.compared(plan)
        return {
            "executor": self.executor,
            "address": self.address,
            "device": self.device,
            "asked": machine is not None,
            "cpus": machine.cpus if machine else None,
            "gpus": machine.gpus if machine and self.counts_gpus else None,
            "memory": (machine.memory or None) if machine else None,
            "notes": self.notes(plan),
            "budget": asdict(compared) if compared is not None else None,
        }


def foresee(
    graph: Graph,
    chosen: Executor,
    device: str,
    budget: Budget | None,
    *,
    base: Path | None = None,
    modules: Sequence[str] = (),
    store: Path | None = None,
) -> Foresight:
    """What can be known without starting anything; neither torch nor ray is loaded.

    GPUs are only counted where a node demands one, or a budget is to be compared with: asking the
    driver takes a moment.

    Args:
        graph: what would run.
        chosen: the executor.
        device: "auto", "cpu" or "cuda".
        budget: what a run may spend.
        base: the folder of the spec, where paths of models start; None looks at no model.
        modules: with the user's operations.
        store: the folder that remembers the machines of clusters.
    """
    from w2sdl_runtime.sizing.nodes import Loads

    loads = None if base is None else Loads(graph, base, modules)
    if chosen.address is not None:
        from w2sdl_runtime.backends.inventory import recalled

        seen, machines = recalled(store, chosen.address) if store else ("", ())
        at = chosen.address
        return Foresight(chosen.name, device, machines, at, budget=budget, loads=loads, seen=seen)
    from w2sdl_runtime.backends.gpus import listed_gpus
    from w2sdl_runtime.backends.local_backend import machine_with

    asked = any(
        _asks_for_gpu(node, device) or (budget is not None and node.wants_gpu)
        for node in graph.nodes.values()
    )
    gpus = listed_gpus() if asked else None
    machine = machine_with(gpus or ())
    if chosen.jobs and not chosen.is_serial:
        machine = replace(machine, cpus=chosen.jobs)
    counts, serial = gpus is not None, chosen.is_serial
    return Foresight(chosen.name, device, (machine,), "", serial, counts, budget, loads)


def _asks_for_gpu(node: Node, device: str) -> bool:
    if device == "cpu":
        return False
    return node.needs.demands_gpu or (device == "cuda" and node.wants_gpu)


def _asks(node: Node, device: str) -> bool:
    """Whether a node asks for more than every machine has."""
    needs = node.needs
    return needs.cpu > 1 or bool(needs.memory) or _asks_for_gpu(node, device)
