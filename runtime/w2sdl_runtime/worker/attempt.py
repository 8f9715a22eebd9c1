"""The worker's side of one attempt: open inputs, call the operation, store and name the result.

An operation's errors come back as data; nothing is raised through the backend.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import w2sdl
from w2sdl import signature as sig
from w2sdl_runtime import registry
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.fingerprint import recorded_fingerprint
from w2sdl_runtime.masking import Masker
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.partials import READINGS, Partials
from w2sdl_runtime.provenance import (
    check_environment,
    device_name,
    host_name,
    package_versions,
    platform_name,
    python_version,
)
from w2sdl_runtime.sources import HashCache, check_sources
from w2sdl_runtime.storage.leases import Lease, Superseded
from w2sdl_runtime.storage.manifest import Manifest, summary_facts
from w2sdl_runtime.storage.opening import open_store
from w2sdl_runtime.storage.store import CorruptObject, Store
from w2sdl_runtime.values import Value, read_artifact
from w2sdl_runtime.worker.attempt_log import AttemptLog, ProgressWriter
from w2sdl_runtime.worker.clearing import clear_corpora
from w2sdl_runtime.worker.failures import Cause, TimedOut, cause_of, next_step
from w2sdl_runtime.worker.protocol import (
    WITHDRAWN,
    Attempt,
    Failure,
    Listener,
    Outcome,
    corrupt_failure,
)
from w2sdl_runtime.worker.time_limit import TimeLimit

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_WITHDRAWN = Failure("Withdrawn", "it was taken back before it began", cause=Cause.WITHDRAWN)

_ALONE = Failure(
    "PrerequisiteError",
    "`needs: {shards: ...}` asks for several processes, and only Ray gives a node more than one",
    "leave out shards, or --executor local",
    cause=Cause.PREREQUISITE,
)

_HASHES = HashCache()  #: of this process


@dataclass
class _Timing:
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0


@cache
def _store(location: str) -> Store:
    """One store object a process, so that a warm worker keeps opened values."""
    return open_store(location)


def run_attempt(
    record: Mapping[str, Any],
    listener: Listener | None = None,
    *,
    own_process: bool = False,
    together: bool = False,
) -> dict[str, Any]:
    """Run one attempt and return its `Outcome` as JSON.

    Args:
        record: an `Attempt` as JSON.
        listener: called with progress records, in this process.
        own_process: no one else writes to file descriptors 1 and 2, so they go to the log too.
        together: this is the first of the processes that the attempt asks for.
    """
    attempt = Attempt(**record)
    if attempt.shards > 1 and not together:
        return asdict(Outcome(failure=_ALONE))
    folder, outcome = Path(attempt.folder), None
    start = time.perf_counter()
    if (folder / WITHDRAWN).exists():
        return asdict(Outcome(failure=_WITHDRAWN))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with AttemptLog(folder / "log.txt", own_process) as log:
            outcome = _guarded(attempt, log, ProgressWriter(folder, listener))
    except OSError as error:  # the run folder itself can't be written
        outcome = outcome or Outcome(failure=_without_log(error))
    record = asdict(replace(outcome, seconds=time.perf_counter() - start))
    record["failure"] = Masker.of_environment().json(record["failure"])
    return record


def _guarded(attempt: Attempt, log: AttemptLog, progress: ProgressWriter) -> Outcome:
    store = _store(attempt.store)
    try:
        work = store.scratch()
    except PrerequisiteError as error:
        return Outcome(failure=_prerequisite(error))
    try:
        with _Threads(attempt.threads):
            return Outcome(_run(attempt, store, work, (log, progress)))
    except PrerequisiteError as error:
        log.write(f"error: {error.message}\n{error.help}")
        return Outcome(failure=_prerequisite(error, str(log.path)))
    except CorruptObject as error:
        log.write(str(error))
        return Outcome(failure=corrupt_failure(error))
    except Superseded as error:
        log.write(str(error))
        return Outcome(failure=Failure("Superseded", str(error), cause=Cause.SUPERSEDED))
    except (Exception, SystemExit, TimedOut) as error:
        return Outcome(failure=_unexpected(error, log))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _without_log(error: OSError) -> Failure:
    message = f"no log can be written: {error}"
    return Failure(type(error).__name__, message, cause=cause_of(error))


def _prerequisite(error: PrerequisiteError, log: str = "") -> Failure:
    return Failure(
        "PrerequisiteError",
        error.message,
        error.help,
        log,
        cause=Cause.PREREQUISITE,
        code=error.code,
    )


def _unexpected(error: BaseException, log: AttemptLog) -> Failure:
    """An error that is the operation's, or what the machine lacks: memory, time or disk."""
    log.traceback()
    cause, path = cause_of(error), str(log.path)
    if cause is Cause.PREREQUISITE:
        help = f"free some space; the traceback is in {path}"
        return Failure("PrerequisiteError", f"a disk is full: {error}", help, path, cause=cause)
    name = type(error).__name__
    words = str(error) if cause is Cause.TIMEOUT else f"{name}: {error}"
    return Failure(
        name, words, f"{next_step(cause)}the traceback is in {path}", path, log.tail(), cause
    )


