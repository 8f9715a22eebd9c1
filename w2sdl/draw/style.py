"""Colours and strokes of pictures, in light and dark. What colour says, a word or a form says too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

SANS = (
    'Inter, "Segoe UI", system-ui, -apple-system, "Helvetica Neue", "Noto Sans", Arial, sans-serif'
)

#: name -> (on light paper, on dark paper)
PALETTE: Mapping[str, tuple[str, str]] = {
    "paper": ("#fcfbf8", "#15171a"),
    "raised": ("#ffffff", "#1b1e22"),
    "text": ("#1e2126", "#e7e4dd"),
    "muted": ("#666b73", "#9aa0a8"),
    "faint": ("#aaa9a6", "#5d6269"),
    "data": ("#6d727b", "#9aa1ab"),
    "weak": ("#a8690c", "#e0a24a"),
    "zero-shot": ("#5c7185", "#93a9bf"),
    "strong": ("#2c5f9e", "#76a7e8"),
    "debate": ("#5b7f2b", "#a2c868"),
    "supervisor": ("#0f7c74", "#55c2b8"),
    "other": ("#6d727b", "#9aa1ab"),
    "student": ("#b8383a", "#ef7f7c"),
    "ceiling": ("#6a4fa0", "#b39ceb"),
    "measure": ("#1e2126", "#e7e4dd"),
    "stored": ("#1d7a4a", "#6cc894"),
    "maybe": ("#8a6a12", "#dcb95a"),
}

FAMILIES = (
    "data", "weak", "zero-shot", "strong", "debate", "supervisor", "other", "student", "ceiling",
    "measure",
)  # fmt: skip

#: What an arrow carries -> (colour, width, dashes). Gold is the broad one.
STROKES: Mapping[str, tuple[str, float, str]] = {
    "text": ("faint", 1.3, ""),
    "weights": ("muted", 1.5, ""),
    "evidence": ("debate", 1.6, "2 3"),
    "gold labels": ("weak", 2.8, ""),
    "weak labels": ("student", 1.6, "7 3"),
    "scores": ("supervisor", 1.5, "9 3 2 3"),
    "measured": ("zero-shot", 1.3, "1.5 2.5 6 2.5"),
}


def flow_class(what: str) -> str:
    """The CSS class of an arrow: ``f-gold``."""
    return f"f-{what.split(' ')[0]}"


def picture_style() -> str:
    """Style sheet of a picture in a file of its own: plain colours, since not all viewers know more."""
    light = _colours({name: both[0] for name, both in PALETTE.items()})
    dark = _colours({name: both[1] for name, both in PALETTE.items()})
    shapes = (f"text {{ font-family: {SANS}; }}", *_shapes())
    media = "@media (prefers-color-scheme: dark) {"
    return "\n".join([*shapes, *light, media, *dark, "}"])


def page_style() -> str:
    """The same for a page that defines the colours as variables (``--weak``), and its own fonts."""
    ink = {name: f"var(--{name})" for name in PALETTE}
    return "\n".join([*_shapes(), *_colours(ink)])


def variables() -> str:
    """The colours as variables, for such a page."""
    modes = [
        " ".join(f"--{name}: {both[mode]};" for name, both in PALETTE.items()) for mode in (0, 1)
    ]
    dark = f"@media (prefers-color-scheme: dark) {{ :root {{ {modes[1]} }} }}"
    return f":root {{ {modes[0]} --sans: {SANS}; }}\n{dark}"


def _shapes() -> Iterator[str]:
    """What is the same in light and dark."""
    yield ".dag text { font-size: 11px; }"
    yield ".dag .name { font-size: 14px; font-weight: 650; } .dag .call { font-size: 12px; }"
    yield ".dag .note, .dag .more { font-size: 11.5px; } .dag .left { text-anchor: end; }"
    yield ".box rect { stroke: currentColor; stroke-width: 1.2; }"
    yield ".box .bar { fill: currentColor; stroke: none; } .box.plain rect { stroke-width: .8; }"
    yield ".box .mark { fill: currentColor; stroke-width: 1; }"
    yield ".box .to-run { fill: none; } .box .maybe { fill: none; stroke-dasharray: 2 1.6; }"
    yield ".box .half { fill: currentColor; stroke: none; }"
    yield ".flow { fill: none; stroke: currentColor; }"
    for what, (_, width, dashes) in STROKES.items():
        dashed = f" stroke-dasharray: {dashes};" if dashes else ""
        yield f".flow.{flow_class(what)} {{ stroke-width: {width};{dashed} }}"


def _colours(ink: Mapping[str, str]) -> Iterator[str]:
    yield f".paper {{ fill: {ink['paper']}; }} .box rect {{ fill: {ink['raised']}; }}"
    yield f".dag text {{ fill: {ink['text']}; }}"
    yield f".dag .axes, .dag .more {{ fill: {ink['muted']}; }}"
    for family in FAMILIES:
        yield f".r-{family} {{ color: {ink[family]}; }}"
    for what, (colour, _, _) in STROKES.items():
        yield f".{flow_class(what)} {{ color: {ink[colour]}; }}"
    yield f".mark.stored {{ color: {ink['stored']}; }} .mark.maybe {{ color: {ink['maybe']}; }}"
    yield f".mark.to-run {{ color: {ink['muted']}; }}"
