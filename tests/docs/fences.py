"""Every fenced block of the documentation, and what is done with each: see docs/site/README.md.

A language and the words behind it say what is done. A block that they don't fit stands in ``ELSEWHERE``,
with the test that covers it, or in ``SHOWN``, with the reason why no test can: both are in blocks.toml.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^( *)(`{3,})(\w*)[ \t]*([^\n]*)\n(.*?)^\1\2$", re.MULTILINE | re.DOTALL)
PAGES = (
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")),
)


@dataclass(frozen=True)
class Fence:
    """One block. ``words`` stand behind its language."""

    page: str
    line: int
    language: str
    words: str
    body: str

    @property
    def id(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def file(self) -> str:
        """The file that the block is; "" for none."""
        found = re.search(r"(?:^| )file=(\S+)", self.words)
        return found[1] if found else ""


def fences(path: Path) -> list[Fence]:
    """The blocks of a page, in order."""
    text = path.read_text("utf-8")
    page = path.relative_to(ROOT).as_posix()
    return [
        Fence(page, text.count("\n", 0, found.start()) + 1, found[3], found[4], found[5])
        for found in _FENCE.finditer(text)
    ]


FENCES = [fence for path in PAGES for fence in fences(path)]

_TABLES = tomllib.loads((Path(__file__).parent / "blocks.toml").read_text("utf-8"))
#: page -> beginning of a line of the block -> the test that covers it
ELSEWHERE: dict[str, dict[str, str]] = _TABLES["elsewhere"]
#: page -> beginning of a line of the block -> why no test makes it again
SHOWN: dict[str, dict[str, str]] = _TABLES["shown"]


def looked_up(fence: Fence, table: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    """The entries of a table that are of a block: page, and beginning of a line."""
    lines = [line.lstrip() for line in fence.body.splitlines()]
    entries = table.get(fence.page, {})
    return [(fence.page, start) for start in entries if any(ln.startswith(start) for ln in lines)]


def treatment(fence: Fence) -> str:
    """What is done with a block: one word, or "" where nobody has decided."""
    words = fence.words.split()
    if looked_up(fence, ELSEWHERE):
        return "elsewhere"
    if looked_up(fence, SHOWN):
        return "shown"
    match fence.language, words:
        case "w2s", _:
            return "compiled"  # by test_language.py
        case "text", ["message"]:
            return "compiled"
        case "text", ["output"]:
            return "output"
        case "sh", ["run", *_]:
            return "run"
        case "python", ["ops"]:
            return "compiled"
        case (("sh" | "python" | "json" | "toml" | "yaml"), []):
            return "parsed"
        case (("sh" | "python" | "json" | "toml" | "yaml" | "dockerfile"), _) if fence.file:
            return "parsed"
        case _:
            return ""
