"""w2sdl: a compiler for weak-to-strong experiment specs.

``w2sdl.compile_text`` and ``w2sdl.compile_file`` give a `Compilation`. The names of `w2sdl.api` are
loaded when they are first used, so that ``import w2sdl`` and ``w2sdl --help`` stay fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from w2sdl.api import (
        Compilation,
        Diagnostic,
        InputError,
        Level,
        Source,
        Span,
        compile_file,
        compile_text,
        load_signatures,
    )

__version__ = "0.1.0"

__all__ = [
    "Compilation",
    "Diagnostic",
    "InputError",
    "Level",
    "Source",
    "Span",
    "__version__",
    "compile_file",
    "compile_text",
    "load_signatures",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module `w2sdl` has no attribute `{name}`")
    from w2sdl import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
