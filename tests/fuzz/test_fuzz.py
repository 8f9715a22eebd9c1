"""Anything at all as a spec gives diagnostics, in bounded time: never a traceback.

A few seconds by default; W2SDL_FUZZ_SECONDS=600 for long. A failing case prints its text.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from w2sdl.format import format_text
from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.show import program_text
from w2sdl.signature import Signatures
from w2sdl.source import Source
from w2sdl_runtime.registry import load_signatures, read_signatures

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "validity"))

pytestmark = pytest.mark.fuzz

SECONDS = float(os.environ.get("W2SDL_FUZZ_SECONDS", "12"))
SLOWEST = 10.0  #: seconds that one small spec may take on a busy machine
_WORDS = """
axis data weak strong measure on expect baseline at within == rises falls along profile def import as allow experiment true false ( ) [ ] { }
, : = . .. -> > < >= <= + - * / % " # ' ′ Φ Ψ D seed 0..2 0..10_000_000_000 1e400 -1 0 3% 0.5 zip
99999999999999999999 product except over none() xent() folds gold label qa qa.test qa.transfer S' W' é
漢字 🙂 {{ }} ../../etc/passwd
"""
WORDS = [*_WORDS.split(), "\u200b", "\x00", "\x1b[31m", "\t", "\r\n", '"""', "\\"]


@cache
def corpus() -> list[str]:
    """Good specs, as seeds."""
    folders = ("specs", "examples", "tests/validity/systems", "tests/lang/ok", "tests/lang/bad")
    return [p.read_text("utf-8") for f in folders for p in sorted((ROOT / f).glob("*.w2s"))]


@cache
def tables() -> tuple[Signatures, ...]:
    import sketch_ops

    return load_signatures(), read_signatures([sketch_ops])


def library(path: str) -> Source:
    """A library that imports whatever its name says."""
    return Source(
        path, f'import "{path}" as again\nimport "x{len(path)}" as more\nrecipe = {{a: 1}}\n'
    )


def of_bytes(dice: random.Random) -> str:
    return dice.randbytes(dice.randrange(400)).decode("utf-8", errors="replace")


def of_words(dice: random.Random) -> str:
    return " ".join(dice.choice(WORDS) for _ in range(dice.randrange(200)))


def nested(dice: random.Random) -> str:
    depth = 10 ** dice.randrange(1, 5)
    bracket = dice.choice(["(", "[", "{a: ", "f(", "1 + ", "-", "x.", "a[b: "])
    return f"x = {bracket * depth}1{')' * dice.choice([0, depth])}"


def edited(dice: random.Random) -> str:
    """A good spec with a few edits: what users do."""
    text = dice.choice(corpus())
    for _ in range(dice.randrange(1, 6)):
        edit = dice.choice(EDITS)
        text = edit(text, dice)
    return text


def _cut(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text) + 1)
    return text[:at] + text[at + dice.randrange(30) :]


def _put(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text) + 1)
    return text[:at] + dice.choice(WORDS) + text[at:]


def _swap_words(text: str, dice: random.Random) -> str:
    words = text.split(" ")
    a, b = dice.randrange(len(words)), dice.randrange(len(words))
    words[a], words[b] = words[b], words[a]
    return " ".join(words)


def _move_line(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    line = lines.pop(dice.randrange(len(lines)))
    lines.insert(dice.randrange(len(lines) + 1), line)
    return "\n".join(lines)


def _repeat_line(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    return "\n".join(lines[:at] + [lines[at]] * dice.randrange(2, 4) + lines[at:])


def _graft(text: str, dice: random.Random) -> str:
    other = dice.choice(corpus()).split("\n")
    lines = text.split("\n")
    lines.insert(dice.randrange(len(lines) + 1), dice.choice(other))
    return "\n".join(lines)


EDITS: list[Callable[[str, random.Random], str]] = [
    _cut, _put, _swap_words, _move_line, _repeat_line, _graft,
]  # fmt: skip
MAKERS = [edited, edited, edited, edited, of_words, of_bytes, nested]


def compile_fully(text: str, dice: random.Random) -> None:
    """All stages, and all text made of them."""
    settings = [
        dice.choice(["S'.train.epochs=3", "seed=0..1", "x=", "a.b.c=[", "qa.parts.test=10"])
    ]
    compilation = Compilation(
        Source("fuzz.w2s", text), dice.choice(tables()), (), settings[: dice.randrange(2)],
        load=library,
    )  # fmt: skip
    render_diagnostics(compilation.diagnostics)
    if compilation.graph is not None:
        program_text(compilation.program)
    formatted, _ = format_text(compilation.source)
    if formatted is not None:
        assert format_text(Source("again.w2s", formatted)) == (formatted, ())


def test_nothing_makes_the_compiler_fall() -> None:
    seed = int(os.environ.get("W2SDL_FUZZ_SEED", "0"))
    end = time.monotonic() + SECONDS
    tables()
    while time.monotonic() < end:
        dice = random.Random(seed)
        text = dice.choice(MAKERS)(dice)
        start = time.monotonic()
        try:
            compile_fully(text, dice)
        except Exception:
            print(f"W2SDL_FUZZ_SEED={seed}\n{text}")
            raise
        took = time.monotonic() - start
        assert took < SLOWEST, f"W2SDL_FUZZ_SEED={seed} took {took:.1f} s:\n{text[:4000]}"
        seed += 1
