"""Looks at this machine: what runs need of it, whether it is there, and what to do where it is not."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import socket
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import w2sdl
from w2sdl.input_error import InputError
from w2sdl.location import Location, local_folder, shown_location, split_cache
from w2sdl.wording import first_of
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.provenance import cpu_count
from w2sdl_runtime.storage.file_systems import file_system, is_network

_HUB = ("huggingface.co", 443)
_LITTLE = 10 * 2**30  #: bytes of disk space below which a model may not fit
_TOO_LITTLE = 2**30
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class Level(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    level: Level
    fact: str
    help: str = ""


def ok(name: str, fact: str) -> Check:
    """A check that found nothing wrong."""
    return Check(name, Level.OK, fact)


def warning(name: str, fact: str, help: str) -> Check:
    """A check that found what may become a problem."""
    return Check(name, Level.WARNING, fact, help)


def problem(name: str, fact: str, help: str) -> Check:
    """A check that found what stops a run."""
    return Check(name, Level.PROBLEM, fact, help)


def check_machine(
    store: Location, modules: Sequence[str], folders: Sequence[Path]
) -> Iterator[Check]:
    """All checks of this machine, one by one.

    Args:
        store: where results are kept.
        modules: with the user's operations.
        folders: where those are looked for.
    """
    yield _python()
    yield from check_packages()
    yield from check_torch()
    yield check_threads()
    yield from check_store(local_folder(store))
    if isinstance(store, str):
        yield check_bucket(store)
    yield from check_operations(modules, folders)
    yield check_hub()


def _python() -> Check:
    fact = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return ok("python", fact)


def check_packages(constraints: Path | None = None) -> Iterator[Check]:
    """Packages that are missing or too old, and those of another version than we are tested with."""
    from packaging.requirements import Requirement

    for text in importlib.metadata.requires("w2sdl") or ():
        wanted = Requirement(text)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        found = _version(wanted.name)
        if found is None or not wanted.specifier.contains(found, prereleases=True):
            shown = f"{wanted.name} {found}" if found else f"{wanted.name} is missing"
            install = f'pip install "{wanted.name}{wanted.specifier}"'
            yield problem(
                "packages", f"{shown}; w2sdl needs {wanted.name}{wanted.specifier}", install
            )
    file = constraints or Path(w2sdl.__file__ or "").parents[1] / "constraints.txt"
    if file.is_file():
        yield _tested(file)


def _tested(file: Path) -> Check:
    lines = [line.partition("#")[0].strip() for line in file.read_text("utf-8").splitlines()]
    pinned = dict(line.split("==", 1) for line in lines if "==" in line)
    found = {name: _version(name) for name in pinned}
    other = [
        f"{name} {here} (tested: {pinned[name]})"
        for name, here in found.items()
        if here is not None and here.partition("+")[0] != pinned[name]  # torch 2.13.0+cpu
    ]
    if not other:
        return ok(
            "packages", f"those installed of {len(pinned)} have the versions of constraints.txt"
        )
    return warning(
        "packages",
        f"other versions than w2sdl is tested with: {first_of(other, 4)}",
        "numbers may differ in the last digits; pip install -c constraints.txt -e . takes those",
    )


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def check_torch() -> Iterator[Check]:
    """The build of torch, and the GPUs that it can use."""
    try:
        import torch
    except Exception as error:  # a broken build raises anything
        yield problem(
            "torch", f"it can't be imported: {error}", "install it again: pip install torch"
        )
        return
    build = f"CUDA {torch.version.cuda}" if torch.version.cuda else "without CUDA"
    yield ok("torch", f"{torch.__version__}, {build}")
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            card = torch.cuda.get_device_properties(index)
            yield ok("gpu", f"{index}: {card.name}, {card.total_memory / 2**30:.0f} GiB")
    elif Path("/dev/nvidiactl").exists():
        yield warning(
            "gpu",
            "this machine has an NVIDIA driver, and torch can't use it",
            "install a build of torch for its CUDA version (the README says how), or update the driver",
        )
    else:
        yield ok("gpu", "none: models run on processors")


def check_threads() -> Check:
    """Variables that decide how many threads libraries start."""
    count = cpu_count()
    found = {name: os.environ[name] for name in _THREADS if name in os.environ}
    if any(value != "1" for value in found.values()):
        shown = ", ".join(f"{name}={value}" for name, value in found.items())
        return warning(
            "threads",
            f"{shown} is inherited, with {count} processors here",
            "nodes set their own count (cpus of the operation); unset it, for what runs before that",
        )
    return ok("threads", f"{count} processors for this process")


def check_store(store: Path) -> Iterator[Check]:
    """Whether results can be written, and how much room there is."""
    try:
        store.mkdir(parents=True, exist_ok=True)
        _write_and_rename(store)
    except OSError as error:
        yield problem(
            "store", f"{store} can't be written: {(error.strerror or str(error)).lower()}",
            "--store names another place",
        )  # fmt: skip
        return
    kind = file_system(store)
    free = shutil.disk_usage(store).free
    place = f"{store} ({kind or 'unknown file system'}, {free / 2**30:,.0f} GiB free)"
    if free < _TOO_LITTLE:
        yield problem("store", f"{place}: that is too little", "free some space: w2sdl cache gc")
    elif free < _LITTLE:
        yield warning("store", f"{place}: a large model may not fit", "w2sdl cache gc frees some")
    elif is_network(store):
        yield warning(
            "store",
            f"{place}: SQLite's write-ahead log does not work there, so the journal writes through",
            "good for a cluster, slower for many small nodes; runs of one machine are best on its disk",
        )
    else:
        yield ok("store", place)


def check_bucket(store: str) -> Check:
    """Whether a store at a URL answers."""
    from w2sdl_runtime.storage.layout import LAYOUT
    from w2sdl_runtime.storage.remote import Remote
    from w2sdl_runtime.storage.remote_store import undecided

    shown = shown_location(store)
    try:
        remote = Remote(split_cache(store)[0], LAYOUT)
        found = remote.identity(make=False)
        decides = not found or remote.folder.decides()
    except PrerequisiteError as error:
        return problem("store", error.message, error.help)
    if not decides:
        return warning(
            "store", undecided(shown), "let one machine at a time run, or use s3:// or gs://"
        )
    return ok("store", f"{shown} answers" + ("" if found else "; there is no store yet"))


def _write_and_rename(folder: Path) -> None:
    """What a commit does: write, sync, rename."""
    first, second = (folder / f".doctor-{uuid.uuid4().hex}" for _ in range(2))
    try:
        with first.open("wb") as file:
            file.write(b"w2sdl")
            file.flush()
            os.fsync(file.fileno())
        first.rename(second)
    finally:
        for path in (first, second):
            path.unlink(missing_ok=True)


def check_operations(modules: Sequence[str], folders: Sequence[Path]) -> Iterator[Check]:
    """Whether all modules with operations can be imported."""
    from w2sdl import discover

    try:
        found = discover.load_signatures(modules, folders)
    except InputError as error:
        yield problem("operations", error.message, error.help)
    else:
        own = f", with {', '.join(modules)}" if modules else ""
        yield ok("operations", f"{len(found.ops)} operations{own}")


def check_hub(host: tuple[str, int] = _HUB) -> Check:
    """Whether the hub answers. Only specs that name its repositories need it."""
    if os.environ.get("HF_HUB_OFFLINE", "0") not in ("0", ""):
        return ok("hub", "HF_HUB_OFFLINE is set: nothing is fetched")
    try:
        socket.create_connection(host, timeout=3.0).close()
    except OSError as error:
        return ok(
            "hub", f"{host[0]} can't be reached ({error}); only specs that name its models need it"
        )
    return ok("hub", f"{host[0]} answers")


def guarded(name: str, checks: Callable[[], Iterable[Check]]) -> Iterator[Check]:
    """Checks of which none can end the doctor's visit."""
    try:
        yield from checks()
    except Exception as error:
        yield problem(name, f"{type(error).__name__}: {error}", "this check itself failed")
