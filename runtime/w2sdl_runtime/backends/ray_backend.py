"""Runs attempts as Ray tasks.

Ray gets names, digests and paths, never objects. It retries nothing (the driver does, in the
open), and only what this process started is ever shut down.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from w2sdl.kinds import Kind
from w2sdl_runtime.backends.backend import Handle, Resources
from w2sdl_runtime.backends.local_backend import this_machine
from w2sdl_runtime.backends.machines import asked, holds, machine_of
from w2sdl_runtime.backends.placement import Places
from w2sdl_runtime.backends.ray_tasks import import_libraries, work, work_together
from w2sdl_runtime.backends.watching import Watched
from w2sdl_runtime.cluster.carried import forwarded_secrets
from w2sdl_runtime.cluster.ray_cluster import CARRIED, HeadWatch, connect, prepare_environment
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.provenance import cpu_count
from w2sdl_runtime.worker.attempt_log import tail_of_lost
from w2sdl_runtime.worker.failures import Cause, cause_of, cause_of_death, next_step
from w2sdl_runtime.worker.protocol import Attempt, Failure, Listener, Outcome
from w2sdl_runtime.worker.time_limit import GRACE, timed_out

_LOOK = 0.5  #: seconds between two looks at progress files
_CENSUS = 3.0  #: seconds between two looks at the machines of a cluster
#: Seconds that a task may wait for a machine that is large enough, as when an autoscaler adds one.
_NO_ROOM = 600.0
_TRAININGS = (Kind.MODEL.value, Kind.PREDICTOR.value)


class RayBackend:
    """A private Ray on this machine, or the cluster at ``address``.

    Args:
        address: of a cluster ("auto" or HOST:PORT); None starts a private Ray.
        cpus: processors of a private Ray; None for all.
        gpus: GPUs of a private Ray; None for all.
        paths: folders to import the user's operations from, on this machine.
        modules: with the user's operations; they travel to a cluster.

    Raises:
        PrerequisiteError: when the cluster can't be reached or refuses us.
    """

    def __init__(
        self,
        address: str | None = None,
        cpus: int | None = None,
        gpus: int | None = None,
        paths: Iterable[Path] = (),
        modules: Sequence[str] = (),
    ) -> None:
        prepare_environment(address)
        import ray

        self._ray = ray
        self._started = not ray.is_initialized()
        self._is_private = self._started and address is None
        if self._started:
            sizes = {"num_cpus": cpus or cpu_count(), "num_gpus": gpus}
            connect(ray, address, sizes, list(paths), modules)
        self._secrets = forwarded_secrets() if address else {}
        self._head = HeadWatch(ray.get_runtime_context().gcs_address) if address else None
        # Only a decorator's max_calls counts, hence two functions (options() refuses it).
        self._warm = ray.remote(max_calls=0, max_retries=0)(work)
        self._fresh = ray.remote(max_calls=1, max_retries=0)(work)
        self._together = ray.remote(max_calls=0, max_retries=0)(work_together)
        self._import = ray.remote(num_cpus=1, max_calls=0, max_retries=0)(import_libraries)
        self._handles = itertools.count()
        self._tasks: dict[Any, tuple[Handle, Attempt]] = {}
        self._watched: dict[Handle, Watched] = {}
        self._late: set[Handle] = set()  #: what was ended since its time was up
        self._imports: list[Any] = []
        self._prepare = False
        self._looked = self._counted = 0.0
        self._room = time.monotonic()  #: when there was last a machine for every task
        self._places = Places()
        self._take_census()

    @property
    def window(self) -> int:
        """A task more than processors hides the way to and fro; many would defy priority."""
        return min(256, int(self._totals.cpus) + max(1, int(self._totals.cpus) // 4))

    def totals(self) -> Resources:
        return self._totals

    def machines(self) -> Sequence[Resources]:
        return self._machines

    def prepare(self) -> None:
        """Let workers that idle at the beginning import what training needs."""
        self._prepare = True

    def submit(self, attempt: Attempt, listener: Listener) -> Handle:
        # A process that ends gives all of its GPU memory back, whatever a training did to it.
        fresh = attempt.gpus and attempt.kind in _TRAININGS
        remote = self._fresh if fresh else self._warm
        if attempt.shards > 1:
            return self._submit_together(attempt, listener)
        options: dict[str, Any] = {"num_cpus": attempt.cpus, "name": attempt.op}
        asked: dict[str, Any] = {"num_gpus": attempt.gpus, "memory": attempt.memory}
        asked["accelerator_type"] = attempt.accelerator
        options |= {name: value for name, value in asked.items() if value}
        if (machine := self._places.nearest(attempt)) is not None:
            options["scheduling_strategy"] = _prefer(machine)
        return self._hand_over(remote.options(**options), attempt, listener)

    def _submit_together(self, attempt: Attempt, listener: Listener) -> Handle:
        """The processes ask for what they need; the task that starts them only waits."""
        remote = self._together.options(num_cpus=0, name=attempt.op)
        return self._hand_over(remote, attempt, listener)

    def _hand_over(self, remote: Any, attempt: Attempt, listener: Listener) -> Handle:
        handle = next(self._handles)
        task = remote.remote(attempt.to_json(), self._secrets, _base(attempt))
        self._tasks[task] = (handle, attempt)
        self._watched[handle] = Watched(Path(attempt.folder) / "progress.json", listener)
        return handle

    def wait(self, timeout: float) -> list[tuple[Handle, Outcome]]:
        if self._prepare:
            self._prepare = False
            idle = int(self._totals.cpus - sum(a.cpus for _, a in self._tasks.values()))
            self._imports = [self._import.remote() for _ in range(idle)]
        ready, _ = self._ray.wait(list(self._tasks), num_returns=1, timeout=timeout)
        if ready and len(self._tasks) > 1:
            count = len(self._tasks)
            ready, _ = self._ray.wait(list(self._tasks), num_returns=count, timeout=0)
        if time.monotonic() - self._looked >= _LOOK:
            self._looked = time.monotonic()
            for watched in self._watched.values():
                watched.look()
            self._end_late()
        if self._head is not None and time.monotonic() - self._counted >= _CENSUS:
            self._counted = time.monotonic()
            if self._head.look():
                self._take_census()
        return [self._end(reference) for reference in ready]

    def _end_late(self) -> None:
        """End workers that a timer did not reach: in a long call into C, or in another thread."""
        for reference, (handle, attempt) in self._tasks.items():
            begun = self._watched[handle].begun
            if attempt.timeout is None or begun is None or handle in self._late:
                continue
            if time.monotonic() - begun > attempt.timeout + GRACE:
                self._late.add(handle)
                self._ray.cancel(reference, force=True)

    def _end(self, reference: Any) -> tuple[Handle, Outcome]:
        handle, attempt = self._tasks.pop(reference)
        self._watched.pop(handle).look()
        outcome = self._outcome(reference, attempt)
        if handle in self._late and outcome.failure is not None:
            self._late.discard(handle)
            outcome = Outcome(failure=timed_out(attempt, outcome.failure))
        return handle, outcome

    def _outcome(self, reference: Any, attempt: Attempt) -> Outcome:
        errors = self._ray.exceptions
        log = Path(attempt.folder) / "log.txt"
        try:
            answer = self._ray.get(reference)
            outcome = Outcome.from_json(answer["outcome"])
            if outcome.failure is None:
                self._places.remember(outcome.manifest, answer["machine"])
            return outcome
        except errors.RayTaskError as error:  # the worker could not even begin
            message = f"the worker failed: {str(error.cause or error).strip().splitlines()[-1]}"
            help = "are w2sdl and its packages the same on all machines?"
            found = error.cause or error
            failure = Failure(type(found).__name__, message, help, cause=cause_of(found))
            return Outcome(failure=failure)
        except errors.RayError as error:
            return Outcome(failure=_death(error, log))

    def _take_census(self) -> None:
        """Machines come and go: what a run may ask for, and how much is handed over at a time."""
        here = this_machine() if self._is_private else None
        nodes = [machine_of(n["Resources"], here) for n in self._ray.nodes() if n["Alive"]]
        self._require_room(nodes)
        if nodes:
            self._totals = Resources(
                sum(n.cpus for n in nodes), sum(n.gpus for n in nodes), sum(n.memory for n in nodes)
            )
            self._machines = nodes

    def _require_room(self, nodes: Sequence[Resources]) -> None:
        """Ray would wait for ever for a machine that went away."""
        for _, attempt in self._tasks.values():
            if not any(holds(machine, attempt) for machine in nodes):
                if time.monotonic() - self._room > _NO_ROOM:
                    raise PrerequisiteError(
                        f"{attempt.address} waits for {asked(attempt)}, and for "
                        f"{_NO_ROOM / 60:g} minutes no machine of the cluster has had as much",
                        "start such a machine; the same command goes on from here",
                    )
                return
        self._room = time.monotonic()

    def cancel_all(self) -> None:
        for reference in [*self._tasks, *self._imports]:
            with suppress(self._ray.exceptions.RayError):
                self._ray.cancel(reference, force=True)
        self._tasks.clear()
        self._watched.clear()

    def close(self) -> None:
        """End what this backend started; a cluster, or the Ray of the host program, goes on."""
        self.cancel_all()
        if self._started:
            self._ray.shutdown()


def _prefer(machine: str) -> Any:
    """Run on one machine if it is free, else anywhere."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    return NodeAffinitySchedulingStrategy(machine, soft=True, _spill_on_unavailable=True)


def _base(attempt: Attempt) -> str | None:
    """The folder of the spec below the one that travelled, where it did (`w2sdl submit`)."""
    folder = os.environ.get(CARRIED)
    return os.path.relpath(attempt.base, folder) if folder else None


def _death(error: Exception, log: Path) -> Failure:
    """What became of a task whose worker gave no answer."""
    cause = cause_of_death(error)
    out_of_memory = "it was ended because the machine ran out of memory"
    why = out_of_memory if cause is Cause.OOM else type(error).__name__
    message = f"the worker process died ({why})"
    help = f"{next_step(cause)}what it wrote last is in {log}"
    return Failure("WorkerLost", message, help, str(log), tail_of_lost(log), cause)
