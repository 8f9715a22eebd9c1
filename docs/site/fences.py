"""Fenced blocks: their marks, which tests read, become titles; text around them is told apart."""

from __future__ import annotations

import re
from collections.abc import Callable

_FENCE = re.compile(r"^(`{3,})[^`\n]*\n.*?^\1$", re.MULTILINE | re.DOTALL)
_HEAD = re.compile(r"^(`{3,})(\w+)[ \t]+([^\n]+)$", re.MULTILINE)
_CODE = re.compile(r"W2S\d{4}")


def outside_fences(text: str, change: Callable[[str], str]) -> str:
    """A page with what is not in fenced blocks changed."""
    pieces, end = [], 0
    for fence in _FENCE.finditer(text):
        pieces += [change(text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*pieces, change(text[end:])])


def for_pygments(text: str) -> str:
    """A page whose fences have a language and a title."""
    return _HEAD.sub(lambda found: f"{found[1]}{found[2]}{_title(found[3])}", text)


def _title(marks: str) -> str:
    """What a reader should know of the marks of a block: whether it compiles, and what file it is."""
    words = marks.split()
    files = [word.removeprefix("file=") for word in words if word.startswith("file=")]
    if words[0] == "bad":
        codes = [word for word in words if _CODE.fullmatch(word)]
        return f' title="refused{": " if codes else ""}{", ".join(codes)}"'
    if "bad" in words:
        return f' title="refused: {", ".join(_CODE.findall(marks))}"'
    if words[0] == "good":
        return ' title="compiles"'
    if words[0].endswith(".w2s"):
        files = words[:1]
    return f' title="{files[0]}"' if files else ""
