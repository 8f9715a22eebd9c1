"""Compares what nodes ask for with what the backend has: Ray would wait for ever instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from w2sdl.graph import Node
from w2sdl.planning.reasons import TooLarge, WontFit
from w2sdl_runtime.backends.backend import Backend, Resources
from w2sdl_runtime.driver.memory import lack_of_gpu, lack_of_memory
from w2sdl_runtime.driver.sharing import Infeasible, place
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.sizing.nodes import Loads

_SHOWN = 20  #: requests that a message lists


def check_requests(
    nodes: Iterable[Node], backend: Backend, device: str, loads: Loads | None = None
) -> None:
    """Refuse a run that can never end.

    Args:
        nodes: those that may have to be computed.
        backend: what will run them.
        device: "auto", "cpu" or "cuda"; "cuda" means that nodes made for a GPU must have one.
        loads: what they do with networks; without it only requests are compared.

    Raises:
        PrerequisiteError: naming all nodes that ask for too much, and what there is; or a folder of a
            model that lacks something.
    """
    every, machines = list(nodes), backend.machines()
    if loads is not None:
        for node in every:
            loads.check_folder_of(node)
    lacking = [(node, lack) for node in every if (lack := too_large(node, machines, device, loads))]
    if lacking:
        raise refusal(lacking, device)


def too_large(
    node: Node, machines: Sequence[Resources], device: str, loads: Loads | None = None
) -> TooLarge | None:
    """What a node asks for, or its network needs, that none of these machines has."""
    try:
        share = place(node.needs, node.wants_gpu, machines, device)
    except Infeasible as problem:
        return TooLarge(problem.asked, problem.there)
    found = lack_of_gpu(node, share)
    if found is None and loads is not None:
        found = lack_of_memory(node, share, machines, loads)
    return found


def refusal(lacking: Iterable[tuple[Node, TooLarge]], device: str) -> PrerequisiteError:
    """All requests that no machine can meet, in one message."""
    found: dict[tuple[str, TooLarge], list[str]] = {}
    demands = False
    for node, lack in lacking:
        demands = demands or node.needs.demands_gpu
        found.setdefault((node.name, lack), []).append(node.address)
    lines = [_line(name, lack, addresses) for (name, lack), addresses in found.items()]
    if len(lines) == 1:
        message = lines[0]
    else:
        more = [f"… and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
        shown = "".join(f"\n  {line}" for line in [*lines[:_SHOWN], *more])
        message = f"no machine has what is asked for:{shown}"
    # An autoscaler might add one, but nothing says so before it has.
    less = _less([lack for _, lack in found])
    help = f"{less}, or run on larger machines, already started, with --address"
    if device == "cuda":
        help = "leave out --device cuda, or run on a machine with a GPU with --address"
    elif demands:
        help += "; --device cpu runs everything without a GPU"
    return PrerequisiteError(message, help)


def _line(name: str, lack: TooLarge, addresses: Sequence[str]) -> str:
    many = f"{name} ({len(addresses)} nodes)" if len(addresses) > 1 else addresses[0]
    if not isinstance(lack, WontFit):
        return f"{many} asks for {lack.asked}: {lack.there}"
    return f"{many} needs {lack.asked}: {lack.there}; {lack.fits or 'no setting of ours fits'}"


def _less(lacks: Sequence[TooLarge]) -> str:
    """What to do about requests, and about estimates."""
    estimated = [lack for lack in lacks if isinstance(lack, WontFit)]
    if not estimated:
        return "ask for less (`needs:`)"
    change = "take such a setting" if estimated[0].fits else "take a smaller model"
    return (
        f"{change}; where rows are shorter than max_length, say what is enough "
        f"(`needs: {{{estimated[0].resource}: ...}}` is believed)"
    )
