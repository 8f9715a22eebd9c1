"""A chart with geometry: which text, mark and curve stands where. Formats only write it down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from w2sdl.draw.chart import STATUS_WORDS, Box, Chart, Row, status_text, status_word
from w2sdl.draw.geometry import Link, Rectangle
from w2sdl.draw.layout import lay_out
from w2sdl.draw.visible import plain
from w2sdl.messages.columns import display_width

#: Nobody reads a picture with more, and laying it out takes long.
MAX_BOXES = 400
LEFT, RIGHT, TOP, BOTTOM = 14, 10, 9, 9  #: from a box's edge to what is in it
MIN_WIDTH = 96
MAX_TEXT = 34  #: characters of a line; a title holds the rest
MARK, GAP, MARKS = 9, 3, 12  #: side and distance of marks, and how many stand in a line
MAX_MARKS = 60  #: in a row; more are counted


@dataclass(frozen=True, slots=True)
class Style:
    """Height of a line of text and the mean width of its characters, in px."""

    line: float
    character: float


STYLES = {
    "name": Style(17, 7.9),
    "call": Style(16, 6.6),
    "note": Style(15, 6.4),
    "axes": Style(14, 6.1),
    "more": Style(14, 6.1),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A text within a box; x and y are where its base line begins, or ends (``to_left``)."""

    text: str
    style: str
    x: float
    y: float
    to_left: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """One node. ``status`` is "stored", "to run", "maybe" or ""."""

    x: float
    y: float
    status: str
    title: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A box and all that is drawn in it."""

    box: Box
    place: Rectangle
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    title: str
    status: str  #: of all its nodes, "mixed", or ""
    is_stack: bool  #: one box for several nodes


@dataclass(frozen=True, slots=True)
class Curve:
    """An arrow, as the ``d`` of an SVG path."""

    what: str
    title: str
    path: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is drawn."""

    width: float
    height: float
    figures: tuple[Figure, ...]
    curves: tuple[Curve, ...]
    kinds: tuple[str, ...]  #: of arrows that occur, for the legend
    has_status: bool
    has_marks: bool


def picture_of(chart: Chart) -> Picture:
    """Lay a chart out."""
    drafts = {box.id: _Draft(chart, box) for box in chart.boxes}
    links = {arrow: Link(arrow.source, arrow.target, arrow.what) for arrow in chart.arrows}
    layout = lay_out(
        {id_: draft.size() for id_, draft in drafts.items()},
        links.values(),
        late={box.id for box in chart.boxes if not box.is_named},
        last={box.id for box in chart.boxes if box.is_measure},
    )
    names = {box.id: box.name for box in chart.boxes}
    curves = tuple(
        Curve(
            arrow.what,
            plain(f"{arrow.what}: {names[arrow.source]} → {names[arrow.target]}", 200),
            layout.paths[link],
        )
        for arrow, link in links.items()
    )
    return Picture(
        layout.width,
        layout.height,
        tuple(draft.figure(layout.boxes[id_]) for id_, draft in drafts.items()),
        curves,
        chart.kinds,
        bool(chart.status),
        chart.is_resolved,
    )


