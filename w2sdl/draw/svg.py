"""A picture as SVG: alone in a file with its own colours, or as a part of a page that has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from w2sdl.draw.picture import MARK, Curve, Figure, Line, Mark, Picture
from w2sdl.draw.style import flow_class, picture_style


def svg_file(picture: Picture, title: str) -> str:
    """A whole SVG file, in light and dark, without any reference to the network."""
    legend, height = _legend(picture)
    width = max(picture.width, 360.0)
    total = picture.height + height
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="dag" role="img" '
            f'viewBox="0 0 {width:.0f} {total:.0f}" width="{width:.0f}" height="{total:.0f}">',
            f"<title>{escape(title)}</title>",
            f"<style>{picture_style()}</style>",
            f'<rect class="paper" width="{width:.0f}" height="{total:.0f}"/>',
            *_body(picture, {}),
            f'<g transform="translate(0 {picture.height:.0f})">{legend}</g>',
            "</svg>\n",
        ]
    )


@dataclass(frozen=True, slots=True)
class Target:
    """Where the box of a name leads in its page, and what is said of it in place of its title."""

    href: str
    told: str


def svg_element(picture: Picture, label: str, targets: Mapping[str, Target] | None = None) -> str:
    """The picture as an element of a page, which brings the style (see `w2sdl.draw.style`).

    ``targets``, by the names of boxes, makes links of these boxes.
    """
    size = f"0 0 {picture.width:.0f} {picture.height:.0f}"
    role = "group" if targets else "img"  # what is in an image can't be reached by keyboard
    start = (
        f'<svg class="dag" role="{role}" aria-label="{escape(label)}" viewBox="{size}" '
        f'width="{picture.width:.0f}" style="max-width:{picture.width:.0f}px;--own:{picture.width:.0f}px">'
    )
    return "\n".join([start, *_body(picture, targets or {}), "</svg>"])


def _body(picture: Picture, targets: Mapping[str, Target]) -> Iterator[str]:
    heads = (
        f'<marker id="a-{flow_class(what)}" viewBox="0 0 8 8" refX="3" refY="4" markerWidth="8" '
        f'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path class="{flow_class(what)}" fill="currentColor" d="M0 0.6L8 4 0 7.4Z"/></marker>'
        for what in picture.kinds
    )
    yield f"<defs>{''.join(heads)}</defs>"
    yield from map(_curve, picture.curves)
    for figure in picture.figures:
        target = targets.get(figure.box.name)
        if target is None:
            yield from _figure(figure, figure.title)
        else:
            yield f'<a href="{escape(target.href)}" aria-label="{escape(figure.box.name)}">'
            yield from _figure(figure, f"{figure.title}\n{target.told}")
            yield "</a>"


def _curve(curve: Curve) -> str:
    name = flow_class(curve.what)
    title = f"<title>{escape(curve.title)}</title>"
    return f'<path class="flow {name}" marker-end="url(#a-{name})" d="{curve.path}">{title}</path>'


def _figure(figure: Figure, title: str) -> Iterator[str]:
    place = figure.place
    plain = "" if figure.box.is_named else " plain"
    yield f'<g class="box r-{figure.box.family}{plain}"><title>{escape(title)}</title>'
    if figure.is_stack:
        yield _rectangle(place.x + 4, place.y - 4, place.width, place.height, 'rx="7"')
    yield _rectangle(place.x, place.y, place.width, place.height, 'rx="7"')
    if figure.box.is_named:
        yield _rectangle(place.x, place.y + 10, 4, place.height - 20, 'class="bar" rx="2"')
    yield from map(_line, figure.lines)
    yield from map(mark_svg, figure.marks)
    yield "</g>"


def _rectangle(x: float, y: float, width: float, height: float, more: str) -> str:
    return f'<rect {more} x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _line(line: Line) -> str:
    style = f"{line.style} left" if line.to_left else line.style
    return f'<text class="{style}" x="{line.x:.1f}" y="{line.y:.1f}">{escape(line.text)}</text>'


def mark_svg(mark: Mark) -> str:
    """A square: full for stored, empty for to run, half for maybe."""
    name = mark.status.replace(" ", "-")
    square = _rectangle(mark.x, mark.y, MARK, MARK, f'class="mark {name}" rx="1.5"')
    if mark.status == "maybe":
        x, y = mark.x, mark.y + MARK
        square += f'<path class="mark maybe half" d="M{x:.1f} {y:.1f}h{MARK}v-{MARK}Z"/>'
    return f"<g><title>{escape(mark.title)}</title>{square}</g>"


def _legend(picture: Picture) -> tuple[str, float]:
    """What the arrows and marks mean, in a line below the picture, and its height."""
    parts, x = [], 10.0
    for what in picture.kinds:
        name = flow_class(what)
        parts.append(
            f'<path class="flow {name}" marker-end="url(#a-{name})" d="M{x:.0f} 18h24"/>'
            f'<text class="more" x="{x + 36:.0f}" y="22">{escape(what)}</text>'
        )
        x += 36 + 6.4 * len(what) + 18
    if picture.has_status and picture.has_marks:
        for word in ("stored", "to run", "maybe"):
            parts.append(f'<g class="box">{mark_svg(Mark(x, 14, word, word))}</g>')
            parts.append(f'<text class="more" x="{x + 15:.0f}" y="22">{word}</text>')
            x += 15 + 6.4 * len(word) + 18
    return "".join(parts), 36.0
