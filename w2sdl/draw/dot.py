"""A chart for Graphviz: a table for a box with rows of nodes, gold arrows broad, measures at the right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from w2sdl.draw.chart import Box, Chart, status_text
from w2sdl.draw.style import PALETTE, STROKES
from w2sdl.draw.visible import plain

_STYLES = {
    "evidence": "dotted",
    "weak labels": "dashed",
    "scores": "dashed",
    "measured": "dashed",
}
_FONT = 'fontname="Helvetica"'


def dot_text(chart: Chart) -> str:
    """A digraph from left to right."""
    return "\n".join(["digraph w2s {", *(f"  {line}" for line in _lines(chart)), "}"]) + "\n"


def _lines(chart: Chart) -> Iterator[str]:
    yield "rankdir=LR; nodesep=0.25; ranksep=0.6;"
    yield f'node [shape=box, style="rounded,filled", fillcolor="white", {_FONT}, fontsize=11];'
    yield f"edge [{_FONT}, fontsize=9, arrowsize=0.7];"
    for box in chart.boxes:
        yield _table(box, chart) if len(box.rows) > 1 else _box(box, chart)
    measures = [box.id for box in chart.boxes if box.is_measure]
    if measures:
        yield f"{{ rank=max; {'; '.join(measures)}; }}"
    names = {box.id: box.name for box in chart.boxes}
    for arrow in chart.arrows:
        colour, width, _ = STROKES[arrow.what]
        attributes = {
            "color": PALETTE[colour][0],
            "penwidth": f"{width}",
            "style": _STYLES.get(arrow.what, "solid"),
            "tooltip": f"{arrow.what}: {names[arrow.source]} → {names[arrow.target]}",
        }
        yield f"{arrow.source} -> {arrow.target} {_attributes(attributes)}"


def _box(box: Box, chart: Chart) -> str:
    axes = " · ".join(box.axes)
    lines = [_name(box), _note(box), axes, status_text(box.nodes, chart.status)]
    attributes = {
        "label": "\n".join(line for line in lines if line),
        "tooltip": _tooltip(box),
        "color": PALETTE[box.family][0],
    }
    if len(box.nodes) > 1:
        attributes["peripheries"] = "2"
    return f"{box.id} {_attributes(attributes)}"


def _table(box: Box, chart: Chart) -> str:
    """A box with a line for each row of nodes, as one of Graphviz's HTML-like labels."""
    heads = [f"<B>{_markup(_name(box))}</B>", _markup(_note(box)), _markup(" · ".join(box.axes))]
    lines = [f'<TR><TD COLSPAN="3" ALIGN="LEFT">{head}</TD></TR>' for head in heads if head]
    for row in box.rows:
        count = f"×{len(row.nodes):,}" if len(row.nodes) > 1 else ""
        cells = (row.label, count, status_text(row.nodes, chart.status))
        text = "".join(f'<TD ALIGN="LEFT">{_markup(cell)}</TD>' for cell in cells)
        lines.append(f"<TR>{text}</TR>")
    colour = PALETTE[box.family][0]
    table = f'<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="1" STYLE="ROUNDED" COLOR="{colour}" '
    label = f'{table}BGCOLOR="white">{"".join(lines)}</TABLE>'
    return f'{box.id} [shape=plain, style="", tooltip={quoted(_tooltip(box))}, label=<{label}>];'


def _name(box: Box) -> str:
    return f"{box.name} ×{len(box.nodes):,}" if len(box.nodes) > 1 else box.name


def _note(box: Box) -> str:
    return box.note if box.is_named else ""


def _tooltip(box: Box) -> str:
    return f"{box.name} = {box.text}" if box.text else box.name


def _markup(text: str) -> str:
    return escape(plain(" ".join(text.split()), 200))


def _attributes(values: Mapping[str, str]) -> str:
    return f"[{', '.join(f'{name}={quoted(value)}' for name, value in values.items())}];"


def quoted(text: str) -> str:
    """A DOT string. A new line becomes the escape that centres lines."""
    safe = plain(text, 600).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{safe}"'
