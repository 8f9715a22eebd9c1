"""Confidence against being right, from rows of measures: reliability diagrams, accuracy by coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl.draw.visible import plain
from w2sdl_runtime.report.drawing import INKS, Key, Plot, draw, rows_of
from w2sdl_runtime.report.items.answers import Arm, Part, Point
from w2sdl_runtime.report.items.asking import CANDIDATE, Asked
from w2sdl_runtime.report.items.choosing import Pair, fits
from w2sdl_runtime.report.marks import DASHES, PER_CENT, SHAPES
from w2sdl_runtime.report.plots import LABEL_LENGTH
from w2sdl_runtime.report.text import number, percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Bins of equal width of P, as in Guo et al. 2017.
BINS = 10
#: Predictors drawn, and points of a curve.
MOST, STEPS = 9, 50
ACROSS, SIZE = 3, 190
#: Rows that an accuracy by coverage is of, at least.
LEAST = 10


@dataclass(frozen=True, slots=True)
class Confidence:
    """Both figures of a measured part; ``left_out`` counts predictors beyond `MOST`."""

    name: str
    place: str  #: the point of the design and the repetition
    told: str  #: what P is of: "P(the candidate is right)"
    calibration: Plot
    coverage: Plot
    left_out: int
    hard: tuple[str, ...]  #: predictors that say 0 or 1 and not how sure they are


def plot_confidence(parts: Sequence[tuple[Part, Pair | None]], repetition: str) -> list[Confidence]:
    """The figures of every part on which predictors gave probabilities, at one point of the design."""
    found = []
    for part, pair in parts:
        given = [arm for arm in _at_one_point(part, pair) if arm.probability is not None]
        arms = [arm for arm in given if _says_how_sure(arm)]
        if part.binary and arms:
            point = dict(kv for arm in arms for kv in arm.point.items())
            place = ", ".join(
                [*(f"{a} {p}" for a, p in point.items()), *filter(None, [repetition])]
            )
            shown = arms[:MOST]
            gold = np.array([word == "1" for word in part.gold])
            plots = _calibration(shown, gold, part), _coverage(shown, part)
            hard = tuple(arm.of for arm in given if arm not in arms)
            told = part.asked.told
            left_out = len(arms) - len(shown)
            found.append(Confidence(part.name, place, told, *plots, left_out, hard))
    return found


def _says_how_sure(arm: Arm) -> bool:
    """Whether P is ever other than 0 and 1: hard labels have neither curve."""
    return not np.isin(_probability(arm), (0, 1)).all()


def _sureness(arm: Arm) -> NDArray[np.float64]:
    """How far P is from one half; P and 1 - P are as sure, whatever their last digits."""
    sureness: NDArray[np.float64] = np.abs(_probability(arm) - 0.5).round(9)
    return sureness


def _at_one_point(part: Part, pair: Pair | None) -> list[Arm]:
    """Each predictor once: where the student of the pair stands, or else at its last point."""
    point: Point = pair.student.point if pair else {}
    found: dict[str, Arm] = {}
    for arm in part.arms:
        if fits(arm.point, point):
            found[arm.of] = arm
    return list(found.values())


def _probability(arm: Arm) -> NDArray[np.float64]:
    if arm.probability is None:
        raise ValueError(f"{arm.of} gave no probabilities")
    return arm.probability


def _keys(arms: Sequence[Arm]) -> tuple[Key, ...]:
    return tuple(
        Key(plain(arm.of, LABEL_LENGTH), arm.family, SHAPES[at % len(SHAPES)])
        for at, arm in enumerate(arms)
    )


# -- calibration -----------------------------------------------------------------------------------


def _calibration(arms: Sequence[Arm], gold: NDArray[np.bool_], part: Part) -> Plot:
    """Reliability diagrams: the share that is right against the mean P, by bins of P."""
    errors = [_error(_probability(arm), gold) for arm in arms]
    heads = [
        f"{plain(arm.of, LABEL_LENGTH)}: ECE {number(error)}"
        for arm, error in zip(arms, errors, strict=True)
    ]
    bins = [
        one | {"panel": head, "ink": arm.family}
        for arm, head in zip(arms, heads, strict=True)
        for one in _bins(_probability(arm), gold)
    ]
    note = (
        f"n = {len(gold):,} rows each. 95 % intervals: Wilson's, over the rows of a bin."
        " ECE: monotonic sweep, equal-mass bins, 2-norm (Roelofs et al. 2020)."
    )
    return Plot(
        draw(_diagrams(bins, heads, part.asked)),
        (),
        f"Calibration on {part.name}",
        note,
        "; ".join(heads) + ".",
    )


def _error(probability: NDArray[np.float64], gold: NDArray[np.bool_]) -> float:
    from w2sdl_runtime.measuring.confidence import sweep

    order = np.argsort(probability, kind="stable")
    return sweep(probability[order], gold[order].astype(np.float64))[0]


def _bins(probability: NDArray[np.float64], gold: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Bins of equal width that hold rows: mean P, share of gold class 1 with its interval, rows."""
    from w2sdl_runtime.measuring.classes import wilson

    places = np.minimum((probability * BINS).astype(int), BINS - 1)
    found = []
    for place in range(BINS):
        inside = places == place
        rows = int(inside.sum())
        if rows:
            value, lower, upper = wilson(int(gold[inside].sum()), rows)
            at: dict[str, Any] = {"p": float(probability[inside].mean()), "rows": rows}
            at |= {"middle": (place + 0.5) / BINS, "label": _short(rows)}
            found.append(at | {"value": value, "lower": lower, "upper": upper})
    return found


