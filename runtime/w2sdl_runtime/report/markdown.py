"""Measures as Markdown: what a run found as tables for a page, a README or an issue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from w2sdl.draw.visible import plain
from w2sdl.graph import Graph
from w2sdl_runtime.report.headline import ratio_name
from w2sdl_runtime.report.tables import ROLES, Column, Figure, Table
from w2sdl_runtime.report.text import number
from w2sdl_runtime.report.words import measure_in_words
from w2sdl_runtime.stats.intervals import Interval

if TYPE_CHECKING:
    from w2sdl_runtime.report.expect import Verdict

#: Characters of a cell or a caption; what is longer is cut.
CELL = 200
#: Warnings that change how a number is to be read, in words.
_WARNINGS = {"small_gap": "small gap", "unstable": "unstable"}


def markdown(graph: Graph, tables: Sequence[Table], verdicts: Iterable[Verdict]) -> str:
    """All measures of a run, a table each, and what it says of the expectations."""
    words = {measure.name: measure_in_words(measure) for measure in graph.measures}
    parts = [f"`{t.name}`: {_text(words[t.name])}.\n\n{_table(t)}" for t in tables]
    said = [line for verdict in verdicts for line in _said(verdict)]
    return "\n\n".join([*parts, *(["\n".join(said)] if said else [])])


def _said(verdict: Verdict) -> Iterator[str]:
    """A verdict as an item of a list, with what there is to say of it."""
    from w2sdl_runtime.report.verdict_words import verdict_lines

    yield f"- `{verdict.name}` is {verdict.verdict}: `{_text(verdict.text)}`"
    for line in verdict_lines(verdict):
        yield f"  - {_text(line)}" if not line.startswith("  ") else f"    - {_text(line)}"


def _table(table: Table) -> str:
    columns = [column for column in table.columns if not _empty(column)]
    if table.op == "pgr":
        heads, cells = [*ROLES, "gain", ratio_name(columns[0]), "rows"], _of_ratio
    else:
        heads, cells = [_head(column, table) for column in columns], _of_each
    rows = [
        [*(_text(point[dim]) for dim in table.dims), *cells([c.at(point) for c in columns])]
        for point in table.points()
    ]
    return _lines([*map(_text, table.dims), *heads], rows)


def _of_each(figures: Sequence[Figure | None]) -> list[str]:
    return [_cell(figure) for figure in figures]


def _of_ratio(figures: Sequence[Figure | None]) -> list[str]:
    """A recovered gap with what it is formed of; the gain holds where the ratio is unstable."""
    figure = figures[0]
    if figure is None or not figure.accuracies:
        return [""] * (len(ROLES) + 1) + [_cell(figure), ""]
    scores = [_number(figure.accuracies[role]) for role in ROLES]
    gain = _interval(figure.gain) if figure.gain else ""
    return [*scores, gain, _cell(figure), str(figure.n)]


def _empty(column: Column) -> bool:
    return bool(column.part) and not any(f.singles for f in column.figures.values())


def _head(column: Column, table: Table) -> str:
    parted = any(one.part for one in table.columns)
    part = column.part or ("all rows" if parted else "")
    name = column.of and f"`{_text(column.of)}`"
    return ", ".join(filter(None, [name, part])) or f"`{table.name}`"


def _cell(figure: Figure | None) -> str:
    """A number with its interval; else why there is none."""
    if figure is None:
        return ""
    if figure.estimate is None:
        return _reason(figure)
    marks = [words for warning, words in _WARNINGS.items() if warning in figure.warnings]
    return _interval(figure.estimate) + (f" ({', '.join(marks)})" if marks else "")


def _interval(found: Interval) -> str:
    known = found.lower is not None and found.upper is not None
    ends = f" [{_number(found.lower)}, {_number(found.upper)}]" if known else ""
    return _number(found.value) + ends


def _reason(figure: Figure) -> str:
    if figure.no_gap:
        return f"undefined (ceiling not {figure.better} weak)"  # both stand in the row
    return _text("; ".join(figure.reasons)) or "missing"


def _number(value: float | None) -> str:
    """0.8617 as ".862", -0.0501 as "-.050", as papers have it."""
    text = number(value)
    return text.replace("0.", ".", 1) if text.lstrip("−").startswith("0.") else text


def _text(text: str) -> str:
    """Text of a spec as one cell: nothing in it ends a cell or a line."""
    return " ".join(plain(text, CELL).replace("|", "\\|").replace("`", "'").split())


def _lines(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
