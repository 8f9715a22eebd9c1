"""Reads signatures off operations and variants. Its `load_signatures` is the provider of this package."""

from __future__ import annotations

import importlib
import pkgutil
import types
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from w2sdl import signature as sig
from w2sdl.chain_signatures import chain_problem
from w2sdl.discover import installed_modules
from w2sdl_runtime import ops as builtin_ops
from w2sdl_runtime import variants as builtin_variants
from w2sdl_runtime.annotations import is_variant, op_signature, variant_signature
from w2sdl_runtime.op import OpMark


@cache
def load_signatures(modules: tuple[str, ...] = ()) -> sig.Signatures:
    """All operations and variants: built-in, of installed packages, and of the user's ``modules``.

    The entry point ``w2sdl.ops`` of this package names this function: so the compiler finds it.

    Raises:
        ImportError: when a module can't be imported.
        TypeError: when an operation's annotations don't make a signature.
        ValueError: when two operations have one name.
    """
    named = dict.fromkeys((*installed_modules(), *modules))
    found = [*_walk(builtin_ops), *_walk(builtin_variants)]
    every = read_signatures([*found, *(importlib.import_module(name) for name in named)])
    check_chains(every)
    return every


def read_signatures(modules: Iterable[types.ModuleType]) -> sig.Signatures:
    """The signatures of all operations and variants that some modules define."""
    things = [thing for module in modules for thing in _defined_in(module)]
    ops = [
        op_signature(thing)
        for thing in things
        if isinstance(getattr(thing, "__w2sdl__", None), OpMark)
    ]
    variants = [
        variant_signature(thing)
        for thing in things
        if is_variant(thing) and thing.__dict__.get("variant_name")
    ]
    return sig.Signatures.build(ops, variants)


def check_chains(signatures: sig.Signatures) -> None:
    """Refuse a chain that can't be written out: that names what isn't there, or passes on nothing.

    Raises:
        TypeError: says which operation, and what it names.
    """
    for op in signatures.ops.values():
        if op.chain is None:
            continue
        problem = chain_problem(op, op.chain, signatures)
        if problem:
            raise TypeError(f"operation `{op.name}` in module {op.origin}: its chain {problem}")


def _walk(package: types.ModuleType) -> Iterator[types.ModuleType]:
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        yield importlib.import_module(info.name)


def _defined_in(module: types.ModuleType) -> Iterator[Any]:
    """What a module defines itself, without what it imports."""
    for thing in list(vars(module).values()):
        if getattr(thing, "__module__", None) == module.__name__:
            yield thing
