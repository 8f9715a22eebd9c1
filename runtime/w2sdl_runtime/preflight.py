"""Compares what nodes ask for with what the backend has: Ray would wait for ever instead."""

from __future__ import annotations

from collections.abc import Iterable

from w2sdl.graph import Node
from w2sdl_runtime.backend import Backend
from w2sdl_runtime.op import PrerequisiteError


def check_requests(nodes: Iterable[Node], backend: Backend, device: str) -> None:
    """Refuse a run that can never end.

    Args:
        nodes: those that may have to be computed.
        backend: what will run them.
        device: "auto", "cpu" or "cuda"; "cuda" means that nodes made for a GPU must have one.

    Raises:
        PrerequisiteError: naming the first node that asks for too much, and what there is.
    """
    largest = backend.largest()
    for node in nodes:
        if node.cpus > largest.cpus:
            raise PrerequisiteError(
                f"{node.address} asks for {node.cpus} processors, and the largest machine has "
                f"{largest.cpus:g}",
                "ask for fewer, or run on a larger machine with --address",
            )
        if device == "cuda" and node.wants_gpu and largest.gpus < 1:
            raise PrerequisiteError(
                f"{node.address} is to run on a GPU, and no machine has one",
                "leave out --device cuda, or run on a machine with a GPU with --address",
            )
