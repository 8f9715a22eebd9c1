"""The figures of a report for a paper: as wide as a column, in its type, as PDF, SVG, PNG or Vega-Lite.

One unit of such a chart is a point (1/72 inch), in PDF as in SVG.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.report.context import Report
from w2sdl_runtime.report.drawing import Plot
from w2sdl_runtime.report.fitting import SIZE, fit_width, stack_names, to_vega_svg

#: Comes with vl-convert, so that a PDF has it embedded wherever it is drawn; as wide as Arial.
FONT = "Liberation Sans"
FALLBACK = "Liberation Sans, Arial, Helvetica, sans-serif"
TYPE = 8  #: points
POINTS = 72  #: an inch
DPI = 300  #: of PNG
#: Charts of the report are drawn for larger type: this makes their heights fit the type of a paper.
_SHRUNK = 0.62
_LEAST = 60.0  #: points of a drawing area
_PANEL = 150.0  #: points that a panel beside others needs


@dataclass(frozen=True, slots=True)
class NamedPlot:
    """A figure of the report, and the measures that it shows."""

    name: str
    measures: tuple[str, ...]
    plot: Plot


def named_plots(report: Report) -> list[NamedPlot]:
    """All figures of a report, each under a name of its own."""
    seen: Counter[str] = Counter()
    found = []
    for name, measures, plot in _plots(report):
        if plot is not None:
            seen[name] += 1
            number = f"_{seen[name]}" if seen[name] > 1 else ""
            found.append(NamedPlot(f"{name}{number}", measures, plot))
    return found


def _plots(report: Report) -> Iterator[tuple[str, tuple[str, ...], Plot | None]]:
    yield from _panel_plots(report)
    for name, plot in report.figures.items():
        yield name, (name,), plot
    for name, plot in report.shares.items():
        yield f"{name}_shares", (name,), plot
    for name, plot in report.parted.items():
        yield f"{name}_by_part", (name,), plot
    for name, curves in report.curves.items():
        for curve in curves:
            yield f"{name}_over_{curve.axis}", (name,), curve.plot
    for confidence in report.confidence:
        yield "calibration", (), confidence.calibration
        yield "coverage", (), confidence.coverage
    for name, one in (("training", report.training), ("timeline", report.timeline)):
        yield name, (), one.plot if one else None


def _panel_plots(report: Report) -> Iterator[tuple[str, tuple[str, ...], Plot | None]]:
    """Scores and recovered gaps of the headline, by their axes."""
    panels = report.headline.panels if report.headline else ()
    for panel, plots in zip(panels, report.panel_figures, strict=True):
        by = f"_by_{'_'.join(panel.dims)}" if panel.dims else ""
        for kind, plot in zip(("score", "ratio"), plots, strict=True):
            heads = [head.measure for head in panel.heads if head.kind == kind]
            measures = tuple(dict.fromkeys(heads))
            yield f"{measures[0] if measures else kind}{by}", measures, plot


def paper_spec(plot: Plot, width: float) -> dict[str, Any]:
    """The figure as Vega-Lite with its data, ``width`` points wide and without a title.

    Raises:
        PrerequisiteError: when what stands beside the drawing area leaves less than 60 points for it.
    """
    spec = plot.spec
    spec.pop("title", None)
    _set_type(spec, width)
    _shrink(spec)
    stack_names(spec, 0.65 * width, TYPE)
    found = fit_width(spec, width, least=_LEAST, panel=_PANEL)
    if found > width + 1:
        raise PrerequisiteError(
            f"with its names it is {found / POINTS:.2f} inches wide at least",
            f"give it more: --width {1.2 * found / POINTS:.1f}in",
        )
    return spec


@contextmanager
def of_figure(name: str) -> Iterator[None]:
    """What is wrong with a figure is told with its name, since there are several."""
    try:
        yield
    except PrerequisiteError as problem:
        raise PrerequisiteError(f"figure {name}: {problem.message}", problem.help) from problem


def _set_type(spec: dict[str, Any], width: float) -> None:
    """Type, and marks to go with it, in place of those of the page."""
    config = spec.setdefault("config", {})
    config["font"] = FONT
    for name in ("axis", "axisX", "axisY"):
        own = {"labelFontSize": TYPE, "titleFontSize": TYPE, "labelPadding": 4}
        config[name] = {**config.get(name, {}), **own, "labelLimit": round(0.35 * width)}
    config["text"] = {**config.get("text", {}), "fontSize": TYPE}
    config["header"] = {"labelFontSize": TYPE}
    config["legend"] = {
        "labelFontSize": TYPE,
        "labelLimit": round(0.4 * width),
        "orient": "bottom",
        "symbolSize": 40,
        "columns": max(1, int(width // 110)),
        "rowPadding": 1,
        "offset": 6,
    }
    spec["padding"] = 2


def _shrink(spec: Any) -> None:
    """Heights and marks as large as the type."""
    if isinstance(spec, list):
        for item in spec:
            _shrink(item)
    if not isinstance(spec, dict):
        return
    for name, value in spec.items():
        if name == "height" and isinstance(value, int | float):
            spec[name] = max(_LEAST / 2, round(value * _SHRUNK))
        elif name == "mark" and isinstance(value, dict):
            small = {"size": 0.45, "height": _SHRUNK, "fontSize": 0.55}
            value.update({n: round(value[n] * by, 1) for n, by in small.items() if n in value})
        elif name == "legend" and isinstance(value, dict):
            value.pop("orient", None)
        elif name == "header" and isinstance(value, dict):
            value["labelFontSize"] = TYPE
        elif name not in ("data", "config"):
            _shrink(value)


def to_svg(spec: Mapping[str, Any]) -> bytes:
    """An SVG file: sizes in points, text as text in a standard font."""
    sized = SIZE.sub(r'\1 width="\2pt" height="\3pt"', to_vega_svg(spec), count=1)
    return sized.replace(f'"{FONT}"', f'"{FALLBACK}"').encode()


def to_pdf(spec: Mapping[str, Any]) -> bytes:
    """A PDF file with its font embedded."""
    import vl_convert as vlc

    drawn: bytes = vlc.vegalite_to_pdf(json.dumps(spec))
    return drawn


def to_png(spec: Mapping[str, Any]) -> bytes:
    """A PNG file of 300 dots per inch."""
    import vl_convert as vlc

    drawn: bytes = vlc.vegalite_to_png(json.dumps(spec), scale=DPI / POINTS, ppi=POINTS)
    return drawn


def to_json(spec: Mapping[str, Any]) -> bytes:
    """Vega-Lite with its data, to be changed by hand."""
    return (json.dumps(spec, indent=1, ensure_ascii=False) + "\n").encode()


#: By ending: what writes a figure.
WRITERS: Mapping[str, Callable[[Mapping[str, Any]], bytes]] = {
    "pdf": to_pdf,
    "svg": to_svg,
    "png": to_png,
    "json": to_json,
}
