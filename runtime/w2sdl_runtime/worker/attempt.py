"""The worker's side of one attempt: open inputs, call the operation, store and name the result.

An operation's errors come back as data; nothing is raised through the backend.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import w2sdl
from w2sdl import signature as sig
from w2sdl_runtime.artifacts import Value, read_artifact
from w2sdl_runtime.faults import kill_point
from w2sdl_runtime.fingerprint import recorded_fingerprint
from w2sdl_runtime.hash_cache import HashCache
from w2sdl_runtime.masking import Masker
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.provenance import (
    check_environment,
    device_name,
    host_name,
    package_versions,
    platform_name,
    python_version,
)
from w2sdl_runtime.sources import check_sources
from w2sdl_runtime.storage.leases import Lease, Superseded
from w2sdl_runtime.storage.manifest import Manifest, summary_facts
from w2sdl_runtime.storage.objects import CorruptObject
from w2sdl_runtime.storage.opening import open_store
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.worker.attempt_log import AttemptLog, ProgressWriter
from w2sdl_runtime.worker.calling import (
    Timing,
    call_operation,
    make_context,
    operation_of,
    seed_of,
)
from w2sdl_runtime.worker.failures import Cause, TimedOut, cause_of, next_step
from w2sdl_runtime.worker.protocol import (
    WITHDRAWN,
    Attempt,
    Failure,
    Listener,
    Outcome,
    corrupt_failure,
)
from w2sdl_runtime.worker.threads import Threads
from w2sdl_runtime.worker.time_limit import TimeLimit

_WITHDRAWN = Failure("Withdrawn", "it was taken back before it began", cause=Cause.WITHDRAWN)

_ALONE = Failure(
    "PrerequisiteError",
    "`needs: {shards: ...}` asks for several processes, and only Ray gives a node more than one",
    "leave out shards, or --executor local",
    cause=Cause.PREREQUISITE,
)

_HASHES = HashCache()  #: of this process


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
        with Threads(attempt.threads):
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
    context = make_context(attempt, store, work, reporters, seed_of(op, attempt.params))
    timing = Timing()
    with TimeLimit(attempt.timeout):  # what is done by then is stored without haste
        value = call_operation(op, attempt, store, context, timing)
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
    timing: Timing,
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
        seed=seed_of(op, attempt.params),
        device_name=device_name(attempt.device),
        platform=platform_name(),
        version=w2sdl.__version__,
        command=attempt.command,
    )
