"""Runs attempts in worker processes of this machine, several at a time, without Ray.

Workers stay warm. One that dies is replaced; one that outlives its attempt's timeout is ended.
"""

from __future__ import annotations

import itertools
import selectors
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any

from w2sdl.kinds import Kind
from w2sdl_runtime.backends.backend import Handle, Resources
from w2sdl_runtime.backends.gpus import local_gpus
from w2sdl_runtime.backends.local_backend import this_machine
from w2sdl_runtime.backends.pool_process import PoolProcess
from w2sdl_runtime.backends.room import Room, Slot
from w2sdl_runtime.worker.protocol import Attempt, Listener, Outcome
from w2sdl_runtime.worker.time_limit import GRACE, timed_out

_PATIENCE = 3.0  #: seconds that interrupted workers get to keep what they have
_LIBRARIES = ("torch", "transformers.models.llama.modeling_llama")
_TRAININGS = (Kind.MODEL.value, Kind.PREDICTOR.value)


@dataclass(slots=True)
class _Job:
    """An attempt that was handed over."""

    handle: Handle
    attempt: Attempt
    listener: Listener
    slot: Slot
    begun: float | None = None  #: when its operation began (monotonic); inf once that is done
    is_late: bool = False  #: it was ended since its time was up

    @property
    def is_overdue(self) -> bool:
        """Whether its time is up, with all grace, and nothing was done about it yet."""
        if self.attempt.timeout is None or self.begun is None or self.is_late:
            return False
        return time.monotonic() - self.begun > self.attempt.timeout + GRACE


class PoolBackend:
    """``jobs`` processors of this machine, and its GPUs.

    Args:
        jobs: how many processors; also the most workers without a GPU.
        paths: folders to import the user's operations from.
    """

    def __init__(self, jobs: int, paths: Iterable[Path] = ()) -> None:
        here = this_machine()
        self._machine = replace(here, cpus=jobs)
        self._paths = list(paths)
        self._room = Room(jobs, int(here.memory), [gpu.index for gpu in local_gpus()])
        self._waiting: deque[tuple[Handle, Attempt, Listener]] = deque()
        self._idle: list[PoolProcess] = []
        self._busy: dict[PoolProcess, _Job] = {}
        self._handles = itertools.count()
        self._selector = selectors.DefaultSelector()
        self._prepare = False

    @property
    def window(self) -> int:
        """A few attempts more than processors, so that none waits for the driver."""
        return int(self._machine.cpus) + max(1, int(self._machine.cpus) // 4)

    def totals(self) -> Resources:
        return self._machine

    def machines(self) -> Sequence[Resources]:
        return [self._machine]

    def prepare(self) -> None:
        """Start the workers that would idle at the beginning, and let them import what training needs."""
        self._prepare = True

    def submit(self, attempt: Attempt, listener: Listener) -> Handle:
        handle = next(self._handles)
        self._waiting.append((handle, attempt, listener))
        self._dispatch()
        return handle

    def _dispatch(self) -> None:
        """Start what there is room for, in order; what waits for a GPU lets those by that need none."""
        gpus_are_full = False
        for waiting in list(self._waiting):
            attempt = waiting[1]
            if attempt.gpus and gpus_are_full:
                continue
            slot = self._room.take(attempt)
            if slot is not None:
                self._waiting.remove(waiting)
                self._start(*waiting, slot)
            elif self._room.lacks_gpus_only(attempt):
                gpus_are_full = True
            else:
                return

    def _start(self, handle: Handle, attempt: Attempt, listener: Listener, slot: Slot) -> None:
        worker = self._worker(slot.gpus)
        self._busy[worker] = _Job(handle, attempt, listener, slot)
        worker.send({"attempt": attempt.to_json()})

    def _worker(self, gpus: tuple[int, ...]) -> PoolProcess:
        """A worker that sees these GPUs: the one that was busy last, or a new one."""
        fitting = [worker for worker in self._idle if worker.gpus == gpus]
        if not fitting:
            return self._new(gpus)
        worker = max(
            fitting, key=lambda worker: (not worker.is_importing, self._idle.index(worker))
        )
        self._idle.remove(worker)
        return worker

    def _new(self, gpus: tuple[int, ...] = ()) -> PoolProcess:
        worker = PoolProcess(self._paths, gpus)
        self._selector.register(worker.descriptor, selectors.EVENT_READ, worker)
        return worker

    def _warm_up(self) -> None:
        self._prepare = False
        for _ in range(self._room.cpus - len(self._idle)):
            worker = self._new()
            worker.import_libraries(_LIBRARIES)
            self._idle.append(worker)

    def wait(self, timeout: float) -> list[tuple[Handle, Outcome]]:
        """What ended. Looks at the workers' answers, their lives and their time."""
        if self._prepare:
            self._warm_up()
        for key, _ in self._selector.select(timeout if self._busy else 0):
            worker: PoolProcess = key.data
            if worker not in self._busy:
                worker.answers()
        ended: list[tuple[Handle, Outcome]] = []
        for worker, job in list(self._busy.items()):
            outcome = self._look(worker, job)
            if outcome is not None:
                ended.append((job.handle, outcome))
        self._bury()
        self._dispatch()
        return ended

    def _look(self, worker: PoolProcess, job: _Job) -> Outcome | None:
        """The outcome of a job that has ended; news are passed on."""
        is_dead = worker.is_dead  # asked before reading, so that last words are heard
        for answer in worker.answers():
            if "outcome" in answer:
                self._finish(worker, job)
                return Outcome.from_json(answer["outcome"])
            self._hear(job, answer)
        if is_dead:
            failure = worker.death(job.attempt)
            self._finish(worker, job)
            return Outcome(failure=timed_out(job.attempt, failure) if job.is_late else failure)
        if job.is_overdue:
            job.is_late = True
            worker.kill()
        return None

    def _hear(self, job: _Job, answer: Mapping[str, Any]) -> None:
        if "progress" in answer:
            is_computed = answer["progress"].get("computed", False)
            job.begun = inf if is_computed else job.begun or time.monotonic()
            job.listener(answer["progress"])

    def _finish(self, worker: PoolProcess, job: _Job) -> None:
        """Give a job's room back; a process that trained on a GPU ends, with all that it held there."""
        del self._busy[worker]
        self._room.give_back(job.slot)
        if worker.is_dead or (worker.gpus and job.attempt.kind in _TRAININGS):
            self._retire(worker)
        else:
            self._idle.append(worker)

    def _bury(self) -> None:
        """Workers that died without work are no use to the next attempt."""
        for worker in [worker for worker in self._idle if worker.is_dead]:
            self._idle.remove(worker)
            self._retire(worker)

    def _retire(self, worker: PoolProcess, patience: float = 0.0) -> None:
        self._selector.unregister(worker.descriptor)
        worker.end(patience)

    def cancel_all(self) -> None:
        """Interrupt what runs; who does not stop in time is ended."""
        self._waiting.clear()
        for worker in self._busy:
            worker.interrupt()
        deadline = time.monotonic() + _PATIENCE
        while self._busy:
            worker, job = self._busy.popitem()
            self._room.give_back(job.slot)
            self._retire(worker, max(0.0, deadline - time.monotonic()))

    def close(self) -> None:
        self.cancel_all()
        while self._idle:
            self._retire(self._idle.pop())
        self._selector.close()
