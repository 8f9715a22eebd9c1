"""Compared results for a terminal: a table a measure, with a forest plot beside it where there is room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from unicodedata import east_asian_width

from w2sdl.draw.visible import plain
from w2sdl_runtime.comparing.compared import Difference
from w2sdl_runtime.comparing.figures import (
    arm_name,
    cautions,
    delta_text,
    effect_text,
    extent_text,
    flips_statement,
    flips_text,
    full_name,
    number,
    p_text,
    statement,
)
from w2sdl_runtime.comparing.several import Against, ComparedResults

_BAR, _LEAST = 41, 17  #: characters of the widest and the narrowest forest plot
_HEADS = ("", "a", "b", "b − a [95 %]", "p", "Holm", "size", "flips")
_COLOURS = {"better": "32", "worse": "31", "undecided": "33", "undefined": "33", "same": "2"}


def as_text(found: ComparedResults, width: int = 100, color: bool = False, flips: int = 0) -> str:
    """The whole comparison.

    Args:
        found: what to print.
        width: of the terminal, in characters.
        color: whether verdicts are coloured.
        flips: how many rows of each comparison are shown with their text.
    """
    lines: list[str] = []
    for other in found.against:
        lines += [*_against(other, width, color, flips), ""]
    return "\n".join([*lines, statement(found)]) + "\n"


def _against(other: Against, width: int, color: bool, flips: int) -> Iterator[str]:
    yield f"a  {plain(other.a)}"
    yield f"b  {plain(other.b)}"
    if other.verdict:
        yield f"\n{plain(other.verdict)}"
    for missing in other.missing:
        yield f"\n{plain(missing)}"
    for measure, same in groupby(other.differences, key=lambda one: one.measure):
        yield ""
        yield from _measure(measure, list(same), width, color)
    yield from _remarks(other)
    if told := flips_statement(other):
        yield f"\n{told}"
    for one in other.differences if flips else ():
        yield from _flips(one, flips, width)


def _measure(name: str, ones: Sequence[Difference], width: int, color: bool) -> Iterator[str]:
    extents = list(dict.fromkeys(filter(None, map(extent_text, ones))))
    yield f"{name} = {ones[0].op} on {ones[0].on}" + (f", {extents[0]}" if len(extents) == 1 else "")
    cells = [_HEADS, *(_cells(one) for one in ones)]
    used = [place for place in range(len(_HEADS)) if place == 0 or any(row[place] for row in cells[1:])]
    widths = [max(_wide(row[place]) for row in cells) for place in used]
    room = width - 4 - sum(widths) - 2 * len(widths)
    bars = forest(ones, min(room, _BAR)) if room >= _LEAST else [""] * len(ones)
    for row, bar, one in zip(cells, ["", *bars], [None, *ones], strict=True):
        text = "  ".join(_padded(row[place], wide) for place, wide in zip(used, widths, strict=True))
        line = f"  {text}  {bar}".rstrip()
        yield f"\x1b[{_COLOURS[one.verdict]}m{line}\x1b[0m" if color and one else line


def _cells(one: Difference) -> tuple[str, ...]:
    values = (number(one.a, False), number(one.b, False))
    if one.same:
        return (plain(arm_name(one)), *values, delta_text(one, False), "", "", "", "")
    tests = (p_text(one.test.p), p_text(one.adjusted)) if one.test else ("", "")
    return (plain(arm_name(one)), *values, delta_text(one, False), *tests, effect_text(one), flips_text(one))


def _wide(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _wide(text))


def forest(ones: Sequence[Difference], width: int) -> list[str]:
    """An interval a line, on one scale that includes zero (``|``); the difference is ``●``."""
    drawn = [one.delta for one in ones if one.delta and not one.same]
    ends = [end for d in drawn for end in (d.value, d.lower, d.upper) if end is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    if low == high:
        return [""] * len(ones)

    def at(value: float) -> int:
        return round((value - low) / (high - low) * (width - 1))

    lines = []
    for one in ones:
        marks = [" "] * width
        marks[at(0.0)] = "│"
        if one.delta and not one.same:
            if one.delta.lower is not None and one.delta.upper is not None:
                first, last = at(one.delta.lower), at(one.delta.upper)
                marks[first : last + 1] = ["┼" if mark == "│" else "─" for mark in marks[first : last + 1]]
            marks[at(one.delta.value)] = "●"
        lines.append("".join(marks))
    return lines


def _remarks(other: Against) -> Iterator[str]:
    """What is undecided and what would decide it, what could not be paired, what stands alone."""
    open_ones = [one for one in other.differences if one.verdict == "undecided" and one.needed]
    if open_ones:
        yield "\nundecided; to show a difference as large as the one seen, with 80 % power:"
        yield from (f"  {plain(full_name(one))}: {one.needed}" for one in open_ones)
    told: dict[str, list[str]] = {}
    for one in other.differences:
        for text in cautions(one):
            told.setdefault(plain(text), []).append(plain(full_name(one)))
    if told:
        yield "\nnotes:"
        yield from (f"  {_named(names, len(other.differences))}{text}" for text, names in told.items())
    if other.unmet:
        yield "\nnot compared:"
        yield from (f"  {plain(unmet.what)}: {plain(unmet.why)}" for unmet in other.unmet)


def _named(names: Sequence[str], every: int) -> str:
    """Whom a note is about, where it isn't about all."""
    if len(names) == every > 1:
        return "everywhere: "
    return f"{names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}: "


def _flips(one: Difference, limit: int, width: int) -> Iterator[str]:
    if one.flips is None or one.same or not sum(one.flips.counts):
        return
    lost, gained = one.flips.counts
    total = lost + gained
    yield f"\nflips of {plain(full_name(one))}, {one.flips.how}: {min(limit, total)} of {total:,}, surest first"
    for row in one.flips.table(limit).to_pylist():
        chances = "".join(
            f", {side} {row[f'{side}_probability']:.2f}" for side in "ab" if row[f"{side}_probability"] is not None
        )
        gold = "" if row["gold"] is None else f", gold {'right' if row['gold'] else 'wrong'}"
        seed = "" if row["seed"] in ("", "majority") else f", seed {row['seed']}"
        yield f"  {row['change']}{seed}{gold}{chances}  [{row['item_id']}]"
        text = " → ".join(filter(None, (row["prompt"], row["candidate"])))
        yield f"    {plain(' '.join(text.split()), max(40, width - 4))}"
