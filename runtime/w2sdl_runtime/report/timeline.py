"""The course of a run: which names of the spec were computed when, how many at a time, and on what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from w2sdl.draw.visible import plain
from w2sdl.durations import format_seconds
from w2sdl.graph import Graph
from w2sdl.roles import Roles
from w2sdl.wording import first_of
from w2sdl_runtime.report.drawing import INKS, Key, Plot, draw, rows_of
from w2sdl_runtime.report.marks import WIDTH
from w2sdl_runtime.report.plots import LABEL_LENGTH
from w2sdl_runtime.report.spans import Span
from w2sdl_runtime.storage.manifest import Manifest

#: Names with a row of their own: those that took most. The rest shares the last row.
ROWS = 11
REST = "all others"
#: Lines within a row for what ran at the same time; more of it shares the last line.
LANES = 8
#: Shorter breaks than this share of the whole are not drawn: no screen shows them.
BREAK = 1 / WIDTH
ROW_HEIGHT = 24
#: Idle time that is told, as a share of the whole; and hosts that are named.
NOTED, HOSTS = 0.05, 8


@dataclass(frozen=True, slots=True)
class Timeline:
    """The picture; and in sentences what it shows."""

    plot: Plot
    facts: tuple[str, ...]


def plot_timeline(
    spans: Sequence[Span],
    graph: Graph,
    roles: Roles,
    manifests: Mapping[str, Manifest],
) -> Timeline | None:
    """When each name of the spec was computed; None where nothing of the run was.

    Args:
        spans: of the run (`spans.read_spans`).
        graph: its nodes.
        roles: for the colours.
        manifests: the records of results, by node id, which know their hosts.
    """
    spans = [span for span in spans if span.node in graph.nodes]
    whole = max((span.end for span in spans), default=0.0)
    if whole <= 0:
        return None
    rows = _rows(spans, graph)
    bars = [bar for row, own in rows.items() for bar in _bars(row, own, graph, roles, whole)]
    busy = {row: _covered(own) for row, own in rows.items() if row != REST}
    told = "; ".join(f"{row}: {format_seconds(time)}" for row, time in busy.items()) + "."
    keys = (Key("failed or stopped", "text", "square"),) if any(s.failed for s in spans) else ()
    title = "When each name was computed"
    plot = Plot(draw(_chart(bars, list(rows), whole), rows=True), keys, title, "", told)
    return Timeline(plot, tuple(_facts(spans, busy, whole, _hosts(spans, manifests))))


def _rows(spans: Sequence[Span], graph: Graph) -> dict[str, list[Span]]:
    """By name, in the order in which they were begun; the names that took least in one row."""
    by_name: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda span: span.start):
        by_name.setdefault(graph.nodes[span.node].name, []).append(span)
    most = sorted(by_name, key=lambda name: -sum(s.end - s.start for s in by_name[name]))[:ROWS]
    rows: dict[str, list[Span]] = {}
    for name in [n for n in by_name if n in most]:
        rows.setdefault(plain(name, LABEL_LENGTH), []).extend(by_name[name])
    rest = [span for name, own in by_name.items() if name not in most for span in own]
    return rows | ({REST: sorted(rest, key=lambda span: span.start)} if rest else {})


def _bars(
    row: str, spans: Sequence[Span], graph: Graph, roles: Roles, whole: float
) -> Iterator[dict[str, Any]]:
    """A bar for each span, in the first line of the row that is free; those without a break are one."""
    lines: list[list[dict[str, Any]]] = []
    for span in spans:
        ink = "text" if span.failed else roles.family(graph.nodes[span.node].name)
        bar = {
            "row": row,
            "start": span.start,
            "end": span.end,
            "ink": "other" if row == REST else ink,
        }
        free = next((at for at, line in enumerate(lines) if line[-1]["end"] <= span.start), None)
        if free is None and len(lines) < LANES:
            lines.append([bar])
            continue
        line = lines[-1 if free is None else free]
        if line[-1]["ink"] == bar["ink"] and span.start - line[-1]["end"] < BREAK * whole:
            line[-1]["end"] = max(line[-1]["end"], span.end)
        else:
            line.append(bar)
    for at, line in enumerate(lines):
        yield from (bar | {"line": at} for bar in line)


def _covered(spans: Sequence[Span]) -> float:
    """Seconds in which at least one of them ran."""
    total, until = 0.0, 0.0
    for span in sorted(spans, key=lambda span: span.start):
        total += max(0.0, span.end - max(span.start, until))
        until = max(until, span.end)
    return total


def _at_once(spans: Sequence[Span]) -> int:
    """How many ran at the same time, at most."""
    moves = sorted([(s.start, 1) for s in spans] + [(s.end, -1) for s in spans])
    count = most = 0
    for _, move in moves:
        count += move
        most = max(most, count)
    return most


def _hosts(spans: Sequence[Span], manifests: Mapping[str, Manifest]) -> Counter[str]:
    """Of results of this run, where they were computed."""
    ran = {span.node for span in spans}
    return Counter(manifests[node].host for node in ran if node in manifests)


def _facts(
    spans: Sequence[Span], busy: Mapping[str, float], whole: float, hosts: Counter[str]
) -> Iterator[str]:
    longest = max(busy, key=lambda row: busy[row])
    took = f"{format_seconds(busy[longest])} of {format_seconds(whole)}"
    yield f"{longest} took most: its nodes ran for {took}."
    covered = _covered(spans)
    mean = sum(span.end - span.start for span in spans) / covered
    most, idle = _at_once(spans), whole - covered
    none = f"; for {format_seconds(idle)} none did" if idle >= NOTED * whole else ""
    many = f"{mean:.1f} did at a time on average, {most} at most"
    yield f"While any ran, {many if most > 1 else 'one did at a time'}{none}."
    if len(hosts) == 1:
        yield f"All on the host {next(iter(hosts))}."
    elif hosts:
        where = [f"{host} ({count:,})" for host, count in hosts.most_common()]
        yield f"On {len(hosts)} hosts: {first_of(where, HOSTS)}."


def _chart(bars: list[dict[str, Any]], rows: list[str], whole: float) -> Any:
    import altair as alt

    unit, by = next((u, b) for u, b, most in _UNITS if whole < most)
    data = [
        bar
        | {"start": bar["start"] / by, "end": max(bar["end"], bar["start"] + BREAK * whole) / by}
        for bar in bars
    ]  # none so short that it can't be seen
    inks = list(dict.fromkeys(bar["ink"] for bar in bars))
    lines = list(range(1 + max(bar["line"] for bar in bars)))
    across = alt.X(
        "start:Q",
        scale=alt.Scale(domain=[0, whole / by], nice=False),
        axis=alt.Axis(title=f"{unit} after the start", tickCount=7),
    )
    apart = alt.Scale(domain=rows, paddingInner=0.4)
    upright = alt.Y("row:N", sort=rows, scale=apart, title=None)
    colour = alt.Scale(domain=inks, range=[INKS[ink] for ink in inks])
    return (
        alt.Chart(rows_of(data))
        .mark_bar(strokeWidth=0.6)
        .encode(
            x=across,
            x2="end:Q",
            y=upright,
            yOffset=alt.YOffset("line:O", scale=alt.Scale(domain=lines, padding=0.15)),
            color=alt.Color("ink:N", scale=colour, legend=None),
            stroke=alt.Stroke("ink:N", scale=colour, legend=None),
        )
        .properties(width=WIDTH, height=ROW_HEIGHT * len(rows))
    )


#: Unit of the axis, its seconds, and up to how many seconds it serves.
_UNITS = (("seconds", 1.0, 180.0), ("minutes", 60.0, 10_800.0), ("hours", 3600.0, float("inf")))
