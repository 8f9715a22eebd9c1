"""Compares what nodes ask for with what the backend has: Ray would wait for ever instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from w2sdl.graph import Node
from w2sdl.planning.reasons import TooLarge
from w2sdl_runtime.backends.backend import Backend, Resources
from w2sdl_runtime.driver.sharing import Infeasible, place
from w2sdl_runtime.op import PrerequisiteError

_SHOWN = 20  #: requests that a message lists


def check_requests(nodes: Iterable[Node], backend: Backend, device: str) -> None:
    """Refuse a run that can never end.

    Args:
        nodes: those that may have to be computed.
        backend: what will run them.
        device: "auto", "cpu" or "cuda"; "cuda" means that nodes made for a GPU must have one.

    Raises:
        PrerequisiteError: naming all nodes that ask for too much, and what there is.
    """
    machines = backend.machines()
    lacking = [(node, lack) for node in nodes if (lack := too_large(node, machines, device))]
    if lacking:
        raise refusal(lacking, device)


def too_large(node: Node, machines: Sequence[Resources], device: str) -> TooLarge | None:
    """What a node asks for that none of these machines has."""
    try:
        place(node.needs, node.wants_gpu, machines, device)
    except Infeasible as problem:
        return TooLarge(problem.asked, problem.there)
    return None


def refusal(lacking: Iterable[tuple[Node, TooLarge]], device: str) -> PrerequisiteError:
    """All requests that no machine can meet, in one message."""
    found: dict[tuple[str, str, str], list[str]] = {}
    demands = False
    for node, lack in lacking:
        demands = demands or node.needs.demands_gpu
        found.setdefault((node.name, lack.asked, lack.there), []).append(node.address)
    lines = []
    for (name, asked, there), addresses in found.items():
        many = f"{name} ({len(addresses)} nodes)" if len(addresses) > 1 else addresses[0]
        lines.append(f"{many} asks for {asked}: {there}")
    if len(lines) == 1:
        message = lines[0]
    else:
        more = [f"… and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
        shown = "".join(f"\n  {line}" for line in [*lines[:_SHOWN], *more])
        message = f"no machine has what is asked for:{shown}"
    # An autoscaler might add one, but nothing says so before it has.
    help = "ask for less (`needs:`), or run on larger machines, already started, with --address"
    if device == "cuda":
        help = "leave out --device cuda, or run on a machine with a GPU with --address"
    elif demands:
        help += "; --device cpu runs everything without a GPU"
    return PrerequisiteError(message, help)
