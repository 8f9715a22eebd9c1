"""Find and read the grammar: inside the package when installed, beside it in a checkout."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path


@cache
def grammar_text() -> str:
    """The text of the grammar.

    Raises:
        FileNotFoundError: when the installation is incomplete.
    """
    packaged = resources.files("w2sdl") / "grammar" / "w2s.lark"
    if packaged.is_file():
        return packaged.read_text("utf-8")
    return (Path(__file__).parents[2] / "grammar" / "w2s.lark").read_text("utf-8")
