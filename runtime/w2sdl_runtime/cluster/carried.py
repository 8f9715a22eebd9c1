"""The code that travels to a cluster: w2sdl itself and the user's operations, as one folder to upload.

Machines of a cluster need the packages that we depend on; our own code need not be installed there,
and is the same on all of them.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import w2sdl
import w2sdl_runtime
from w2sdl_runtime.endpoints.addresses import key_variables
from w2sdl_runtime.errors import PrerequisiteError

MAX_BYTES = 100 * 2**20  #: of code and files together; Ray itself refuses 500 MiB

#: Variables that the machines of a cluster get from the driver.
FORWARDED = (
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_PROFILE",
    "AWS_REGION",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_PROJECT",
    "HF_DATASETS_OFFLINE",
    "HF_ENDPOINT",
    "HF_HOME",
    "HF_HUB_CACHE",
    "HF_HUB_OFFLINE",
)
_OUR_PREFIX = "W2SDL_"
#: These go beside the work, never into a runtime environment: Ray's dashboard shows those.
SECRET = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "HF_TOKEN")


def forwarded_variables(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Variables that workers on other machines are to have, without secrets."""
    return {
        name: value
        for name, value in environment.items()
        if name in FORWARDED or (name.startswith(_OUR_PREFIX) and name != "W2SDL_CARRIED")
    }


def forwarded_secrets(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Secrets that workers need; they are written nowhere."""
    wanted = (*SECRET, *key_variables(environment))
    return {name: environment[name] for name in wanted if name in environment}


def carry_code(target: Path, modules: Iterable[str]) -> None:
    """Copy w2sdl and the user's modules into ``target``, to be imported from there.

    Modules of installed packages stay: they are installed on the cluster like other dependencies.

    Raises:
        PrerequisiteError: when it is too much to travel.
    """
    for package in (w2sdl, w2sdl_runtime):
        folder = Path(package.__file__ or "").parent
        copy_folder(folder, target / folder.name)
    grammar = Path(w2sdl.__file__ or "").parents[1] / "grammar"
    if (
        grammar.is_dir() and not (target / "w2sdl" / "grammar").exists()
    ):  # a checkout has it outside
        copy_folder(grammar, target / "w2sdl" / "grammar")
    _copy_metadata(target)
    for name in dict.fromkeys(module.partition(".")[0] for module in modules):
        _copy_module(name, target)
    check_size(target)


def check_size(folder: Path, what: str = "the code of this run") -> None:
    """Refuse what is too large to travel.

    Raises:
        PrerequisiteError: naming the largest file.
    """
    sizes = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    if (total := sum(sizes.values())) > MAX_BYTES:
        largest = max(sizes, key=lambda path: sizes[path])
        raise PrerequisiteError(
            f"{what} holds {total / 2**20:,.0f} MiB, and at most {MAX_BYTES // 2**20} MiB travel to a "
            f"cluster; the largest file is {largest.relative_to(folder)}, with "
            f"{sizes[largest] / 2**20:,.0f} MiB",
            "keep data on a disk that all machines share, and name it with --set by its absolute path",
        )


def copy_folder(source: Path, target: Path) -> None:
    """Copy a folder without hidden files and bytecode."""

    def left_out(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if name == "__pycache__" or name.startswith(".")]

    shutil.copytree(source, target, ignore=left_out, dirs_exist_ok=True)


def _copy_metadata(target: Path) -> None:
    """What says that w2sdl is installed, in which version, and that it provides operations."""
    found = importlib.metadata.distribution("w2sdl")
    folder = target / f"w2sdl-{w2sdl.__version__}.dist-info"
    folder.mkdir()
    for name in ("METADATA", "entry_points.txt"):
        (folder / name).write_text(found.read_text(name) or "", "utf-8")


def _copy_module(name: str, target: Path) -> None:
    """A module with all that lies beside it, or a package; what is installed stays."""
    module = sys.modules.get(name)
    spec = module.__spec__ if module is not None else importlib.util.find_spec(name)
    if spec is None:
        raise PrerequisiteError(
            f"the module `{name}` can't be found, so it can't travel to the cluster",
            "it is looked for beside the spec, in its repository and in the current folder",
        )
    if name in ("w2sdl", "w2sdl_runtime"):
        return
    # Of a package in several folders (one without __init__) the first folder has the last word.
    for place in reversed(list(spec.submodule_search_locations or ())):
        if not _is_installed(Path(place)):
            copy_folder(Path(place), target / name)
    if spec.submodule_search_locations is None and spec.origin:
        folder = Path(spec.origin).parent
        if not _is_installed(folder):
            for path in folder.glob("*.py"):  # a module may import its neighbours when it is called
                shutil.copy(path, target / path.name)


def _is_installed(path: Path) -> bool:
    return bool({"site-packages", "dist-packages"} & set(path.parts)) or any(
        path.is_relative_to(Path(base) / "lib") for base in (sys.base_prefix, sys.prefix)
    )
