"""The table that answers the question: weak, zero-shot, supervisor, student, ceiling and PGR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from w2sdl.roles import Roles
from w2sdl_runtime.report.measure_words import metric_name
from w2sdl_runtime.report.metric_numbers import unstable
from w2sdl_runtime.report.panels import Head, Panel, panels_of
from w2sdl_runtime.report.results import Missing, Results
from w2sdl_runtime.report.tables import Column, Figure, Table
from w2sdl_runtime.report.text import listed, percent
from w2sdl_runtime.stats.intervals import Interval


@dataclass(frozen=True, slots=True)
class Headline:
    """What answers the question, in a panel for each set of axes that something varies over."""

    on: str
    panels: tuple[Panel, ...]
    summary: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]  #: what limits PGR, and at which points
    scores: tuple[Table, ...]
    ratios: tuple[Table, ...]
    metric: str  #: what the scores are, as a heading
    has_zero_shot: bool  #: whether the strong model without any training was measured


def headline(tables: Sequence[Table], roles: Roles) -> Headline | None:
    """Choose the measures that answer the question: PGR, and accuracies on the same rows."""
    ratios = [table for table in tables if table.op == "pgr"]
    scored = [t for t in tables if any(column.of for column in t.columns)]
    on = ratios[0].on if ratios else (scored[0].on if scored else "")
    ratios = [table for table in ratios if table.on == on]
    scored = [table for table in scored if table.on == on and _asks(table) == _asks(scored[0])]
    scored = [table for table in scored if _belongs(table, ratios)]
    part = _formed_part(scored, ratios)
    heads = _score_heads(scored, roles, part)
    for table in ratios:
        heads += _ratio_heads(table, len(ratios) > 1)
    if not heads:
        return None
    untrained = [head for head in heads if head.kind == "score" and _is_untrained(head, roles)]
    summary = tuple(_summary(table) for table in ratios) + _beside_zero_shot(heads, untrained)
    notes = tuple(note for table in ratios for note in _notes(table))
    panels = panels_of(heads, ratios, roles)
    metric = metric_name(scored[0].op if scored else "accuracy", part)
    scores = tuple(scored)
    return Headline(on, panels, summary, notes, scores, tuple(ratios), metric, bool(untrained))


def _is_untrained(head: Head, roles: Roles) -> bool:
    return head.tag == "zero-shot" or head.title in roles.untrained


def _asks(table: Table) -> tuple[str, str]:
    """What is measured, against which gold: numbers of other questions don't stand side by side."""
    return table.op, table.arguments.get("against", "")


def _belongs(table: Table, ratios: Sequence[Table]) -> bool:
    """Whether a table of scores stands beside recovered gaps: it varies as they do, or they are of it.

    Others, such as a student on its way or controls, stand among all measures only.
    """
    of_gaps = {text for ratio in ratios for text in ratio.arguments.values()}
    dims = {dim for ratio in ratios for dim in ratio.dims}
    measured = {column.of for column in table.columns}
    return not ratios or bool(measured & of_gaps) or dims.issuperset(table.dims)


def _formed_part(scored: Sequence[Table], ratios: Sequence[Table]) -> str:
    """The part of the scores that gaps are formed of, `mean` of `PGR[toxicity_mean]`; "" of the whole."""
    metrics = {ratio_name(ratio.columns[0]) for ratio in ratios}
    parts = {column.part for table in scored for column in table.columns if column.part}
    found = [part for part in parts if metrics == {f"PGR[{scored[0].op}_{part}]"}]
    return found[0] if found else ""


def _score_heads(tables: Sequence[Table], roles: Roles, part: str) -> list[Head]:
    """A column for each measured predictor, once, in the order of roles."""
    heads: dict[str, Head] = {}
    for table in tables:
        for column in table.columns:
            if column.of and column.part == part:
                role, family = roles.of(column.of), roles.family(column.of)
                tag = "" if role == "other" else role
                head = Head(column.of, tag, family, table.name, column, "score")
                heads.setdefault(column.of, head)
    return sorted(heads.values(), key=lambda head: roles.rank(head.title))


def _ratio_heads(table: Table, several: bool) -> list[Head]:
    column = table.columns[0]
    student, weak = table.arguments.get("student", "student"), table.arguments.get("weak", "weak")
    of = f" of {student}" if several else ""
    return [
        Head(f"{student} − {weak}", "gain, points", "other", table.name, column, "gain"),
        Head(f"{ratio_name(column)}{of}", "gap recovered", "student", table.name, column, "ratio"),
    ]