def _short(rows: int) -> str:
    """A count in at most four characters, which is what a bin has room for; exact below a thousand."""
    if rows < 1_000:
        return str(rows)
    thousands = rows / 1_000
    return f"{thousands:.1f}k" if thousands < 9.95 else f"{thousands:.0f}k"


def _diagrams(bins: list[dict[str, Any]], heads: list[str], asked: Asked = CANDIDATE) -> Any:
    """A panel for each predictor: bins as points, larger where they hold more rows, and the diagonal."""
    import altair as alt

    inks = list(dict.fromkeys(one["ink"] for one in bins))
    axis = alt.Axis(format=".0%", tickCount=3)
    scale = alt.Scale(domain=[0, 1], nice=False)
    color = alt.Color(
        "ink:N", scale=alt.Scale(domain=inks, range=[INKS[ink] for ink in inks]), legend=None
    )
    base = alt.Chart(rows_of(bins)).encode(
        x=alt.X("p:Q", scale=scale, axis=axis, title=asked.head), color=color
    )
    up = alt.Y("value:Q", scale=scale, axis=axis, title=asked.gold[1])
    bounds = base.mark_rule(opacity=0.55).encode(y=alt.Y("lower:Q", scale=scale), y2="upper:Q")
    size = alt.Size("rows:Q", scale=alt.Scale(range=[20, 200], zero=True), legend=None)
    points = base.mark_circle(opacity=1).encode(y=up, size=size)
    counts = base.mark_text(fontSize=9).encode(
        x=alt.X("middle:Q", scale=scale),
        y=alt.value(-5),
        text="label:N",
        color=alt.value(INKS["muted"]),
    )
    line = base.transform_aggregate(groupby=["panel"]).transform_calculate(low="0", high="1")
    diagonal = line.mark_rule(strokeDash=[4, 4]).encode(
        x=alt.X("low:Q", scale=scale),
        x2="high:Q",
        y=alt.Y("low:Q", scale=scale),
        y2="high:Q",
        color=alt.value(INKS["muted"]),
    )
    return _panels(alt.layer(diagonal, bounds, points, counts), heads)


def _panels(layered: Any, heads: list[str]) -> Any:
    import altair as alt

    header = alt.Header(title=None, labelColor=INKS["text"], labelFontSize=13)
    facet = alt.Facet("panel:N", sort=heads, header=header)
    across = min(ACROSS, len(heads))
    panels = layered.properties(width=SIZE, height=SIZE).facet(facet=facet, columns=across)
    # A shared axis stands below the last row also where that row has no panel.
    return panels.resolve_axis(x="independent") if len(heads) % across else panels


# -- coverage --------------------------------------------------------------------------------------


def _coverage(arms: Sequence[Arm], part: Part) -> Plot:
    """Accuracy among the surest rows, by how many are answered (El-Yaniv & Wiener 2010)."""
    marks = [mark for arm in arms for mark in _kept(arm)]
    note = f"n = {len(part.ids):,} rows each. Without intervals. Sure is far from P = 50 %."
    told = "; ".join(_ends(arm) for arm in arms) + "."
    return Plot(
        draw(_curves(marks, arms)), _keys(arms), f"Accuracy by coverage on {part.name}", note, told
    )


def _kept(arm: Arm) -> list[dict[str, Any]]:
    """Accuracy where a threshold of sureness can cut: between rows that are as sure it would be chance."""
    sure = _sureness(arm)
    order = np.argsort(-sure, kind="stable")
    hits, rows = np.cumsum(arm.right[order]), len(order)
    ends = np.append(np.flatnonzero(np.diff(sure[order])) + 1, rows)
    least = min(rows, max(LEAST, rows // 20))  # of fewer rows it is noise
    ends = ends[ends >= least]
    at = ends[np.unique(np.linspace(0, len(ends) - 1, min(STEPS, len(ends))).astype(int))]
    name = plain(arm.of, LABEL_LENGTH)
    every = 1 if len(at) <= STEPS // 5 else 5
    return [
        {"of": name, "x": int(n) / rows, "value": float(hits[n - 1] / n)}
        | {"marked": i % every == every - 1}
        for i, n in enumerate(at)
    ]


def _ends(arm: Arm) -> str:
    marks = _kept(arm)
    half = min(marks, key=lambda mark: abs(float(mark["x"]) - 0.5))
    whole = f"{percent(marks[-1]['value'])} % of all rows"
    return f"{arm.of}: {percent(half['value'])} % of the surer half, {whole}"


def _curves(marks: list[dict[str, Any]], arms: Sequence[Arm]) -> Any:
    import altair as alt

    names = [plain(arm.of, LABEL_LENGTH) for arm in arms]
    inks = alt.Scale(domain=names, range=[INKS[arm.family] for arm in arms])
    dashes = alt.Scale(
        domain=names, range=[list(DASHES[at % len(DASHES)]) for at in range(len(arms))]
    )
    shapes = alt.Scale(domain=names, range=[SHAPES[i % len(SHAPES)] for i in range(len(arms))])
    share = alt.Axis(format=PER_CENT, tickCount=5)
    across = alt.Scale(domain=[0, 1])
    base = alt.Chart(rows_of(marks)).encode(
        x=alt.X("x:Q", axis=share, title="answered, surest first", scale=across),
        y=alt.Y("value:Q", axis=share, title="accuracy", scale=alt.Scale(zero=False)),
        color=alt.Color("of:N", scale=inks, legend=None),
    )
    lines = base.mark_line(strokeWidth=1.8).encode(
        strokeDash=alt.StrokeDash("of:N", scale=dashes, legend=None)
    )
    points = base.transform_filter("datum.marked").mark_point(size=45, filled=True, opacity=1)
    points = points.encode(shape=alt.Shape("of:N", scale=shapes, legend=None))
    return alt.layer(lines, points).properties(width=560, height=230)
