"""Connects to Ray: a private one on this machine, or a cluster; says why where it can't."""

from __future__ import annotations

import importlib.metadata
import logging
import os
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import w2sdl
import w2sdl_runtime
from w2sdl_runtime.cluster.carried import carry_code, forwarded_variables
from w2sdl_runtime.errors import PrerequisiteError, first_line

OBJECT_STORE_BYTES = 100 * 2**20  # results travel through our store; Ray carries small JSON only
_PATIENCE = 20.0  #: seconds without an answer of the head; one with a standby may come back
CARRIED = "W2SDL_CARRIED"  #: set in a job: the folder that travelled, with code and spec
_TOKEN_VARIABLES = ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
_QUIET = {
    "RAY_DEDUP_LOGS": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
#: A warm worker may get another GPU than the one it began with, which torch can only follow when it
#: sees them all; `gpu_worker.take_gpu` selects the one that Ray assigned.
_WORKERS = {"RAY_EXPERIMENTAL_NOSET_CUDA_VISIBLE_DEVICES": "1"}


def chosen_address(given: str | None) -> str | None:
    """The address of a cluster: as given, or RAY_ADDRESS; None for a private Ray ("local")."""
    address = given or os.environ.get("RAY_ADDRESS") or "local"
    return None if address == "local" else address


def connect(
    ray: Any,
    address: str | None,
    sizes: Mapping[str, Any],
    paths: Sequence[Path] = (),
    modules: Sequence[str] = (),
) -> None:
    """Start a private Ray, or attach to a cluster, to which our code then travels.

    Args:
        ray: the imported package, after `prepare_environment`.
        address: None for a private Ray.
        sizes: ``num_cpus`` and ``num_gpus`` of a private Ray.
        paths: folders that the workers of a private Ray import from.
        modules: with the user's operations, for a cluster.

    Raises:
        PrerequisiteError: when there is no such cluster, or it refuses us.
    """
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    with _captured() as said:
        try:
            if address is None:
                _start(ray, sizes, paths, quiet)
            elif CARRIED in os.environ:
                ray.init(address=address, **quiet)
            else:
                _attach(ray, address, modules, quiet)
        except PrerequisiteError:
            raise
        except Exception as error:
            raise refused(error, address, said()) from error


def _attach(ray: Any, address: str, modules: Sequence[str], quiet: Mapping[str, Any]) -> None:
    with tempfile.TemporaryDirectory(prefix="w2sdl-code-") as folder:
        carry_code(Path(folder), modules)
        environment = {"working_dir": folder, "env_vars": {**_WORKERS, **forwarded_variables()}}
        ray.init(address=address, runtime_env=environment, **quiet)


def job_variables() -> dict[str, str]:
    """Variables for the driver and the workers of a submitted job."""
    return {**_WORKERS, **forwarded_variables(), "PYTHONUNBUFFERED": "1"}


def prepare_environment(address: str | None) -> None:
    """Set what Ray reads when it is imported; fail at once where there is no cluster."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    if address is None:
        _use_own_token()
    else:
        _require_listener(address)


def _start(
    ray: Any, sizes: Mapping[str, Any], paths: Sequence[Path], quiet: Mapping[str, Any]
) -> None:
    """Start a private Ray, which inherits our environment.

    Without a runtime_env the workers that Ray starts ahead can be used, and the first task comes
    about 0.8 s earlier.
    """
    roots = [Path(module.__file__ or "").parents[1] for module in (w2sdl, w2sdl_runtime)]
    folders = [str(path.absolute()) for path in [*paths, *roots]]
    folders += os.environ.get("PYTHONPATH", "").split(os.pathsep)
    python_path = os.pathsep.join(dict.fromkeys(filter(None, folders)))
    private = {**sizes, "include_dashboard": False, "object_store_memory": OBJECT_STORE_BYTES}
    with _variables({**_WORKERS, "PYTHONPATH": python_path}):
        ray.init(address="local", **quiet, **private)


class HeadWatch:
    """Notices that the head of a cluster is gone. Ray says so after a minute, by ending the process."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._answered = time.monotonic()

    def look(self) -> bool:
        """Whether it answers now. Where it does not, questions to it would block for a minute.

        Raises:
            PrerequisiteError: when the head has not answered for `_PATIENCE` seconds.
        """
        if answers(self._address):
            self._answered = time.monotonic()
            return True
        if (silent := time.monotonic() - self._answered) > _PATIENCE:
            raise PrerequisiteError(
                f"the head of the cluster at {self._address} has not answered for {silent:.0f} s",
                "start the cluster again; the same command goes on from here",
            )
        return False


def answers(address: str, timeout: float = 2.0) -> bool:
    """Whether something listens at HOST:PORT."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=timeout).close()
    except OSError:
        return False
    return True


def _use_own_token() -> None:
    """Give a private Ray a token of its own, instead of a file in the user's home.

    Ray 2.60 turns token authentication on by itself; whatever the user has set up is left alone. It
    reads these variables when it is imported: later it would disagree with the servers that it starts.
    """
    if "ray" not in sys.modules and not set(_TOKEN_VARIABLES) & os.environ.keys():
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


def check_address(address: str) -> None:
    """Refuse what can't be the address of a cluster, before anything else is done.

    Raises:
        PrerequisiteError: for what takes jobs, what a run can't go through, and what is no address.
    """
    if address.startswith("ray://"):
        raise PrerequisiteError(
            "a run can't go through ray://: that connection ends when it pauses for half a minute",
            "run on a machine of the cluster with --address auto, or send the spec there: "
            "w2sdl submit SPEC --address http://HEAD:8265",
        )
    if address.startswith(("http://", "https://")):
        raise PrerequisiteError(
            f"{address} takes jobs, and a run attaches to the cluster itself",
            f"send the spec there: w2sdl submit SPEC --address {address}",
        )
    host, _, port = address.rpartition(":")
    if address != "auto" and not (host and port.isdigit()):
        raise PrerequisiteError(
            f"`{address}` is no address of a Ray cluster",
            "write HOST:PORT, such as head:6379, or auto for the cluster of this machine",
        )


def _require_listener(address: str) -> None:
    """Fail at once where nothing listens: Ray itself goes on trying for minutes."""
    check_address(address)
    host, _, port = address.rpartition(":")
    if not host:
        return  # "auto": Ray looks it up
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError as error:
        raise PrerequisiteError(
            f"nothing answers at {address}: {error.strerror or error}",
            "is the cluster up, and is this the address of its head (port 6379)?",
        ) from error


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def refused(error: Exception, address: str | None, said: str = "") -> PrerequisiteError:
    """Ray's own message is long, and only "failed to connect" where the token is wrong.

    Args:
        error: what Ray raised.
        address: of the cluster; None for a private Ray.
        said: what Ray printed meanwhile.
    """
    first = first_line(error)
    if address is None:
        return PrerequisiteError(f"Ray can't be started: {first}", "try --executor local")
    if is_about_token(said + str(error)):
        return PrerequisiteError(
            f"Ray at {address} can't be used: it refuses our token", token_help()
        )
    version = importlib.metadata.version("ray")
    return PrerequisiteError(
        f"Ray at {address} can't be used: {first}",
        f"is it a Ray cluster, of our version of Ray ({version})? `w2sdl doctor --address` says more",
    )


def is_about_token(text: str) -> bool:
    """Whether Ray complains of a missing or wrong token."""
    return any(word in text for word in ("Unauthenticated", "AuthToken", "authentication token"))


def token_help() -> str:
    """Which variable is missing here, when a cluster refuses our token."""
    mode, token, path = (os.environ.get(name) for name in _TOKEN_VARIABLES)
    if path and not Path(path).expanduser().is_file():
        return f"RAY_AUTH_TOKEN_PATH names {path}, which is no file"
    if not token and not path:
        return (
            "RAY_AUTH_TOKEN is not set here: put the cluster's token in it (or name its file in "
            "RAY_AUTH_TOKEN_PATH), with RAY_AUTH_MODE=token"
        )
    if mode != "token":
        return (
            f"set RAY_AUTH_MODE=token (it is `{mode or ''}` here), or Ray leaves the token at home"
        )
    name = "RAY_AUTH_TOKEN" if token else "RAY_AUTH_TOKEN_PATH"
    return f"the cluster has another token than the one in {name}"


@contextmanager
def _captured() -> Iterator[Callable[[], str]]:
    """Keep what Ray's C++ writes to descriptor 2 off the terminal; gives a function to read it."""
    with tempfile.TemporaryFile() as file:
        before = os.dup(2)
        os.dup2(file.fileno(), 2)

        def read() -> str:
            file.seek(0)
            return file.read().decode("utf-8", "replace")

        try:
            yield read
        finally:
            os.dup2(before, 2)
            os.close(before)
