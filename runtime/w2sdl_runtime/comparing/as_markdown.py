"""Compared results for a pull request: what was told apart first, all numbers folded below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from w2sdl.diff.as_markdown import plain_text
from w2sdl_runtime.comparing.figures import (
    arm_name,
    by_measure,
    cautions_of,
    delta_text,
    effect_text,
    flips_statement,
    flips_text,
    number,
    p_text,
    row_name,
    statement,
    title,
)
from w2sdl_runtime.comparing.several import ComparedResults, Row
from w2sdl_runtime.report.markdown_text import cell, code

#: Rows of the table that is not folded.
_FEW = 12
#: Characters of a row's text that are shown.
_TEXT = 400
_MARKS = {
    "better": "better",
    "worse": "worse",
    "undecided": "",
    "undefined": "undefined",
    "same": "",
}


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
    yield f"\n{plain_text(statement(found))}"
    yield from _folded(
        "All numbers", [text for table in by_measure(found) for text in _whole(table)]
    )
    yield from _folded("Notes", _notes(found))
    yield from _folded(
        "Rows that changed", [t for row in rows if flips for t in _flips(row, flips)]
    )


def summary(found: ComparedResults) -> str:
    """How many differences were told apart from chance, and which way."""
    ones = found.differences
    counts = {
        word: sum(one.verdict == word for one in ones) for word in ("better", "worse", "undecided")
    }
    counts["undefined"] = sum(one.verdict == "undefined" for one in ones)
    same = sum(one.same for one in ones)
    told = [f"{count} {word}" for word, count in counts.items() if count]
    more = f"; {same} {'is' if same == 1 else 'are'} one result" if same else ""
    return f"{len(ones)} number{'s' * (len(ones) != 1)} compared: {', '.join(told) or 'all alike'}{more}"


def _table(rows: Sequence[Row]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield f"| | a | {_other(rows)} \\[95 %\\] | Holm's p | |"
    yield "| --- | ---: | ---: | --- | ---: | --- |"
    for row in rows:
        tail = (p_text(row.difference.adjusted), _MARKS[row.difference.verdict])
        yield _line(row_name(row), *_numbers(row), *tail)


def _whole(rows: Sequence[Row]) -> Iterator[str]:
    yield f"\n{plain_text(title(rows))}\n"
    yield f"| | a | {_other(rows)} \\[95 %\\] | p | Holm's p | size | flips |"
    yield "| --- | ---: | ---: | --- | ---: | ---: | --- | --- |"
    for row in rows:
        one = row.difference
        name = ", ".join(filter(None, (arm_name(one), row.against)))
        p = one.test.p if one.test and not one.same else None
        more = ("", "") if one.same else (effect_text(one), flips_text(one))
        yield _line(name, *_numbers(row), p_text(p), p_text(one.adjusted), *more)


def _numbers(row: Row) -> tuple[str, str, str]:
    one, percent = row.difference, row.difference.unit == "share"
    delta = plain_text(delta_text(one, percent))
    return number(one.a, percent), number(one.b, percent), delta


def _line(name: str, *cells: str) -> str:
    return f"| {cell(code(name))} | {' | '.join(cells)} |"


def _other(rows: Sequence[Row]) -> str:
    """The heads of B and of the difference; shares differ by percentage points."""
    name = plain_text(rows[0].other)
    return f"{name} | {name} − a"


def _notes(found: ComparedResults) -> list[str]:
    told = [f"- {plain_text(who)}: {plain_text(text)}" for text, who in cautions_of(found).items()]
    undecided = [row for row in found.rows if row.difference.verdict == "undecided"]
    told += [
        f"- {plain_text(row_name(row))} is undecided; to decide: {row.difference.needed}"
        for row in undecided
        if row.difference.needed
    ]
    for other in found.against:
        told += [
            f"- not compared: {plain_text(one.what)}: {plain_text(one.why)}" for one in other.unmet
        ]
    return [*told, f"- {flips_statement(found)}"] if told and flips_statement(found) else told


def _flips(row: Row, limit: int) -> Iterator[str]:
    flips = row.difference.flips
    if flips is None or row.difference.same or not sum(flips.counts):
        return
    total = sum(flips.counts)
    yield f"\n{code(row_name(row))}, {flips.how}: {min(limit, total)} of {total:,}\n"
    yield "| | a | b | text |"
    yield "| --- | ---: | ---: | --- |"
    for flip in flips.rows(limit):
        chances = (number(flip[f"{side}_probability"], True) for side in "ab")
        told = (", ".join(flip["words"]), *chances, code(flip["text"], _TEXT))
        yield f"| {' | '.join(map(cell, told))} |"


def _folded(summary_text: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"\n<details><summary>{summary_text}</summary>\n"
        yield from lines
        yield "\n</details>"
