"""Measures as Markdown: what a run found as tables for a page, a README or an issue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from w2sdl.draw.visible import plain
from w2sdl.graph import Graph
from w2sdl_runtime.report.tables import Column, Figure, Table
from w2sdl_runtime.report.text import number
from w2sdl_runtime.report.words import measure_in_words

if TYPE_CHECKING:
    from w2sdl_runtime.report.expect import Verdict

#: Characters of a cell or a caption; what is longer is cut.
CELL = 200
#: Warnings that change how a number is to be read, in words.
_WARNINGS = {"small_gap": "small gap", "unstable": "unstable"}
_ACCURACIES = ("weak", "student", "ceiling")


def markdown(graph: Graph, tables: Sequence[Table], verdicts: Iterable[Verdict]) -> str:
    """All measures of a run, a table each, and what it says of the expectations."""
    words = {measure.name: measure_in_words(measure) for measure in graph.measures}
    parts = [f"`{t.name}`: {_text(words[t.name])}.\n\n{_table(t)}" for t in tables]
    said = [f"- `{verdict.name}` is {verdict.verdict}." for verdict in verdicts]
    return "\n\n".join([*parts, *(["\n".join(said)] if said else [])])


def _table(table: Table) -> str:
    ratio = table.op == "pgr"
    columns = [column for column in table.columns if not _empty(column)]
    heads = [_head(column, table) for column in columns]
    extra = list(_ACCURACIES) if ratio else []
    rows = []
    for point in table.points():
        figures = [column.at(point) for column in columns]
        known = [_accuracy(figures[0], role) for role in extra] if figures else []
        names = [_text(point[dim]) for dim in table.dims]
        rows.append([*names, *known, *map(_cell, figures)])
    return _lines([*map(_text, table.dims), *extra, *heads], rows)


def _empty(column: Column) -> bool:
    return bool(column.part) and not any(f.singles for f in column.figures.values())


def _head(column: Column, table: Table) -> str:
    if table.op == "pgr":
        return "PGR"
    parted = any(one.part for one in table.columns)
    part = column.part or ("all rows" if parted else "")
    name = column.of and f"`{_text(column.of)}`"
    return ", ".join(filter(None, [name, part])) or f"`{table.name}`"


def _accuracy(figure: Figure | None, role: str) -> str:
    found = (figure.facts if figure else {}).get("accuracies", {})
    return _number(found[role]) if role in found else ""


def _cell(figure: Figure | None) -> str:
    """A number with its interval; else why there is none."""
    if figure is None:
        return ""
    estimate = figure.estimate
    if estimate is None:
        return _reason(figure)
    known = estimate.lower is not None and estimate.upper is not None
    interval = f" [{_number(estimate.lower)}, {_number(estimate.upper)}]" if known else ""
    marks = [words for warning, words in _WARNINGS.items() if warning in figure.warnings]
    return _number(estimate.value) + interval + (f" ({', '.join(marks)})" if marks else "")


def _reason(figure: Figure) -> str:
    known = figure.facts.get("accuracies")
    if known and known["ceiling"] <= known["weak"]:
        return "undefined (ceiling not above weak)"  # both stand in the row
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
