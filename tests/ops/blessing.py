"""What an operation's version stands for: its code with the helpers it reaches, and its defaults.

Helpers are followed by name through the packages that compute; how values are stored has a version of
its own (`artifacts.FORMAT_VERSION`).
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any

from w2sdl.signature import REQUIRED, OpSignature, Param, Signatures, VariantSignature
from w2sdl_runtime.fingerprint import stable_dump

_COMPUTING = tuple(
    f"w2sdl_runtime.{name}"
    for name in (
        "bounded",
        "chess",
        "classifiers",
        "coverage",
        "data",
        "debating",
        "images",
        "invented",
        "learning",
        "measuring",
        "models",
        "ops",
        "predictors",
        "preferences",
        "refining",
        "science",
        "train",
    )
)


def blessed_record(signatures: Signatures) -> dict[str, Any]:
    """All built-in operations and variants as the blessed file has them."""
    ops = [op for op in signatures.ops.values() if op.origin == "built-in"]
    variants = [v for family in signatures.variants.values() for v in family.values()]
    return {
        "operations": {op.name: _operation(op) for op in ops},
        "variants": {
            f"{v.family} {v.name}": _variant(v)
            for v in variants
            if v.cls.__module__.startswith("w2sdl_runtime.")
        },
    }


def _operation(op: OpSignature) -> dict[str, Any]:
    code = fingerprint(op.function.__module__, op.function.__name__)
    return {"version": op.version, "code": code, "defaults": _defaults(op.params)}


def _variant(variant: VariantSignature) -> dict[str, Any]:
    code = fingerprint(variant.cls.__module__, variant.cls.__name__)
    return {"code": code, "defaults": _defaults(variant.params)}


def _defaults(params: tuple[Param, ...]) -> dict[str, Any]:
    return {param.name: param.default for param in params if param.default is not REQUIRED}


def moved(blessed: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What has changed under a version that has not, with what to do about it."""
    for name, record in now["operations"].items():
        before = blessed["operations"].get(name)
        if before is None:
            yield f"operation `{name}` is new: run `make bless`"
        elif before != record and before["version"] == record["version"]:
            yield f"operation `{name}`: {_what(before, record)} under version {record['version']}. {_DO}"
        elif before != record:
            yield f"operation `{name}` has version {record['version']} now: run `make bless`"
    for name, record in now["variants"].items():
        before = blessed["variants"].get(name)
        if before is not None and before != record:
            yield f"variant `{name}`: {_what(before, record)}. {_DO} (of each operation that takes it)"
        elif before is None:
            yield f"variant `{name}` is new: run `make bless`"
    for kind in ("operations", "variants"):
        for name in blessed[kind].keys() - now[kind].keys():
            yield f"`{name}` is gone: run `make bless`"


_DO = "If any result can differ, raise the version; if none can, run `make bless` and say so in the commit"


def _what(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    old, new = before["defaults"], now["defaults"]
    names = [name for name in {**old, **new} if old.get(name, REQUIRED) != new.get(name, REQUIRED)]
    if names:
        return f"the default of {', '.join(f'`{name}`' for name in names)} has changed"
    code = (before["code"], now["code"])
    places = [m for m in {**code[0], **code[1]} if code[0].get(m) != code[1].get(m)]
    return f"code that it reaches in {', '.join(sorted(places))} has changed"


# -- code ------------------------------------------------------------------------------------------


def fingerprint(module: str, name: str) -> dict[str, str]:
    """Hashes of a definition and of all that it reaches by name, by module.

    Comments and docstrings don't count.
    """
    found: dict[str, str] = {}
    waiting = [(module, name)]
    while waiting:
        place = waiting.pop()
        label = ".".join(place)
        definition = _definitions(place[0]).get(place[1])
        if label not in found and definition is not None:
            found[label] = stable_dump(definition)
            waiting += _reached(place[0], definition)
    modules: dict[str, str] = {}
    for label in sorted(found):
        place = label.rpartition(".")[0].removeprefix("w2sdl_runtime.")
        modules[place] = modules.get(place, "") + f"{label}: {found[label]}\n"
    return {m: hashlib.sha256(text.encode()).hexdigest()[:16] for m, text in modules.items()}


def _reached(module: str, definition: ast.stmt) -> Iterator[tuple[str, str]]:
    imported = _imports(module)
    for node in ast.walk(definition):
        if isinstance(node, ast.Name):
            yield imported.get(node.id, (module, node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            source, name = imported.get(node.value.id, ("", ""))
            if f"{source}.{name}".startswith(_COMPUTING):  # a module's own name: `numerics.mean`
                yield f"{source}.{name}", node.attr


@cache
def _tree(module: str) -> ast.Module:
    if not module.startswith(_COMPUTING) and not module.startswith("w2sdl_runtime.variants"):
        return ast.Module([], [])
    try:
        loaded: ModuleType = importlib.import_module(module)
    except ModuleNotFoundError:  # a class or function, taken for a module
        return ast.Module([], [])
    tree = ast.parse(inspect.getsource(loaded))
    for node in ast.walk(tree):
        is_definition = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if is_definition and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return tree


@cache
def _imports(module: str) -> Mapping[str, tuple[str, str]]:
    """Name here -> (module, name there), for all imports of a module, wherever they stand."""
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(_tree(module))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


@cache
def _definitions(module: str) -> Mapping[str, ast.stmt]:
    found: dict[str, ast.stmt] = {}
    for statement in _tree(module).body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[statement.name] = statement
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    found[node.id] = statement
    return found