def _run(
    attempt: Attempt, store: Store, work: Path, reporters: tuple[AttemptLog, ProgressWriter]
) -> dict[str, Any]:
    """Everything between the inputs' digests and the manifest of the result."""
    op = operation_of(attempt)
    check_environment(attempt.preimage.get("environment", {}))
    context = _context(attempt, store, work, reporters, _seed(op, attempt.params))
    timing = _Timing()
    with TimeLimit(attempt.timeout):  # what is done by then is stored without haste
        value = _call(op, attempt, store, context, timing)
    reporters[1].computed()
    # It read them after its key was closed, perhaps on another machine.
    check_sources(Path(attempt.base), attempt.params, attempt.preimage["sources"], _HASHES)
    kill_point("attempt.ran")
    digest = _put(op, value, store)
    manifest = _manifest(attempt, op, digest, timing, store, context.warnings)
    lease = None if attempt.token is None else Lease(attempt.key, attempt.token)
    stands = store.commit(attempt.key, attempt.preimage, manifest, lease, replace=attempt.replace)
    context.partials.clear()
    return stands.model_dump(mode="json")


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


def _call(
    op: sig.OpSignature, attempt: Attempt, store: Store, context: Context, timing: _Timing
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
        below = {
            name.removeprefix(f"{param.name}."): edge
            for name, edge in dotted.items()
            if name.startswith(f"{param.name}.")
        }
        arguments[param.name] = registry.from_json(value, param.type, signatures, below)
    return arguments


def _seed(op: sig.OpSignature, params: Mapping[str, Any]) -> int | list[int]:
    """The value of the parameter that randomness comes from, 0 where there is none."""
    for param in op.params:
        if isinstance(param.type, sig.SeedOf):
            seed: int | list[int] = params.get(param.name, param.default)
            return seed
    return 0


def _draws(op: sig.OpSignature) -> bool:
    return any(isinstance(param.type, sig.SeedOf) for param in op.params)


def _context(
    attempt: Attempt,
    store: Store,
    work: Path,
    reporters: tuple[AttemptLog, ProgressWriter],
    seed: int | list[int],
) -> Context:
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
        seed=seed,
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


def _put(op: sig.OpSignature, value: Any, store: Store) -> str:
    """Store a result, after a look at what the operation may have done wrong."""
    if not isinstance(value, Value) or value.kind is not op.result:
        found = getattr(value, "kind", None) or type(value).__name__
        raise TypeError(f"{op.name} returned {found}, but its signature says {op.result}")
    if op.inline and value.digest:
        return value.digest  # only a reference was rearranged: nothing to write
    digest = store.put(value)
    if value.digest not in ("", digest):
        raise ValueError(
            f"{op.name} changed an input in place; make a new value, as dataclasses.replace does"
        )
    return digest


def _manifest(
    attempt: Attempt,
    op: sig.OpSignature,
    digest: str,
    timing: _Timing,
    store: Store,
    warnings: list[str],
) -> Manifest:
    masker = Masker.of_environment()
    return Manifest(
        key=attempt.key,
        digest=digest,
        kind=attempt.kind,
        op=attempt.op,
        op_version=attempt.op_version,
        params=dict(attempt.params),
        inputs={port: list(digests) for port, digests in attempt.inputs.items()},
        sources=dict(attempt.preimage["sources"]),
        seconds=timing.seconds,
        started=timing.started,
        ended=datetime.now(UTC),
        host=host_name(),
        device=attempt.device,
        threads=attempt.threads,
        python=python_version(),
        packages=package_versions(),
        git=dict(attempt.git),
        run=attempt.run,
        address=attempt.address,
        facts=masker.json(summary_facts(read_artifact(store.path(digest)))),
        warnings=masker.json(warnings),
        fingerprint=recorded_fingerprint(op.function),
        seed=_seed(op, attempt.params) if _draws(op) else None,
        device_name=device_name(attempt.device),
        platform=platform_name(),
        version=w2sdl.__version__,
        command=attempt.command,
    )


class _Threads:
    """Sets thread counts itself: a BLAS that a warm worker has loaded ignores the environment."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._before: dict[str, str | None] = {}

    def __enter__(self) -> None:
        from threadpoolctl import threadpool_limits

        for name in _THREAD_VARIABLES:
            self._before[name] = os.environ.get(name)
            os.environ[name] = str(self._count)
        self._limits = threadpool_limits(self._count)
        if (torch := sys.modules.get("torch")) is not None:
            torch.set_num_threads(self._count)

    def __exit__(self, *_: object) -> None:
        self._limits.restore_original_limits()
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
