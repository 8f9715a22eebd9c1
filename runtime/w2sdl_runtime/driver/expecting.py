"""What a plan will cost, from how long the like of it took: beside what may be spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from w2sdl.budget import Budget, Spend, amount_text
from w2sdl.graph import Node
from w2sdl.planning.plan import Action, Plan, PlanEntry
from w2sdl_runtime.backends.backend import Backend, Resources
from w2sdl_runtime.driver.events import BudgetCompared
from w2sdl_runtime.driver.sharing import Infeasible, Share, place


@dataclass(frozen=True, slots=True)
class Where:
    """What a run can use. ``serial``: it does one thing at a time, whatever there is."""

    machines: Sequence[Resources]
    device: str
    serial: bool = False

    @property
    def has_gpu(self) -> bool:
        return self.device != "cpu" and any(machine.gpus for machine in self.machines)

    def share(self, node: Node) -> Share:
        """What a node gets; what it asks for, where no machine has that."""
        try:
            return place(node.needs, node.wants_gpu, self.machines, self.device)
        except Infeasible:
            return Share(node.needs.cpu, node.needs.gpu or float(node.needs.demands_gpu))


def where_of(backend: Backend, device: str) -> Where:
    """What a backend can use."""
    return Where(backend.machines(), device, backend.window == 1)


@dataclass(frozen=True, slots=True)
class Expected:
    """Seconds of one kind: what surely runs by p50, and with what may run by p90."""

    low: float
    high: float
    nodes: int
    unknown: int


def expected(plan: Plan, spend: Spend, where: Where) -> Expected:
    """The cost of a plan. Time by the clock is the least that the machines allow."""
    entries = [e for e in plan.of(Action.RUN, Action.MAYBE) if not e.node.inline]
    sure = [entry for entry in entries if entry.action is Action.RUN]
    if spend is Spend.TIME:
        low, high = _time(plan, sure, where, "low"), _time(plan, entries, where, "high")
    else:
        low, high = _used(sure, spend, where, "low"), _used(entries, spend, where, "high")
    unknown = sum(entry.estimate is None for entry in entries)
    return Expected(low, high, len(entries), unknown)


def _used(entries: Sequence[PlanEntry], spend: Spend, where: Where, side: str) -> float:
    total = 0.0
    for entry in entries:
        share = where.share(entry.node)
        total += _seconds(entry, side) * (share.gpus if spend is Spend.GPU else share.cpus)
    return total


def _seconds(entry: PlanEntry, side: str) -> float:
    found: float = getattr(entry.estimate, side) if entry.estimate is not None else 0.0
    return found


def _time(plan: Plan, entries: Sequence[PlanEntry], where: Where, side: str) -> float:
    """No less than the longest chain, nor than all work shared among all that there is."""
    seconds = {entry.node.id: _seconds(entry, side) for entry in entries}
    if where.serial:
        return sum(seconds.values())
    ends: dict[str, float] = {}
    for id_, entry in plan.entries.items():  # parents come first
        before = max((ends.get(parent, 0.0) for parent in entry.node.parents()), default=0.0)
        ends[id_] = before + seconds.get(id_, 0.0)
    cpus = sum(machine.cpus for machine in where.machines)
    gpus = sum(machine.gpus for machine in where.machines)
    shared = [_used(entries, Spend.CPU, where, side) / cpus] if cpus else []
    shared += [_used(entries, Spend.GPU, where, side) / gpus] if gpus else []
    return max([0.0, *ends.values(), *shared])


def compare(budget: Budget, plan: Plan, where: Where) -> BudgetCompared:
    """What is expected beside what may be spent, in numbers and in one sentence."""
    found = expected(plan, budget.spend, where)
    fits = _fits(budget, found)
    if budget.spend is Spend.GPU and not where.has_gpu:
        fits, said = True, "nothing counts against it: no node gets a GPU here"
    else:
        said = f"{_expected_text(budget.spend, found)}{_verdict(fits, found)}"
    numbers = (found.low, found.high, found.nodes, found.unknown)
    return BudgetCompared(budget.text, *numbers, fits, f"budget {budget}: {said}")


def _fits(budget: Budget, found: Expected) -> bool | None:
    if found.low > budget.seconds:
        return False
    return None if found.unknown or found.high > budget.seconds else True


def _expected_text(spend: Spend, found: Expected) -> str:
    if not found.nodes:
        return "nothing is to be computed"
    if found.unknown == found.nodes:
        return "how much is needed is unknown, since nothing like it has run in this store"
    low, high = amount_text(spend, found.low), amount_text(spend, found.high)
    amount = low if low == high else f"{low} to {high}"
    most = "at least " if spend is Spend.TIME or found.unknown else ""
    known = f"from earlier runs of {found.nodes - found.unknown} of {found.nodes} nodes"
    return f"{most}{amount} {'is' if low == high else 'are'} expected, {known}"


def _verdict(fits: bool | None, found: Expected) -> str:
    if fits is False:
        return "; it will not be enough, and the run goes as far as it reaches"
    uncertain = fits is None and found.unknown < found.nodes
    return "; it may not be enough" if uncertain else ""
