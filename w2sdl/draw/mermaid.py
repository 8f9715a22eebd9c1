"""A chart as Mermaid, as GitHub draws it: boxes by name, rows of nodes in subgraphs, gold arrows thick."""

from __future__ import annotations

import re
from collections.abc import Iterator

from w2sdl.draw.chart import STATUS_WORDS, Box, Chart, Row, status_text, status_word
from w2sdl.draw.style import FAMILIES, PALETTE, STROKES
from w2sdl.draw.visible import plain

#: What GitHub draws at most: `maxEdges` and `maxTextSize` of Mermaid's own defaults.
MAX_EDGES, MAX_LENGTH = 500, 50_000

_SIGNS = {"stored": "●", "to run": "○", "maybe": "◐", "mixed": "◒"}
_ARROWS = {"gold labels": "==>", "weak labels": "-.->", "evidence": "-.->", "measured": "-.->"}
_SAID = {"gold labels": "gold", "weak labels": "weak labels", "evidence": "evidence"}
#: In a quoted label these begin a tag, an entity, a code or the end of the label.
_SPECIAL = re.compile(r"""["#&<>`\\]""")


def mermaid_text(chart: Chart) -> str:
    """A flow chart from left to right."""
    return "\n".join(_lines(chart)) + "\n"


def mermaid_limit(chart: Chart, text: str) -> str:
    """Why GitHub would not draw it, or ""."""
    if len(chart.arrows) > MAX_EDGES:
        return f"GitHub draws at most {MAX_EDGES:,} arrows, and this has {len(chart.arrows):,}"
    if len(text) > MAX_LENGTH:
        return f"GitHub draws at most {MAX_LENGTH:,} characters, and this has {len(text):,}"
    return ""


def _lines(chart: Chart) -> Iterator[str]:
    yield "flowchart LR"
    for box in chart.boxes:
        yield from _subgraph(box, chart) if len(box.rows) > 1 else [f"  {_box(box, chart)}"]
    for arrow in chart.arrows:
        said = _SAID.get(arrow.what)
        text = f"|{said}|" if said else ""
        yield f"  {arrow.source} {_ARROWS.get(arrow.what, '-->')}{text} {arrow.target}"
    yield from _styles(chart)


def _box(box: Box, chart: Chart) -> str:
    count = f" ×{len(box.nodes):,}" if len(box.nodes) > 1 else ""
    status = _signed(box.nodes, chart)
    lines = [f"{box.name}{count}", box.note if box.is_named else "", " · ".join(box.axes), status]
    text = "<br/>".join(escape(line) for line in lines if line)
    first, last = ("([", "])") if box.is_measure else ("[(", ")]") if box.part == "data" else "[]"
    return f'{box.id}{first}"{text}"{last}'


def _subgraph(box: Box, chart: Chart) -> Iterator[str]:
    """A box with a part for each row; in a picture from left to right they stand one below another."""
    note = f" · {box.note}" if box.is_named else ""
    yield f'  subgraph {box.id}["{escape(box.name + note)}"]'
    yield "    direction LR"
    for number, row in enumerate(box.rows):
        yield f'    {box.id}r{number}["{_row(row, chart)}"]'
    yield "  end"


def _row(row: Row, chart: Chart) -> str:
    count = f"×{len(row.nodes):,}" if len(row.nodes) > 1 else ""
    return escape(" ".join(text for text in (row.label, count, _signed(row.nodes, chart)) if text))


def _signed(nodes: tuple[str, ...], chart: Chart) -> str:
    word = status_word(nodes, chart.status)
    return f"{_SIGNS[word]} {status_text(nodes, chart.status)}" if word else ""


def _styles(chart: Chart) -> Iterator[str]:
    """Light boxes with dark text: they can be read on GitHub's light and dark pages alike."""
    for family in FAMILIES:
        ids = [box.id for box in chart.boxes if box.family == family]
        if ids:
            ink = PALETTE[family][0]
            name = family.replace("-", "")
            yield f"  classDef {name} fill:{_tint(ink)},stroke:{ink},color:#1e2126"
            yield f"  class {','.join(ids)} {name}"
    for word in STATUS_WORDS.values():
        ids = [part for part, nodes in _parts(chart) if status_word(nodes, chart.status) == word]
        if ids and word != "stored":
            dashes = "4 3" if word == "to run" else "1.5 2"
            name = word.replace(" ", "")
            yield f"  classDef {name} stroke-dasharray:{dashes}"
            yield f"  class {','.join(ids)} {name}"
    for what in chart.kinds:
        numbers = [str(i) for i, arrow in enumerate(chart.arrows) if arrow.what == what]
        colour, width, _ = STROKES[what]
        yield f"  linkStyle {','.join(numbers)} stroke:{PALETTE[colour][0]},stroke-width:{width}px"


def _parts(chart: Chart) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Ids of what shows a status, with its nodes."""
    for box in chart.boxes:
        if len(box.rows) > 1:
            yield from ((f"{box.id}r{i}", row.nodes) for i, row in enumerate(box.rows))
        else:
            yield box.id, box.nodes


def escape(text: str) -> str:
    """Text for a quoted label: what Mermaid or HTML would read otherwise goes by its number."""
    line = " ".join(plain(text, 300).split())
    return _SPECIAL.sub(lambda found: f"#{ord(found.group())};", line)


def _tint(colour: str, share: float = 0.14) -> str:
    """A colour mixed with white."""
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - part) * share):02x}" for part in parts)
