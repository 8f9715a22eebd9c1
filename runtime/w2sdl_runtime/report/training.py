"""Training curves: the losses that the trainings of a run reported on their way.

They stand in the run's events: at most one a second and the last, so short trainings have few. What
was reused was trained in another run. Agreement with validation labels, where a training had a
``stop``, lies in the facts of its predictor, which are not read without its weights: it is not drawn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from w2sdl.draw.visible import plain
from w2sdl.graph import Graph
from w2sdl.roles import Roles
from w2sdl_runtime.report.drawing import INKS, Plot, draw, rows_of
from w2sdl_runtime.report.plots import LABEL_LENGTH
from w2sdl_runtime.report.text import number

#: By node: steps (or examples) that were done, and the loss there.
Steps = Mapping[str, Sequence[tuple[float, float]]]
#: Names with a panel of their own, trainings in a panel, and points of a line.
PANELS, LINES, POINTS = 9, 40, 60
ACROSS, WIDTH, HEIGHT = 3, 190, 130


@dataclass(frozen=True, slots=True)
class Training:
    """A figure of trainings, and what it can't show."""

    plot: Plot
    shown: int
    left_out: int  #: trainings of which there is a record, and no room


def read_losses(run_folder: Path) -> Steps:
    """What the nodes of a run reported of their losses; {} where it kept no events."""
    path = run_folder / "events.jsonl"
    found: dict[str, list[tuple[float, float]]] = {}
    if not path.exists():
        return found
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if '"loss"' in line and (told := _told(line)):
                node, done, loss = told
                steps = found.setdefault(node, [])
                if steps and done <= steps[-1][0]:
                    steps.clear()  # another attempt began anew
                steps.append((done, loss))
    return found


def _told(line: str) -> tuple[str, float, float] | None:
    """Node, what is done and its loss; None of an event without them, or a torn line."""
    try:
        event = json.loads(line)
        return str(event["node"]), float(event["done"]), float(event["facts"]["loss"])
    except (ValueError, KeyError, TypeError):
        return None


def plot_losses(losses: Steps, graph: Graph, roles: Roles) -> Training | None:
    """Loss by what is done, a panel for each name of the spec; None where nothing was reported."""
    told = {node: steps for node, steps in losses.items() if len(steps) > 1}
    by_name: dict[str, list[str]] = {}
    for node in graph.order():  # the first repetition first
        if node.id in told:
            by_name.setdefault(node.name, []).append(node.id)
    if not by_name:
        return None
    shown = {name: ids[:LINES] for name, ids in list(by_name.items())[:PANELS]}
    marks = [
        {"panel": plain(name, LABEL_LENGTH), "line": id_, "x": x, "value": value}
        | {"ink": roles.family(name)}
        for name, ids in shown.items()
        for id_ in ids
        for x, value in _thinned(told[id_])
    ]
    count = sum(map(len, shown.values()))
    ends = [f"{name}: {_end(told, ids)} at the end" for name, ids in shown.items()]
    note = "One training." if count == 1 else f"{count} trainings, a line each."
    plot = Plot(draw(_chart(marks)), (), "Training loss", note, "; ".join(ends) + ".")
    return Training(plot, count, sum(map(len, by_name.values())) - count)


def _thinned(steps: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    every = max(1, len(steps) // POINTS)
    return [*steps[:-1:every], steps[-1]]


def _end(told: Steps, ids: Sequence[str]) -> str:
    last = [told[id_][-1][1] for id_ in ids]
    low, high = number(min(last), 2), number(max(last), 2)
    return low if low == high else f"{low} to {high}"


def _chart(marks: list[dict[str, Any]]) -> Any:
    import altair as alt

    panels = list(dict.fromkeys(mark["panel"] for mark in marks))
    inks = list(dict.fromkeys(mark["ink"] for mark in marks))
    scale = alt.Scale(domain=inks, range=[INKS[ink] for ink in inks])
    lines = alt.Chart(rows_of(marks)).mark_line(strokeWidth=1.2, opacity=0.7)
    header = alt.Header(title=None, labelColor=INKS["text"], labelFontSize=13)
    upright = alt.Axis(title=None, format=".2~f", tickCount=4)
    return (
        lines.encode(
            x=alt.X("x:Q", title="done", axis=alt.Axis(tickCount=3, format="~s", grid=False)),
            y=alt.Y("value:Q", axis=upright, scale=alt.Scale(zero=False)),
            color=alt.Color("ink:N", scale=scale, legend=None),
            detail="line:N",
        )
        .properties(width=WIDTH, height=HEIGHT)
        .facet(
            facet=alt.Facet("panel:N", sort=panels, header=header),
            columns=min(ACROSS, len(panels)),
        )
        .resolve_scale(x="independent", y="independent")
    )
