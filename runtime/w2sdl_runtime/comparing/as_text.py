"""Compared results for a terminal: a table a measure, with a forest plot beside it where there is room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from unicodedata import east_asian_width

from w2sdl.draw.visible import plain
from w2sdl_runtime.comparing.compared import Difference
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
from w2sdl_runtime.comparing.forest import forest
from w2sdl_runtime.comparing.several import ComparedResults, Row

_BAR, _LEAST = 41, 17  #: characters of the widest and the narrowest forest plot
_GAP = 2
#: Columns that a narrow terminal goes without, first to last.
_OPTIONAL = ("size", "p", "flips", "Holm")
_COLOURS = {"better": "32", "worse": "31", "undecided": "33", "undefined": "33", "same": "2"}


def as_text(
    found: ComparedResults,
    width: int = 100,
    color: bool = False,
    flips: int = 0,
    headed: bool = True,
) -> str:
    """The whole comparison.

    Args:
        found: what to print.
        width: of the terminal, in characters.
        color: whether verdicts are coloured.
        flips: how many rows of each comparison are shown with their text.
        headed: whether it says what is compared and how the designs differ.
    """
    lines = [*_sides(found)] if headed else [text for o in found.against for text in o.missing]
    for rows in by_measure(found):
        lines += ["", title(rows), *_table(rows, width, color)]
    lines += [*_remarks(found), ""]
    for text in (flips_statement(found), statement(found)):
        lines += wrap(text, width)
    for row in found.rows if flips else ():
        lines += _flips(row, flips, width)
    return "\n".join(lines) + "\n"


def _sides(found: ComparedResults) -> Iterator[str]:
    wide = max(len(other.label) for other in found.against)
    yield f"{'a':<{wide}}  {plain(found.reference)}"
    for other in found.against:
        if other.b != other.label:
            yield f"{plain(other.label):<{wide}}  {plain(other.b)}"
    for other in found.against:
        of = f"{plain(other.label)}: " if len(found.against) > 1 else ""
        yield from (f"\n{of}{plain(text)}" for text in (other.verdict, *other.missing) if text)


def _table(rows: Sequence[Row], width: int, color: bool) -> Iterator[str]:
    cells = [_cells(row) for row in rows]
    heads = [name for name in cells[0] if any(row[name] for row in cells)]
    for name in _OPTIONAL:
        if name in heads and sum(_widths(cells, heads).values()) + _GAP * len(heads) > width:
            heads.remove(name)
    widths = _widths(cells, heads)
    room = width - 2 * _GAP - sum(widths.values()) - _GAP * len(heads)
    ones = [row.difference for row in rows]
    bars = forest(ones, min(room, _BAR)) if room >= _LEAST else [""] * len(ones)
    titles = {name: "" if name in ("arm", "against") else name for name in heads}
    yield _line(titles, widths, "")
    for row, bar, one in zip(cells, bars, ones, strict=True):
        line = _line(row, widths, bar)
        yield f"\x1b[{_COLOURS[one.verdict]}m{line}\x1b[0m" if color else line


def _line(row: dict[str, str], widths: dict[str, int], bar: str) -> str:
    cells = (row[name] + " " * (wide - _wide(row[name])) for name, wide in widths.items())
    return f"{' ' * _GAP}{(' ' * _GAP).join([*cells, bar])}".rstrip()


def _widths(cells: Sequence[dict[str, str]], heads: Sequence[str]) -> dict[str, int]:
    shown = {name: "" if name in ("arm", "against") else name for name in heads}
    return {name: max(_wide(row[name]) for row in [shown, *cells]) for name in heads}


def _wide(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _cells(row: Row) -> dict[str, str]:
    one, other = row.difference, row.other
    tested = one.test is not None and not one.same
    return {
        "arm": plain(arm_name(one)),
        "against": plain(row.against),
        "a": number(one.a, False),
        other: number(one.b, False),
        f"{other} − a [95 %]": delta_text(one, False),
        "p": p_text(one.test.p) if one.test and tested else "",
        "Holm": p_text(one.adjusted) if tested else "",
        "size": "" if one.same else effect_text(one),
        "flips": "" if one.same else flips_text(one),
    }


def _remarks(found: ComparedResults) -> Iterator[str]:
    """What is undecided and what would decide it, what could not be paired, what stands alone."""
    open_rows = [
        row for row in found.rows if row.difference.verdict == "undecided" and row.difference.needed
    ]
    if open_rows:
        yield "\nundecided; to show a difference as large as the one seen, with 80 % power:"
        yield from (f"  {plain(row_name(row))}: {row.difference.needed}" for row in open_rows)
    told = cautions_of(found)
    if told:
        yield "\nnotes:"
        yield from (f"  {plain(who)}: {plain(text)}" for text, who in told.items())
    unmet = [(other.label, one) for other in found.against for one in other.unmet]
    if unmet:
        yield "\nnot compared:"
        many = len(found.against) > 1
        yield from (
            f"  {f'{who}: ' * many}{plain(one.what)}: {plain(one.why)}" for who, one in unmet
        )


def _flips(row: Row, limit: int, width: int) -> Iterator[str]:
    one: Difference = row.difference
    if one.flips is None or one.same or not (total := sum(one.flips.counts)):
        return
    shown = f"{min(limit, total)} of {total:,}"
    yield f"\nflips of {plain(row_name(row))}, {one.flips.how}: {shown}, surest first"
    for flip in one.flips.rows(limit):
        chances = [
            f"{side} {flip[f'{side}_probability']:.2f}"
            for side in "ab"
            if flip[f"{side}_probability"] is not None
        ]
        yield f"  {', '.join([*flip['words'], *chances])}  [{plain(flip['item_id'])}]"
        yield f"    {plain(' '.join(flip['text'].split()), max(40, width - 4))}"
