"""Calling an operation: its arguments as Python values, its seed and its context."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from w2sdl import signature as sig
from w2sdl.dotted import below
from w2sdl_runtime import registry
from w2sdl_runtime.artifacts import Value
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.json_forms import from_json
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.partials import READINGS, Partials
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.worker.attempt_log import AttemptLog, ProgressWriter
from w2sdl_runtime.worker.clearing import clear_corpora
from w2sdl_runtime.worker.protocol import Attempt


@dataclass
class Timing:
    """When a call began, and how long the operation itself took."""

    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0


def operation_of(attempt: Attempt) -> sig.OpSignature:
    """The operation that an attempt is at.

    Raises:
        PrerequisiteError: where this worker does not have it.
    """
    op = registry.load_signatures(tuple(attempt.modules)).op(attempt.op)
    if op is None:
        raise PrerequisiteError(
            f"this worker knows no operation {attempt.op}",
            "install the package that defines it on all machines of the cluster",
        )
    return op


def call_operation(
    op: sig.OpSignature, attempt: Attempt, store: Store, context: Context, timing: Timing
) -> Any:
    """Open the inputs and call the operation."""
    signatures = registry.load_signatures(tuple(attempt.modules))
    edges = {port: [store.open(d) for d in digests] for port, digests in attempt.inputs.items()}
    kill_point("attempt.opened")
    arguments = call_arguments(op, attempt.params, edges, signatures)
    if attempt.corpora:
        clear_corpora(context, op, edges, attempt.corpora)
    start = time.perf_counter()
    try:
        value = op.function(context, **arguments)
    except BaseException:  # interrupted, or out of time or memory: what is finished stays
        context.partials.flush()
        raise
    timing.seconds = time.perf_counter() - start
    return value


def call_arguments(
    op: sig.OpSignature,
    params: Mapping[str, Any],
    edges: Mapping[str, list[Value]],
    signatures: sig.Signatures,
) -> dict[str, Any]:
    """Keyword arguments for the operation's function.

    Ports that take several values get lists, missing optional ones None; ``over`` gets its default.
    """
    arguments: dict[str, Any] = {}
    for port in op.ports:
        found = edges.get(port.name, [])
        arguments[port.name] = found if port.many else (found[0] if found else None)
    dotted = {name: values[0] for name, values in edges.items() if "." in name}
    for param in op.params:
        if isinstance(param.type, sig.AxesOf):
            arguments[param.name] = tuple(param.default)
            continue
        value = params.get(param.name, param.default)
        own = below(dotted, param.name)
        arguments[param.name] = from_json(value, param.type, signatures, own)
    return arguments


def seed_of(op: sig.OpSignature, params: Mapping[str, Any]) -> int | list[int] | None:
    """The value of the parameter that randomness comes from, None where there is none."""
    for param in op.params:
        if isinstance(param.type, sig.SeedOf):
            seed: int | list[int] = params.get(param.name, param.default)
            return seed
    return None


def make_context(
    attempt: Attempt,
    store: Store,
    work: Path,
    reporters: tuple[AttemptLog, ProgressWriter],
    seed: int | list[int] | None,
) -> Context:
    """What the operation's first argument is."""
    log, progress = reporters
    return Context(
        op_name=attempt.op,
        key=attempt.key,
        address=attempt.address,
        work=work,
        base=Path(attempt.base),
        threads=attempt.threads,
        device=attempt.device,
        put=store.put,
        open=store.open,
        report=progress,
        log=log.write,
        seed=0 if seed is None else seed,
        partials=Partials(
            store.partials(attempt.key),
            attempt.commit_every,
            work,
            log.write,
            store.root / READINGS,
        ),
        endpoints=attempt.endpoints,
        folder=Path(attempt.folder),
        shards=attempt.shards,
    )