class _Draft:
    """A box before it has a place."""

    def __init__(self, chart: Chart, box: Box) -> None:
        self.chart = chart
        self.box = box
        self.heads = tuple(self._heads())
        self.labels = max((_width(row.label, "axes") for row in box.rows), default=0.0)

    def _heads(self) -> Iterator[tuple[str, str]]:
        """Lines of text above the marks, with their styles."""
        box = self.box
        yield box.name, "name" if box.is_named else "call"
        if box.is_named:
            yield box.note, "note"
        if self.chart.is_resolved:
            return
        if box.axes:
            yield " · ".join(box.axes), "axes"
        if self.chart.status:
            yield status_text(box.nodes, self.chart.status), "more"

    @property
    def count(self) -> str:
        """How many nodes a box stands for, beside its name."""
        return f"×{len(self.box.nodes):,}" if len(self.box.nodes) > 1 else ""

    @property
    def is_small(self) -> bool:
        """Whether one mark, beside the name, is all there is to show."""
        return self.chart.is_resolved and len(self.box.nodes) == 1

    def size(self) -> tuple[float, float]:
        widths = [
            _width(text, style) + (MARK + 5) * (style == "more") for text, style in self.heads
        ]
        beside = MARK + 8 if self.is_small else _width(self.count, "more") + 10 * bool(self.count)
        widths[0] += beside
        height = sum(STYLES[style].line for _, style in self.heads)
        if self.chart.is_resolved and not self.is_small:
            most = max(min(len(row.nodes), MARKS) for row in self.box.rows)
            widths.append(self._indent() + most * (MARK + GAP))
            height += 5 + sum(_row_height(row) for row in self.box.rows)
        return max(MIN_WIDTH, LEFT + max(widths) + RIGHT), TOP + height + BOTTOM

    def _indent(self) -> float:
        return self.labels + 8 if self.labels else 0.0

    def figure(self, place: Rectangle) -> Figure:
        lines, y = [], place.y + TOP
        marks: list[Mark] = []
        for text, style in self.heads:
            y += STYLES[style].line
            indent = 0
            word = status_word(self.box.nodes, self.chart.status) if style == "more" else ""
            if word in STATUS_WORDS.values():  # of mixed ones the text says enough
                marks.append(Mark(place.x + LEFT, y - 4 - MARK, word, text))
                indent = MARK + 5
            lines.append(Line(plain(text, MAX_TEXT), style, place.x + LEFT + indent, y - 4))
        right = place.x + place.width - RIGHT
        if self.count:
            first = place.y + TOP + STYLES["name"].line - 4
            lines.append(Line(self.count, "more", right, first, to_left=True))
        if self.is_small:
            marks.append(self._mark(self.box.nodes[0], right - MARK, place.y + TOP + 4))
        elif self.chart.is_resolved:
            more, marks = self._rows(place.x + LEFT, y + 5)
            lines += more
        return Figure(
            self.box,
            place,
            tuple(lines),
            tuple(marks),
            self._title(),
            status_word(self.box.nodes, self.chart.status),
            len(self.box.nodes) > 1 and not self.chart.is_resolved,
        )

    def _rows(self, left: float, top: float) -> tuple[list[Line], list[Mark]]:
        lines, marks = [], []
        for row in self.box.rows:
            if row.label:
                lines.append(Line(plain(row.label, MAX_TEXT), "axes", left, top + MARK))
            shown = row.nodes[:MAX_MARKS]
            at = left + self._indent()
            for number, node in enumerate(shown):
                down, across = divmod(number, MARKS)
                marks.append(
                    self._mark(node, at + across * (MARK + GAP), top + down * (MARK + GAP))
                )
            top += _row_height(row)
            if len(row.nodes) > MAX_MARKS:
                rest = row.nodes[MAX_MARKS:]
                known = status_text(rest, self.chart.status)
                text = f"and {len(rest):,} more"
                lines.append(Line(f"{text}: {known}" if known else text, "axes", at, top - 6))
        return lines, marks

    def _mark(self, node: str, x: float, y: float) -> Mark:
        action = self.chart.status.get(node)
        word = STATUS_WORDS[action] if action else ""
        address = self.chart.graph.nodes[node].address
        return Mark(x, y, word, plain(f"{address}: {word}" if word else address, 300))

    def _title(self) -> str:
        box = self.box
        title = f"{box.name} = {box.text}" if box.text else box.name
        if box.also:
            title += f"\nthe same as {', '.join(box.also[:5])}{' …' if box.also[5:] else ''}"
        return plain(title, 600)


def _row_height(row: Row) -> float:
    shown = min(len(row.nodes), MAX_MARKS)
    lines = -(-shown // MARKS)
    more = STYLES["axes"].line if len(row.nodes) > MAX_MARKS else 0
    return lines * (MARK + GAP) + 4 + more


def _width(text: str, style: str) -> float:
    return min(display_width(text), MAX_TEXT) * STYLES[style].character
