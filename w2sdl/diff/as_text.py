"""A comparison for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from w2sdl.diff.changes import ChangeClass, Comparison
from w2sdl.diff.lines import Line, counts_text, reuse_text, sections, text_difference

WIDTH = 100
_COLOURS = {
    ChangeClass.MEASUREMENT: "1;31",
    ChangeClass.FACTOR: "1;33",
    ChangeClass.SAMPLING: "36",
    ChangeClass.CLAIM: "35",
    ChangeClass.OPERATIONAL: "2",
    ChangeClass.COSMETIC: "2",
}


def as_text(comparison: Comparison, color: bool = False) -> str:
    """The verdict first, then the changes by class, then the nodes."""
    return "\n".join(_lines(comparison, color)) + "\n"


def _lines(comparison: Comparison, color: bool) -> Iterator[str]:
    def paint(code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if color else text

    yield paint("2", f"a  {comparison.a}")
    yield paint("2", f"b  {comparison.b}")
    yield ""
    if comparison.in_words:
        yield comparison.in_words
        yield ""
    yield paint("1", comparison.verdict.sentence)
    for kind, lines in sections(comparison):
        yield ""
        yield paint(_COLOURS[kind], kind.value)
        for unit, same in groupby(lines, key=lambda line: line.unit):
            together = list(same)
            if unit and len(together) > 2:
                yield f"  {unit}:"
                for line in together:
                    yield from _line(line, color, line.below, "    ")
            else:
                for line in together:
                    yield from _line(line, color, line.place, "  ")
    yield ""
    yield counts_text(comparison.counts)
    if comparison.reuse is not None:
        yield reuse_text(comparison.reuse)


def _line(line: Line, color: bool, place: str, indent: str) -> Iterator[str]:
    minus, plus = ("\x1b[31m-\x1b[0m", "\x1b[32m+\x1b[0m") if color else ("-", "+")
    remark = f"  ({line.remark})" if line.remark else ""
    marked = text_difference(line.old, line.new)
    whole = f"{indent}{place}: {line.arrow}{remark}"
    if marked:
        yield f"{indent}{place}:{remark}"
        for text in marked:
            sign = {"-": minus, "+": plus}.get(text[0], text[0])
            yield f"{indent}  {sign} {text[1:]}"
    elif len(whole) <= WIDTH or not (line.old and line.new):
        yield whole
    else:
        yield f"{indent}{place}:{remark}"
        yield f"{indent}  {minus} {line.old}"
        yield f"{indent}  {plus} {line.new}"
