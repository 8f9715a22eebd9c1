"""Numbers as Markdown: measures, headline and verdicts as tables for a page, a wiki or a pull request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from w2sdl.graph import Graph
from w2sdl_runtime.report.headline import ratio_name
from w2sdl_runtime.report.layout import GridHead, grid_of
from w2sdl_runtime.report.markdown_text import code, escaped, rows
from w2sdl_runtime.report.measure_words import measure_in_words
from w2sdl_runtime.report.panels import Panel, Slot
from w2sdl_runtime.report.tables import ROLES, Figure, Table
from w2sdl_runtime.report.text import IN_PER_CENT, number, percent
from w2sdl_runtime.report.verdict_words import at_level
from w2sdl_runtime.stats.intervals import Interval

if TYPE_CHECKING:
    from w2sdl_runtime.report.expect import Verdict
    from w2sdl_runtime.report.judged import Judged

#: Warnings that change how a number is to be read, in words.
_WARNINGS = {"small_gap": "small gap", "unstable": "unstable"}

#: How a number is written: ".862", "0.862" or "86.2".
Form = Callable[[float | None], str]
#: A number with its interval and remarks, or the name of a ratio.
_NUMBERS = re.compile(r"PGR(\[\w+\])?|[−.,\d]+( \[[−.,\d]+, [−.,\d]+\])?( \([\w ,]+\))?")


def markdown(
    graph: Graph, tables: Sequence[Table], verdicts: Iterable[Verdict], in_percent: bool = False
) -> str:
    """All measures of a run, a table each, and what it says of the expectations."""
    words = {measure.name: measure_in_words(measure) for measure in graph.measures}
    parts = [
        f"{code(t.name)}: {escaped(words[t.name])}.\n\n{measure_table(t, in_percent)}"
        for t in tables
    ]
    said = [line for verdict in verdicts for line in verdict_item(verdict)]
    return "\n\n".join([*parts, *(["\n".join(said)] if said else [])])


def verdict_item(verdict: Verdict) -> Iterator[str]:
    """A verdict as an item of a list, with what there is to say of it as items below."""
    from w2sdl_runtime.report.verdict_words import verdict_lines

    yield f"- {code(verdict.name)} is {verdict.verdict}: {code(verdict.text)}"
    for line in verdict_lines(verdict):
        yield f"{'    ' if line.startswith(' ') else '  '}- {escaped(line.strip())}"


def measure_table(table: Table, in_percent: bool = False) -> Markup:
    """A measure, a row for each point of its design; of a recovered gap also what it is formed of.

    Shares are as papers have them, ``.862``, or in per cent.
    """
    if table.op == "pgr":
        return _ratio_table(table, in_percent)
    grid = grid_of(table)
    parts_alone = len({head.of for head in grid.heads}) == 1 and all(h.part for h in grid.heads)
    heads = [*grid.dims, *(_head(head, table, not parts_alone) for head in grid.heads)]
    lines = [
        [*(key.text for key in row.keys), *(_cell(figure, in_percent) for figure, _ in row.figures)]
        for row in grid.rows
    ]
    return rows(heads, lines)


def _head(head: GridHead, table: Table, with_name: bool) -> Markup:
    """A predictor and a part; the part alone where the caption says the one predictor."""
    named = [str(code(head.of)) if with_name else "", str(escaped(head.part))]
    text = ", ".join(filter(None, named))
    return Markup(text) if text else code(table.name)  # noqa: S704 - escaped just now


def _ratio_table(table: Table, in_percent: bool) -> Markup:
    """A recovered gap with what it is formed of; the gain holds where the ratio is unstable."""
    column = table.columns[0]
    lines = [
        [*(point[dim] for dim in table.dims), *_of_ratio(column.at(point), in_percent)]
        for point in table.points()
    ]
    return rows([*table.dims, *ROLES, "gain", _bracketed(ratio_name(column)), "rows"], lines)


def _of_ratio(figure: Figure | None, in_percent: bool) -> list[str]:
    if figure is None or not figure.accuracies:
        return [""] * (len(ROLES) + 1) + [_cell(figure, in_percent), ""]
    form = _form(figure, in_percent)
    scores = [form(figure.accuracies[role]) for role in ROLES]
    gain = _interval(figure.gain, form) if figure.gain else ""
    return [*scores, gain, _cell(figure, in_percent), str(figure.n)]


def panel_table(panel: Panel) -> Markup:
    """What answers the question: a row for each point, in per cent where numbers are shares."""
    heads = [_titled(head.title, head.tag) for head in panel.heads]
    lines = [
        [*(point[dim] for dim in panel.dims), *(_slot_cell(slot) for slot in slots)]
        for point, slots in panel.rows
    ]
    return rows([*panel.dims, *heads], lines)


def _titled(title: str, tag: str) -> Markup:
    """A name with its role; `PGR[acc]` is no link."""
    tail = f" ({escaped(tag)})" if tag and tag != title else ""
    return Markup(f"{code(title)}{tail}")  # noqa: S704 - escaped just now


def _slot_cell(slot: Slot) -> str:
    if slot.figure is None:
        return ""
    if slot.estimate is None:
        return "undefined" if slot.figure.facts else "missing"
    mark = " †" if slot.figure.partial else ""
    return Markup(amount(slot.estimate, slot.unit) + mark)  # noqa: S704 - numbers


def amount(found: Interval, unit: str) -> Markup:
    """A number with its interval in brackets, in per cent where it is a share."""
    return _interval(found, percent if unit in IN_PER_CENT else number)


def verdict_table(verdicts: Sequence[Verdict]) -> Markup:
    """What was expected, point by point, with the difference that decides."""
    somewhere = any(
        judged.point or judged.claim for verdict in verdicts for judged in verdict.points
    )
    lines = [
        [
            code(verdict.name),
            *([_where(judged)] * somewhere),
            *_sides(verdict, judged.left, judged.right, judged.difference),
            ", ".join(judged.statistics),
            Markup("**{}**").format(judged.verdict),
        ]
        for verdict in verdicts
        for judged in verdict.points
    ]
    at = ["at"] * somewhere
    return rows(["claim", *at, "left", "right", "left minus right", "p, effect", "verdict"], lines)


def _where(judged: Judged) -> Markup:
    """Which neighbours of an ordering, and at which point."""
    point = ", ".join(f"{axis} {name}" for axis, name in judged.point.items())
    both = filter(None, [str(code(judged.claim)), str(escaped(point))])
    return Markup(", ".join(both))  # noqa: S704 - escaped just now


def _sides(
    verdict: Verdict, left: float | None, right: float | None, difference: Interval | None
) -> list[str]:
    unit = "share" if verdict.share else ""
    form = percent if verdict.share else number
    slope = "slope " if verdict.is_trend else ""
    if difference is None:
        return [form(left), form(right), ""]
    level = at_level(verdict) if difference.lower is not None else ""
    return [form(left), form(right), slope + amount(difference, unit) + level]


def _bracketed(text: str) -> Markup:
    """`PGR[acc]` and `.5 [.4, .6]` as they are: brackets make no link where nothing follows them."""
    known = _NUMBERS.fullmatch(text)
    return Markup(text) if known else escaped(text)  # noqa: S704 - of known form


def _cell(figure: Figure | None, in_percent: bool) -> str:
    """A number with its interval; else why there is none."""
    if figure is None:
        return ""
    if figure.estimate is None:
        return _reason(figure)
    marks = [words for warning, words in _WARNINGS.items() if warning in figure.warnings]
    told = _interval(figure.estimate, _form(figure, in_percent))
    return _bracketed(told + (f" ({', '.join(marks)})" if marks else ""))


def _form(figure: Figure, in_percent: bool) -> Form:
    """How its numbers are written."""
    if not in_percent:
        return _number
    return percent if figure.unit in IN_PER_CENT else number


def _interval(found: Interval, form: Form) -> Markup:
    known = found.lower is not None and found.upper is not None
    ends = f" [{form(found.lower)}, {form(found.upper)}]" if known else ""
    return _bracketed(form(found.value) + ends)


def _reason(figure: Figure) -> str:
    if figure.no_gap:
        return f"undefined (ceiling not {figure.better} weak)"  # both stand in the row
    return "; ".join(figure.reasons) or "missing"


def _number(value: float | None) -> str:
    """0.8617 as ".862", -0.0501 as "-.050", as papers have it."""
    text = number(value)
    return text.replace("0.", ".", 1) if text.lstrip("−").startswith("0.") else text
