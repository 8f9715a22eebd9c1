"""Whether a node is tried again after a failure, when, and with what changed: a pure function."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from w2sdl.dotted import value_at, with_value
from w2sdl.graph import Node
from w2sdl.needs import Change, Needs, Retry
from w2sdl_runtime.worker.failures import Cause

FIRST_WAIT = 0.5  #: seconds before the second try, at most; doubled for each further one
LONGEST_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Again:
    """One more try."""

    after_seconds: float
    needs: Needs
    params: Mapping[str, Any]  #: complete
    timeout: float | None


def decide(
    node: Node, params: Mapping[str, Any], cause: Cause, tries: Mapping[Cause, int]
) -> Again | None:
    """What follows a failed try: another one, or (None) the end of the node.

    The driver calls it for every failure but those that it mends itself (``corrupt``) or that are no
    failures (``superseded``)::

        tries[failure.cause] += 1
        again = decide(node, closed.params, failure.cause, tries)

    Without a policy of the node's own, what was lost or preempted is tried twice more. What the
    operation itself raised is never tried again, nor is what a user has to mend. Changes add up:
    after the second ``oom`` a halved parameter is a quarter. Where a policy changes something after
    this cause and nothing is left to change (one row at a time, say), it is the end.

    Args:
        node: with its policy, its needs and its timeout as the spec gave them.
        params: its complete parameters as the spec gave them.
        cause: of the latest failure.
        tries: failed tries of this node in this run by cause, the latest among them.
    """
    retry = node.retry or Retry()
    if cause not in retry.on or sum(tries.get(Cause(one), 0) for one in retry.on) > retry.max:
        return None
    now = _changed(node, params, retry, tries)
    answers = [change for change in retry.changes if change.cause == cause]
    if answers and now == _changed(node, params, retry, {**tries, cause: tries[cause] - 1}):
        return None
    return replace(now, after_seconds=_wait(node.id, sum(tries.values())))


def _changed(
    node: Node, params: Mapping[str, Any], retry: Retry, tries: Mapping[Cause, int]
) -> Again:
    """What the next try gets, after so many failures of each cause."""
    again = Again(0, node.needs, params, node.timeout)
    for change in retry.changes:
        factor = change.factor ** tries.get(Cause(change.cause), 0)
        if change.is_param:
            again = replace(again, params=_with_param(again.params, change, factor))
        elif change.path == "timeout":
            again = replace(again, timeout=None if node.timeout is None else node.timeout * factor)
        else:
            again = replace(again, needs=_with_need(node.needs, again.needs, change, factor))
    return again


def _with_need(given: Needs, needs: Needs, change: Change, factor: float) -> Needs:
    if change.path == "needs.memory" and given.memory is not None:
        return replace(needs, memory=max(1, round(given.memory * factor)))
    if change.path == "needs.gpu_mem" and given.gpu_mem is not None:
        return replace(needs, gpu_mem=max(1, round(given.gpu_mem * factor)))
    return needs


def _with_param(params: Mapping[str, Any], change: Change, factor: float) -> Mapping[str, Any]:
    """Parameters with one of them times a factor; integers stay integers, from 1 on."""
    if factor == 1:
        return params
    value = value_at(params, change.path)
    if value is None and change.otherwise:
        value = value_at(params, change.otherwise)
    if value is None:
        return params
    scaled = max(1, int(value * factor)) if isinstance(value, int) else value * factor
    return with_value(params, change.path, scaled)


def _wait(node: str, failures: int) -> float:
    """Twice as long each time, up to a minute; between half and all of it, so that nodes spread."""
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failures - 1, 20))
    digest = hashlib.sha256(f"{node}\n{failures}".encode()).digest()
    return longest * (0.5 + digest[0] / 512)
