"""Compared results for a pull request: what was told apart first, all numbers folded below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from w2sdl.diff.as_markdown import plain_text
from w2sdl_runtime.comparing import figures
from w2sdl_runtime.comparing.columns import columns_of
from w2sdl_runtime.comparing.flip_words import ToldFlips, flips_statement, told_flips
from w2sdl_runtime.comparing.several import ComparedResults, Row
from w2sdl_runtime.report.markdown_text import cell, code, escaped

#: Rows of the table that is not folded.
_FEW = 12
#: Characters of a row's text that are shown.
_TEXT = 400


def as_markdown(found: ComparedResults, flips: int = 3) -> str:
    """A short table of what changed, then everything, folded; ``flips`` rows of each comparison."""
    return "\n".join(_lines(found, flips)) + "\n"


def _lines(found: ComparedResults, flips: int) -> Iterator[str]:
    yield f"**{summary(found)}**"
    yield ""
    yield f"{code('a')} {code(found.reference)}"
    for other in found.against:
        yield (
            f"· {code(other.label)} {code(other.b)}"
            if other.b != other.label
            else f"· {code(other.b)}"
        )
    for other in found.against:
        of = f"{code(other.label)}: " if len(found.against) > 1 else ""
        for text in filter(None, (other.verdict, *other.missing)):
            yield f"\n{of}{plain_text(text)}"
    rows = found.rows
    compared = [row for row in rows if not row.difference.same]
    if len(compared) <= _FEW:
        yield from _table(compared)
    else:
        yield from _table([row for row in compared if row.difference.told_apart])
    yield f"\n{figures.statement(found)} {figures.points_statement(found)}".rstrip()
    yield from _folded("All numbers", [*_every_table(found)])
    yield from _folded("Notes", _notes(found))
    changed = [line for told in told_flips(found, flips) for line in _flips(told)]
    yield from _folded("Rows that changed", changed)


def summary(found: ComparedResults) -> str:
    """How many differences were told apart from chance, and which way."""
    ones = found.differences
    counts = {
        word: sum(one.verdict == word for one in ones)
        for word in ("better", "worse", "higher", "lower", "undecided", "undefined")
    }
    same = sum(one.same for one in ones)
    told = [f"{count} {word}" for word, count in counts.items() if count]
    more = f"; {same} {'is' if same == 1 else 'are'} one result" if same else ""
    return f"{len(ones)} number{'s' * (len(ones) != 1)} compared: {', '.join(told) or 'all alike'}{more}"


def _table(rows: Sequence[Row]) -> Iterator[str]:
    """What may stand in it unfolded: rows of several measures, a line each."""
    if not rows:
        return
    other = rows[0].other
    yield ""
    yield _line(["", "a", other, f"{other} − a [95 %]", "Holm's p", ""])
    yield "| --- | ---: | ---: | ---: | ---: | --- |"
    for row in rows:
        one, percent = row.difference, row.difference.unit == "share"
        numbers = (figures.number(value, percent) for value in (one.a, one.b))
        delta, p = figures.delta_text(one, percent), figures.p_text(one.adjusted)
        name = code(figures.row_name(row))
        yield _line([name, *numbers, delta, p, figures.verdict_text(one)])


def _every_table(found: ComparedResults) -> Iterator[str]:
    for rows in figures.by_measure(found):
        yield from _whole(rows)
    if told := flips_statement(found):
        yield f"\n{escaped(told)}"


def _whole(rows: Sequence[Row]) -> Iterator[str]:
    columns = columns_of(rows, percent=True)
    yield f"\n{escaped(figures.title(rows))}\n"
    yield _line([column.title for column in columns])
    yield _line(["---:" if column.is_number else "---" for column in columns])
    for place in range(len(rows)):
        yield _line([column.cells[place] for column in columns])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(cell, cells))} |"


def _notes(found: ComparedResults) -> list[str]:
    cautions = figures.cautions_of(found)
    told = [f"- {escaped(who)}: {plain_text(text)}" for text, who in cautions.items()]
    undecided = [row for row in found.rows if row.difference.verdict == "undecided"]
    told += [
        f"- {escaped(figures.row_name(row))} is undecided; to decide: {row.difference.needed}"
        for row in undecided
        if row.difference.needed
    ]
    for other in found.against:
        told += [
            f"- not compared: {escaped(one.what)}: {plain_text(one.why)}" for one in other.unmet
        ]
    return told


def _flips(told: ToldFlips) -> Iterator[str]:
    yield f"\n{escaped(told.title)}\n"
    yield "| | text |"
    yield "| --- | --- |"
    for flip in told.flips:
        yield f"| {cell(flip.words)} | {cell(code(flip.text, _TEXT))} |"


def _folded(summary_text: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"\n<details><summary>{summary_text}</summary>\n"
        yield from lines
        yield "\n</details>"
