"""All messages by code, and all lints by name: read off the classes in `w2sdl.errors`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache

from w2sdl import errors
from w2sdl.messages.diagnostics import Diagnostic


@cache
def messages() -> Mapping[str, type[Diagnostic]]:
    """Every kind of message, by its code, in the order of codes."""
    for module in pkgutil.iter_modules(errors.__path__, f"{errors.__name__}."):
        importlib.import_module(module.name)
    found = (cls for cls in _descendants(Diagnostic) if cls.__module__.startswith(errors.__name__))
    return {cls.code: cls for cls in sorted(found, key=lambda cls: cls.code)}


@cache
def lints() -> Mapping[str, tuple[type[Diagnostic], ...]]:
    """Messages that have a name to allow, warn of or deny them by: lints, and rules of validity."""
    found: dict[str, tuple[type[Diagnostic], ...]] = {}
    for cls in messages().values():
        if cls.lint:
            found[cls.lint] = (*found.get(cls.lint, ()), cls)
    return found


def _descendants(cls: type[Diagnostic]) -> Iterator[type[Diagnostic]]:
    """Subclasses that have a code of their own."""
    for child in cls.__subclasses__():
        if "code" in child.__dict__:
            yield child
        yield from _descendants(child)
