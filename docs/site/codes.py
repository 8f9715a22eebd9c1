"""The page of messages: every code with its long text, as ``w2sdl explain`` has it."""

from __future__ import annotations

from collections.abc import Iterator

from w2sdl.cli.explain import STAGES, named
from w2sdl.explain import explanations


def codes() -> str:
    """All codes in order, an anchor each: ``codes.html#w2s0601``."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    stage = ""
    for code, text in explanations().items():
        if code[3:5] != stage:
            stage = code[3:5]
            yield f"## {STAGES[stage]}\n"
        yield f"### {code}: {text.title}{named(code)} {{ #{code.lower()} data-toc-label='{code}' }}\n"
        yield text.body
