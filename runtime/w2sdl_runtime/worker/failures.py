"""Classes of failure: why a try gave no result, as far as it decides what happens next."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from enum import StrEnum

from w2sdl_runtime.files import is_disk_full
from w2sdl_runtime.op import PrerequisiteError


class Cause(StrEnum):
    """Why a try failed. What is retried, and how, is decided by this and nothing else."""

    ERROR = "error"  #: the operation's own: it would fail again
    PREREQUISITE = "prerequisite"  #: the environment or the data lacks something a user can mend
    LOST = "lost"  #: the worker or its machine died: no fault of the operation as far as we know
    OOM = "oom"  #: memory ran out, of the machine or of the GPU
    PREEMPTED = "preempted"  #: the machine was taken away by its owner
    TIMEOUT = "timeout"  #: it took longer than its `timeout`
    CORRUPT = "corrupt"  #: an input object can't be read back
    SUPERSEDED = "superseded"  #: another run took the node over meanwhile
    WITHDRAWN = "withdrawn"  #: the driver took it back before it began


class TimedOut(BaseException):
    """Raised inside an operation when its time is up; no ``except Exception`` of it may hold it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it took longer than its timeout of {seconds:g} s")
        self.seconds = seconds


# Words of libraries that have no class of their own for it.
_NO_MEMORY = re.compile(
    r"can't allocate memory|not enough memory|out of memory|CUBLAS_STATUS_ALLOC_FAILED"
    r"|Cannot allocate memory|std::bad_alloc",
    re.IGNORECASE,
)
_PREEMPTED = re.compile(r"due to node preemption|died by preemption|DRAIN_PREEMPTED")


def cause_of(error: BaseException) -> Cause:
    """The class of an exception that an operation raised, by itself or by what it was raised from.

    Libraries are known by the names of their classes, so that none is imported here.
    """
    for one in _chain(error):
        if isinstance(one, TimedOut):
            return Cause.TIMEOUT
        if isinstance(one, PrerequisiteError) or is_disk_full(one):
            return Cause.PREREQUISITE
        if _is_out_of_memory(one):
            return Cause.OOM
    return Cause.ERROR


def next_step(cause: Cause) -> str:
    """What to do about what is not the operation's fault; goes before where its log is."""
    return {
        Cause.TIMEOUT: "give it more time (`timeout:`), which recomputes nothing that is stored; ",
        Cause.OOM: "ask for more memory (`needs:`), or for less at a time (`retry:`); ",
    }.get(cause, "")


def cause_of_death(error: BaseException) -> Cause:
    """The class of what Ray says of a task whose worker gave no answer."""
    names = {cls.__name__ for cls in type(error).__mro__}
    if "OutOfMemoryError" in names:
        return Cause.OOM
    if names & {"OutOfDiskError", "RuntimeEnvSetupError", "TaskUnschedulableError"}:
        return Cause.PREREQUISITE
    # Ray's text for every dead node names preemption as one of several possible reasons.
    if getattr(error, "preempted", False) or _PREEMPTED.search(str(error)):
        return Cause.PREEMPTED
    return Cause.LOST


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and what it was raised from, on purpose (``raise ... from``)."""
    seen: set[int] = set()
    while id(error) not in seen:
        yield error
        seen.add(id(error))
        if error.__cause__ is None:
            return
        error = error.__cause__


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and bool(_NO_MEMORY.search(str(error)))
