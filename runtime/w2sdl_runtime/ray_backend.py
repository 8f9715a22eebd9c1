"""Runs attempts as Ray tasks; the only file that imports ray.

Ray gets names, digests and paths, never objects. It retries nothing (the driver does, in the
open), and only what this process started is ever shut down.
"""

from __future__ import annotations

import importlib
import itertools
import json
import logging
import os
import secrets
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import w2sdl
import w2sdl_runtime
from w2sdl_runtime.attempt import run_attempt
from w2sdl_runtime.backend import Attempt, Failure, Handle, Listener, Outcome, Resources
from w2sdl_runtime.failures import Cause, cause_of, cause_of_death
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.provenance import cpu_count

OBJECT_STORE_BYTES = 100 * 2**20  # results travel through our store; Ray carries small JSON only
_LOOK = 0.5  #: seconds between two looks at progress files
_LIBRARIES = (
    "torch",
    "pyarrow.parquet",
    "tokenizers",
    "transformers.models.llama.modeling_llama",
)
_QUIET = {
    "RAY_DEDUP_LOGS": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


def _work(record: Mapping[str, Any]) -> dict[str, Any]:
    """One attempt, in a worker."""
    return run_attempt(record, own_process=True)


def _import_libraries() -> None:
    """Import what training needs, in a worker that would idle."""
    for name in _LIBRARIES:
        importlib.import_module(name)


class RayBackend:
    """A private Ray on this machine, or the cluster at ``address``.

    Args:
        address: of a cluster ("auto" or HOST:PORT); None starts a private Ray.
        cpus: processors of a private Ray; None for all.
        gpus: GPUs of a private Ray; None for all.
        paths: folders to import the user's operations from.

    Raises:
        PrerequisiteError: when the cluster can't be reached or refuses us.
    """

    def __init__(
        self,
        address: str | None = None,
        cpus: int | None = None,
        gpus: int | None = None,
        paths: Iterable[Path] = (),
    ) -> None:
        for name, value in _QUIET.items():
            os.environ.setdefault(name, value)
        if address is None:
            _use_own_token()
        else:
            _require_listener(address)
        import ray

        self._ray = ray
        self._started = not ray.is_initialized()
        if self._started:
            _connect(ray, address, {"num_cpus": cpus or cpu_count(), "num_gpus": gpus}, paths)
        # Only a decorator's max_calls counts, hence two functions (options() refuses it).
        self._warm = ray.remote(max_calls=0, max_retries=0)(_work)
        self._fresh = ray.remote(max_calls=1, max_retries=0)(_work)
        self._import = ray.remote(num_cpus=1, max_calls=0, max_retries=0)(_import_libraries)
        self._handles = itertools.count()
        self._tasks: dict[Any, tuple[Handle, Attempt]] = {}
        self._watched: dict[Handle, _Watched] = {}
        self._imports: list[Any] = []
        self._prepare = False
        self._looked = 0.0
        self._totals = _resources(ray.cluster_resources())
        nodes = [_resources(n["Resources"]) for n in ray.nodes() if n["Alive"]]
        self._largest = max(nodes, key=lambda node: (node.gpus, node.cpus))

    @property
    def window(self) -> int:
        """A task more than processors hides the way to and fro; many would defy priority."""
        return min(256, int(self._totals.cpus) + max(1, int(self._totals.cpus) // 4))

    def totals(self) -> Resources:
        return self._totals

    def largest(self) -> Resources:
        return self._largest

    def prepare(self) -> None:
        """Let workers that idle at the beginning import what training needs."""
        self._prepare = True

    def submit(self, attempt: Attempt, listener: Listener) -> Handle:
        remote = self._fresh if attempt.gpus else self._warm
        options = {"num_cpus": attempt.cpus, "name": attempt.op}
        if attempt.gpus:
            options["num_gpus"] = attempt.gpus
        handle = next(self._handles)
        self._tasks[remote.options(**options).remote(attempt.to_json())] = (handle, attempt)
        self._watched[handle] = _Watched(Path(attempt.folder) / "progress.json", listener)
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
        return [self._end(reference) for reference in ready]

    def _end(self, reference: Any) -> tuple[Handle, Outcome]:
        handle, attempt = self._tasks.pop(reference)
        self._watched.pop(handle).look()
        return handle, self._outcome(reference, attempt)

    def _outcome(self, reference: Any, attempt: Attempt) -> Outcome:
        errors = self._ray.exceptions
        log = Path(attempt.folder) / "log.txt"
        try:
            return Outcome.from_json(self._ray.get(reference))
        except errors.RayTaskError as error:  # the worker could not even begin
            message = f"the worker failed: {str(error.cause or error).strip().splitlines()[-1]}"
            help = "are w2sdl and its packages the same on all machines?"
            found = error.cause or error
            failure = Failure(type(found).__name__, message, help, cause=cause_of(found))
            return Outcome(failure=failure)
        except errors.RayError as error:
            return Outcome(failure=_death(error, log))

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


def _death(error: Exception, log: Path) -> Failure:
    """What became of a task whose worker gave no answer."""
    cause = cause_of_death(error)
    out_of_memory = "it was ended because the machine ran out of memory"
    why = out_of_memory if cause is Cause.OOM else type(error).__name__
    tail = "\n".join(log.read_text("utf-8").splitlines()[-20:]) if log.exists() else ""
    message = f"the worker process died ({why})"
    return Failure("WorkerLost", message, "", str(log), tail, cause)


class _Watched:
    """The progress file of a running attempt."""

    def __init__(self, path: Path, listener: Listener) -> None:
        self._path = path
        self._listener = listener
        self._seen = 0

    def look(self) -> None:
        """Pass on the latest record, if it is news."""
        with suppress(OSError):
            changed = self._path.stat().st_mtime_ns
            if changed != self._seen:
                self._seen = changed
                self._listener(json.loads(self._path.read_text("utf-8")))


def _resources(found: Mapping[str, float]) -> Resources:
    return Resources(found.get("CPU", 0), found.get("GPU", 0), found.get("memory", 0))


def _use_own_token() -> None:
    """Give a private Ray a token of its own, instead of a file in the user's home.

    Ray 2.60 turns token authentication on by itself; whatever the user has set up is left alone.
    """
    chosen = {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} & os.environ.keys()
    if not chosen:
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


def _connect(
    ray: Any, address: str | None, sizes: Mapping[str, Any], paths: Iterable[Path]
) -> None:
    """Start a private Ray, or attach to a cluster; workers find the modules that we find."""
    roots = [Path(module.__file__ or "").parents[1] for module in (w2sdl, w2sdl_runtime)]
    folders = [str(path.absolute()) for path in [*paths, *roots]]
    folders += os.environ.get("PYTHONPATH", "").split(os.pathsep)
    python_path = os.pathsep.join(dict.fromkeys(filter(None, folders)))
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    private = {**sizes, "include_dashboard": False, "object_store_memory": OBJECT_STORE_BYTES}
    try:
        if address is None:
            # A private Ray inherits our environment: without a runtime_env the workers that Ray
            # starts ahead can be used, and the first task comes about 0.8 s earlier.
            with _variable("PYTHONPATH", python_path):
                ray.init(address="local", **quiet, **private)
        else:
            environment = {"env_vars": {"PYTHONPATH": python_path}}
            ray.init(address=address, runtime_env=environment, **quiet)
    except Exception as error:
        raise _refused(error, address) from error


def _require_listener(address: str) -> None:
    """Fail at once where nothing listens: Ray itself goes on trying for minutes."""
    if address.startswith("ray://"):
        raise PrerequisiteError(
            "a run can't go through ray://: that connection ends when it pauses for half a minute",
            "run on a machine of the cluster with --address auto, or give HOST:PORT",
        )
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        return  # "auto" and the like: Ray looks it up
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError as error:
        raise PrerequisiteError(
            f"nothing answers at {address}: {error.strerror or error}",
            "is the cluster up, and is this the address of its head (port 6379)?",
        ) from error


@contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _refused(error: Exception, address: str | None) -> PrerequisiteError:
    """Ray's own message is long, and only "failed to connect" where the token is wrong."""
    text = str(error).strip()
    first = text.splitlines()[0] if text else type(error).__name__
    if address is None:
        return PrerequisiteError(f"Ray can't be started: {first}", "try --executor local")
    return PrerequisiteError(
        f"Ray at {address} can't be used: {first}",
        "is the cluster's version of Ray the same, and its token in RAY_AUTH_TOKEN (or "
        "RAY_AUTH_TOKEN_PATH), with RAY_AUTH_MODE=token?",
    )
