"""A comparison as Markdown, for a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator

from w2sdl.diff.changes import ChangeClass, Comparison
from w2sdl.diff.lines import MEANING, Line, counts_text, reuse_text, sections, text_difference

_FOLDED = (ChangeClass.OPERATIONAL, ChangeClass.COSMETIC)


def as_markdown(comparison: Comparison) -> str:
    """The verdict in bold, a table for each class that means something, the rest folded away."""
    return "\n".join(_lines(comparison)) + "\n"


def _lines(comparison: Comparison) -> Iterator[str]:
    yield f"**{plain_text(comparison.verdict.sentence)}**"
    yield ""
    yield f"{code(comparison.a)} → {code(comparison.b)}"
    if comparison.in_words:
        yield ""
        yield plain_text(comparison.in_words)
    for kind, lines in sections(comparison):
        yield ""
        if kind in _FOLDED:
            yield f"<details><summary>{kind}: {len(lines)}, {MEANING[kind]}</summary>"
            yield ""
            yield from _table(lines)
            yield ""
            yield "</details>"
        else:
            yield f"#### {kind.capitalize()}: {MEANING[kind]}"
            yield ""
            yield from _table(lines)
    yield ""
    yield plain_text(counts_text(comparison.counts)) + "."
    if comparison.reuse is not None:
        yield plain_text(reuse_text(comparison.reuse)) + "."


def _table(lines: list[Line]) -> Iterator[str]:
    yield "| where | a | b | |"
    yield "| --- | --- | --- | --- |"
    for line in lines:
        yield f"| {code(line.place)} | {code(line.old)} | {code(line.new)} | {plain_text(line.remark)} |"
    for line in lines:
        marked = text_difference(line.old, line.new)
        if marked:
            fence = "`" * max(3, 1 + _longest_run("\n".join(marked)))
            yield ""
            yield code(line.place)
            yield ""
            yield f"{fence}diff"
            yield from marked
            yield fence


def code(text: str) -> str:
    """A text as a code span that survives inside a table."""
    if not text:
        return ""
    ticks = "`" * (1 + _longest_run(text))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    flat = " ".join(text.split()).replace("|", "\\|")
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def plain_text(text: str) -> str:
    """Prose in which nothing is taken for markup, but the backticks that we put there."""
    return re.sub(r"([\\*_<>|\[\]#~])", r"\\\1", text)
