"""The spec blocks of the documentation, read off its Markdown.

A fence is ```w2s with words: ``preamble`` (a spec that fragments continue), ``fragment``,
``bad CODE...`` (exactly these messages), ``same`` (the same nodes as the block before), ``file=NAME``
(a library that later blocks import), ``nodes=N``, ``address=TEXT`` (the graph has it),
``profile=NAME,NAME``, ``set=PATH=VALUE``; and what the report says of validity: ``excused=RULE``,
``extra="STUDENT PART CHANNEL"``, ``control=NAME``, ``apart="TAUGHT MEASURED"`` (looked at when rows are
there). A ```text message fence behind a block holds what it prints. A ```python ops fence defines
operations that the blocks of its page may use.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from fences import ROOT, fences

_FLAGS = frozenset({"preamble", "fragment", "same"})
_OPTIONS = frozenset(
    {"file", "nodes", "address", "profile", "set", "extra", "control", "apart", "excused"}
)


@dataclass(frozen=True)
class Block:
    """One spec of a page."""

    page: str
    line: int
    text: str
    flags: frozenset[str] = frozenset()
    codes: tuple[str, ...] = ()
    options: dict[str, list[str]] = field(default_factory=dict)
    message: str | None = None  #: what the page says that it prints

    @property
    def id(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Page:
    """A page with what its blocks stand in."""

    path: Path
    name: str
    preamble: str
    libraries: dict[str, str]
    operations: str
    blocks: tuple[Block, ...]


def read_page(path: Path) -> Page:
    """All blocks of a page. A word that this module does not know is refused, not passed over."""
    name = path.relative_to(ROOT).as_posix()
    blocks: list[Block] = []
    libraries: dict[str, str] = {}
    operations = preamble = ""
    for fence in fences(path):
        language, info, body, line = fence.language, fence.words, fence.body, fence.line
        if language == "text" and info == "message":
            blocks[-1] = _with_message(blocks[-1], body)
        elif language == "python" and info == "ops":
            operations += body
        elif language == "w2s":
            block = _block(name, line, info, body)
            if "file" in block.options:
                libraries[block.options["file"][0]] = body
            elif "preamble" in block.flags:
                preamble = body
            blocks.append(block)
    return Page(path, name, preamble, libraries, operations, tuple(blocks))


def _block(page: str, line: int, info: str, body: str) -> Block:
    flags: set[str] = set()
    codes: list[str] = []
    options: dict[str, list[str]] = {}
    for word in shlex.split(info):
        key, equals, value = word.partition("=")
        if equals and key in _OPTIONS:
            options.setdefault(key, []).append(value)
        elif word in _FLAGS:
            flags.add(word)
        elif re.fullmatch(r"W2S\d{4}", word):
            codes.append(word)
        elif word != "bad":
            raise ValueError(f"{page}:{line}: `{word}` marks no block")
    return Block(page, line, body, frozenset(flags), tuple(codes), options)


def _with_message(block: Block, body: str) -> Block:
    return Block(block.page, block.line, block.text, block.flags, block.codes, block.options, body)


def bless_message(page: Page, block: Block, message: str) -> None:
    """Write what a block prints into its page."""
    text = page.path.read_text("utf-8")
    fence = "```text message\n"
    start = text.index(fence, text.index(f"\n{block.text}```")) + len(fence)
    page.path.write_text(text[:start] + message + text[text.index("```", start) :], "utf-8")


PAGES = tuple(
    page
    for path in sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md"])
    if (page := read_page(path)).blocks
)