def ratio_name(column: Column) -> str:
    """`PGR[acc]`, with the metric that it is formed of; where no number is there, `PGR`."""
    found = {str(f.facts["metric"]) for f in column.figures.values() if "metric" in f.facts}
    return f"PGR[{found.pop()}]" if len(found) == 1 else "PGR"


def _summary(table: Table) -> str:
    """One sentence on what was recovered, of the points where that can be said."""
    given = table.arguments
    student = given.get("student", "")
    gap = f"of the gap between {given.get('weak', 'weak')} and {given.get('ceiling', 'ceiling')}"
    column = table.columns[0]
    who = "The student" if student == "student" else f"The student {student}"
    known = [(p, f) for p in table.points() if (f := column.at(p)) is not None]
    defined = [
        (p, f.estimate.value)
        for p, f in known
        if f.estimate is not None and "unstable" not in f.warnings
    ]
    if not defined:
        return f"How much {gap} {who[0].lower()}{who[1:]} recovers can't be told from this run."
    open_ = len(known) - len(defined)
    tail = f" At {open_} of {len(known)} design points it can't be told." if open_ else ""
    if len(defined) == 1:
        return f"{who} recovers {percent(defined[0][1])} % {gap}.{tail}"
    low, high = min(defined, key=lambda d: d[1]), max(defined, key=lambda d: d[1])
    return (
        f"{who} recovers between {percent(low[1])} % ({_where(low[0])})"
        f" and {percent(high[1])} % ({_where(high[0])}) {gap}.{tail}"
    )


def _beside_zero_shot(heads: Sequence[Head], untrained: Sequence[Head]) -> tuple[str, ...]:
    """How the students compare with the strong model before any training: what PGR can't say."""
    students = [head for head in heads if head.kind == "score" and head.tag == "student"]
    before = [e.value for head in untrained for e in _estimates(head)]
    after = [e.value for head in students for e in _estimates(head)]
    if not before or not after:
        return ()
    least, most = min(before), max(before)
    said = percent(most) if least == most else f"{percent(least)} to {percent(most)}"
    title = untrained[0].title
    if max(after) < least:
        verdict = "no student is better: this design shows what weak labels cost, not what they add"
    elif min(after) > most:
        verdict = "every student is better"
    else:
        verdict = "some students are better and some are not"
    return (f"Without any training {title} is right on {said} %; on average {verdict}.",)


def _estimates(head: Head) -> list[Interval]:
    return [f.estimate for f in head.column.figures.values() if f.estimate is not None]


def _notes(table: Table) -> list[tuple[str, str]]:
    """What limits PGR at which points; points of which the same is to be said share a note."""
    found: dict[str, list[str]] = {}
    points = table.points()
    for point in points:
        figure = table.columns[0].at(point)
        for words in _limits(figure) if figure else []:
            found.setdefault(words, []).append(_where(point))
    everywhere = len(points) if len(points) > 1 else -1
    return [
        (words, "At all points" if len(at) == everywhere else "; ".join(at))
        for words, at in found.items()
    ]


def _limits(figure: Figure) -> list[str]:
    if figure.estimate is None:
        return list(figure.reasons)
    gap = percent(figure.facts["gap"]["value"])
    if "unstable" in figure.warnings:
        why = unstable(figure.facts, figure.better)
        return [
            f"PGR is unstable: {why} (gap {gap} points), so it gets no interval; read the gain instead"
        ]
    if "small_gap" in figure.warnings:
        return [f"the gap ({gap} points) is smaller than twice its standard error"]
    return []


def _where(point: Mapping[str, str]) -> str:
    return listed([f"{axis} {name}" for axis, name in point.items()])


def missing_numbers(tables: Sequence[Table], results: Results) -> list[tuple[str, str]]:
    """Numbers that the run does not have, with why, each reason once with its count."""
    found: dict[str, list[str]] = {}
    for table in tables:
        for column in table.columns:
            for figure in column.figures.values():
                for single in figure.singles:
                    metric = results.metric(single.node)
                    if isinstance(metric, Missing):
                        addresses = found.setdefault(metric.why, [])
                        if single.address not in addresses:
                            addresses.append(single.address)
    return [(why, _some(addresses)) for why, addresses in found.items()]


def _some(addresses: list[str], most: int = 6) -> str:
    rest = len(addresses) - most
    if rest > 0:
        return f"{', '.join(addresses[:most])} and {rest} more"
    return listed(addresses)
