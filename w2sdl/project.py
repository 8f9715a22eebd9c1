"""A spec's place on disk: its text, and the settings of the project around it (``w2sdl.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2sdl.budget import NO_BUDGET, Budget, parse_budget
from w2sdl.input_error import InputError as InputError
from w2sdl.location import Location, StoreChoice, parse_location, with_cache
from w2sdl.source import Source

if TYPE_CHECKING:
    from w2sdl.checking.libraries import Load

MAX_SPEC_BYTES = 4 * 2**20  #: about 60,000 lines


@dataclass(frozen=True)
class Settings:
    """What ``w2sdl.toml`` says, and where things are."""

    root: Path  #: folder of w2sdl.toml, of the git repository, or of the spec
    store: Location
    executor: str = "ray"
    modules: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()  #: folders outside of the project that specs may read
    #: the table [run]: see `w2sdl.checking.run_defaults`
    run: Mapping[str, Any] = field(default_factory=dict)
    budget: Budget | None = None  #: what each run may spend


def load_settings(spec: Path, store: Location | StoreChoice | None = None) -> Settings:
    """Settings for a spec: the nearest ``w2sdl.toml`` above it, or defaults.

    Raises:
        InputError: when the file is not TOML, or has settings that don't exist or can't be.
    """
    chosen = store if isinstance(store, StoreChoice) else StoreChoice(store)
    folder = spec.resolve().parent
    marks = ("w2sdl.toml", ".git")
    above = (folder, *folder.parents)
    root = next((f for f in above if any((f / mark).exists() for mark in marks)), folder)
    values = _read_toml(root / "w2sdl.toml")
    place = chosen.location or parse_location(values.get("store", ".w2sdl"), root)
    place = with_cache(place, chosen.cache or _cache_setting(values, root, place))
    executor = values.get("executor", "ray")
    lists = {name: tuple(values.get(name, ())) for name in ("modules", "paths")}
    budget = _budget_setting(values, root)
    return Settings(root, place, executor, **lists, run=values.get("run", {}), budget=budget)


def _cache_setting(values: dict[str, Any], root: Path, place: Location) -> Path | None:
    """The cache folder of ``w2sdl.toml``: for whatever store is elsewhere."""
    cache = values.get("cache")
    return root / Path(cache).expanduser() if cache and isinstance(place, str) else None


def _budget_setting(values: dict[str, Any], root: Path) -> Budget | None:
    amount = str(values.get("budget", NO_BUDGET))
    return None if amount == NO_BUDGET else parse_budget(amount, f"{root / 'w2sdl.toml'}: `budget`")


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as problem:
        raise InputError(f"{path} is no TOML: {problem}", "see https://toml.io") from problem
    except UnicodeDecodeError as problem:
        raise InputError(f"{path} is not UTF-8 text", "save it as UTF-8") from problem
    except OSError as problem:
        raise InputError(f"{path} can't be read: {problem.strerror}") from problem
    _check_settings(path, values)
    return values


def _check_settings(path: Path, values: Mapping[str, Any]) -> None:
    unknown = set(values) - {"store", "cache", "executor", "modules", "paths", "run", "budget"}
    if unknown:
        raise InputError(
            f"{path} has an unknown setting `{sorted(unknown)[0]}`",
            "settings are store, cache, executor, modules, paths, budget and the table [run]",
        )
    for name in ("store", "cache"):
        if not isinstance(values.get(name, ""), str):
            raise InputError(f"{path}: `{name}` is no text", f'write {name} = "..."')
    for name in ("modules", "paths"):
        found = values.get(name, [])
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise InputError(f"{path}: `{name}` is no list of texts", f'write {name} = ["..."]')
    if values.get("executor", "ray") not in ("ray", "local"):
        found = values["executor"]
        raise InputError(f"{path}: there is no executor `{found}`", "choose ray or local")
    if not isinstance(values.get("run", {}), dict):
        raise InputError(f"{path}: `run` is no table", "write [run], and settings below it")


def module_folders(spec: Path, root: Path) -> list[Path]:
    """Where the user's modules are looked for, beside what Python finds itself."""
    return [spec.resolve().parent, root, Path.cwd()]


def read_source(path: Path, name: str = "") -> Source:
    """Read a spec, called ``name``; every way in which that can fail is said in a sentence.

    Raises:
        InputError: when there is no such file, or it holds no text.
    """
    shown = name or str(path)
    _check_name(path)
    try:
        if path.is_dir():
            raise InputError(f"{shown} is a folder", "name a .w2s file")
        if path.is_file():
            check_size(shown, path.stat().st_size)
        # "-sig", since editors on Windows write a byte order mark first.
        return Source(shown, path.read_text("utf-8-sig"))
    except FileNotFoundError as problem:
        raise InputError(f"there is no file {shown}", _near_files(path)) from problem
    except UnicodeDecodeError as problem:
        raise InputError(
            f"{shown} is not UTF-8 text: {problem.reason} in line {_line_of(problem)}",
            "save it as UTF-8",
        ) from problem
    except OSError as problem:
        raise InputError(f"{shown} can't be read: {problem.strerror}") from problem


def _check_name(path: Path) -> None:
    """Names go into records, which are UTF-8."""
    place = str(path.absolute())
    try:
        place.encode()
    except UnicodeEncodeError as problem:
        shown = place.encode("utf-8", "backslashreplace").decode()
        raise InputError(
            f"the name {shown} is no text in this locale", "rename it, or set LC_ALL=C.UTF-8"
        ) from problem


def check_size(name: str, size: int) -> None:
    """Refuse what is too large to be a spec.

    Raises:
        InputError: beyond `MAX_SPEC_BYTES`.
    """
    if size > MAX_SPEC_BYTES:
        raise InputError(
            f"{name} holds {size / 2**20:.1f} MiB, and a spec at most {MAX_SPEC_BYTES // 2**20}",
            "is it a spec? Data and prompts stand in files of their own, which a spec names",
        )


def load_below(spec: Path) -> Load:
    """Reads the files that a spec imports: those in or below its folder, links not followed out of it."""
    from w2sdl.checking.libraries import Unreadable  # loads the parser, which settings don't need

    folder = spec.resolve().parent

    def load(path: str) -> Source:
        found = (folder / path).resolve()
        if not found.is_relative_to(folder):
            raise Unreadable("it lies outside the folder of the spec")
        try:
            return read_source(found, str(spec.parent / path))
        except InputError as problem:
            near = f"; {problem.help}" if problem.help else ""
            raise Unreadable(f"{problem.message}{near}") from problem

    return load


def _line_of(problem: UnicodeDecodeError) -> int:
    return problem.object.count(b"\n", 0, problem.start) + 1


def _near_files(path: Path) -> str:
    from w2sdl.messages.suggest import nearest_names

    folder = path.parent if path.parent.is_dir() else Path()
    near = nearest_names(path.name, [p.name for p in folder.glob("*.w2s")])
    return f"did you mean {folder / near[0]}?" if near else ""
