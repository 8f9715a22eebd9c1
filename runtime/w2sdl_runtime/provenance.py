"""Where a result came from: packages, git, host, processors and the command line."""

from __future__ import annotations

import os
import platform
import shlex
import socket
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.masking import masked as masked

#: Distributions whose version can change a number.
PACKAGES = (
    "w2sdl",
    "accelerate",
    "datasets",
    "huggingface-hub",
    "numpy",
    "peft",
    "pyarrow",
    "pydantic",
    "ray",
    "safetensors",
    "scipy",
    "tokenizers",
    "torch",
    "transformers",
)


@cache
def package_versions() -> dict[str, str]:
    """Versions of the packages that matter, of those that are installed."""
    import importlib.metadata  # light commands, which only ask for the host, need not wait for it

    found: dict[str, str] = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def environment_of(packages: Iterable[str]) -> dict[str, str]:
    """Major and minor version of some packages, as keys have them; nothing is imported.

    Raises:
        PrerequisiteError: for a package that isn't installed.
    """
    return {name: _major_minor(name) for name in packages}


@cache
def _major_minor(package: str) -> str:
    import importlib.metadata

    try:
        return minor(importlib.metadata.version(package))
    except importlib.metadata.PackageNotFoundError:
        raise PrerequisiteError(
            f"the package {package} isn't installed, and its version decides results",
            f"pip install {package}",
        ) from None


def minor(version: str) -> str:
    """Major and minor version of a version, without the build (2.13.0+cpu)."""
    return ".".join(version.partition("+")[0].split(".")[:2])


def check_environment(planned: Mapping[str, str]) -> None:
    """Refuse to compute under a key that was made with other packages.

    Raises:
        PrerequisiteError: naming the first package that differs.
    """
    for name, version in planned.items():
        if (here := _major_minor(name)) != version:
            raise PrerequisiteError(
                f"{host_name()} has {name} {here}, and the run was started with {name} {version}",
                "install the same packages on all machines that work on a run",
            )


def git_state(folder: Path) -> dict[str, str | bool]:
    """The repository around ``folder``: commit, whether it has changes, where it came from.

    Empty without a repository; ``remote`` only where it has one, and without passwords.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return {}
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    remote = _git(folder, "config", "--get", "remote.origin.url")
    found: dict[str, str | bool] = {"commit": commit, "dirty": bool(changes)}
    return {**found, "remote": masked(remote)} if remote else found


def _git(folder: Path, *arguments: str) -> str | None:
    import subprocess

    command = ["git", "-C", str(folder), *arguments]
    # Refreshing the index would write into the user's repository.
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def host_name() -> str:
    """What this machine calls itself."""
    return socket.gethostname()


def process_started(pid: int) -> float:
    """When a process of this host started, in seconds after the host did; -1 where there is none.

    Relative, since the clock of a machine may be set while the process runs.
    """
    import psutil

    try:
        return round(psutil.Process(pid).create_time() - psutil.boot_time(), 2)
    except psutil.Error:
        return -1.0


def process_is_alive(pid: int, started: float | None = None) -> bool:
    """Whether a process of this host runs; with ``started``, whether it is that one still.

    A process that has ended and is not yet reaped counts as dead.
    """
    import psutil

    try:
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return False
    except psutil.Error:
        return False
    return started is None or abs(process_started(pid) - started) < 2.0


def python_version() -> str:
    """Such as 3.11.7."""
    return platform.python_version()


def cpu_count() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_total() -> int:
    """Bytes of memory that this process may use: of the machine, or of its control group."""
    import psutil

    total: int = psutil.virtual_memory().total
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(limit).read_text("ascii").strip()
        except OSError:
            continue
        return min(total, int(text)) if text.isdecimal() else total
    return total


def command_line() -> str:
    """The command that was typed, quoted so that it can be pasted, with secrets masked."""
    return masked(shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]))


def platform_name() -> str:
    """The operating system, the processor's family and the C library."""
    return platform.platform()


@cache
def device_name(device: str) -> str:
    """The model of the processor, or of the GPU that this process sees first."""
    if device == "cuda":
        import torch

        return torch.cuda.get_device_name(0) if torch.cuda.is_available() else device
    with suppress(OSError):
        return processor_name(Path("/proc/cpuinfo").read_text("utf-8"))
    return platform.processor() or platform.machine()


def processor_name(cpuinfo: str) -> str:
    """The first of ``/proc/cpuinfo``, by name and number: in virtual machines names are generic."""
    first = cpuinfo.partition("\n\n")[0].splitlines()
    told = {
        name.strip(): value.strip() for name, _, value in (line.partition(":") for line in first)
    }
    name = told.get("model name") or platform.processor() or platform.machine()
    if "cpu family" not in told or "model" not in told:
        return name
    return f"{name} (family {told['cpu family']}, model {told['model']})"
