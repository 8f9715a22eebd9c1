"""From a number of a report to the artifacts that it comes from, and to what these were made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from w2sdl.addresses import near_addresses, nodes_meant
from w2sdl.graph import Cell, Expectation, MeasureTable
from w2sdl.messages.suggest import nearest_names
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.report.expect import Verdict
from w2sdl_runtime.report.judged import Judged
from w2sdl_runtime.report.measure_words import measure_in_words
from w2sdl_runtime.report.metric_numbers import interval_method, metric_part
from w2sdl_runtime.report.results import Missing
from w2sdl_runtime.report.tables import ROLES, Figure, Single, Table
from w2sdl_runtime.report.text import amount, listed, signed, span
from w2sdl_runtime.runs.artifacts import Ancestor, Artifact, ancestors, artifact_of
from w2sdl_runtime.runs.choosing import Asked, Chosen, choose, parse_number
from w2sdl_runtime.runs.results import Run
from w2sdl_runtime.values import Metric


@dataclass(frozen=True, slots=True)
class Traced:
    """A number, as the report shows it, with all that it rests on."""

    run: str
    number: str
    what: str
    shown: str  #: the value as the report shows it; "" where there is none
    interval: str
    value: float | None
    lower: float | None
    upper: float | None
    unit: str
    how: tuple[str, ...]  #: sentences
    reason: str
    artifacts: tuple[Artifact, ...]
    made_from: tuple[Ancestor, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def trace(run: Run, text: str) -> Traced:
    """Follow a number of a run: ``scores[of: S', evidence: debate]``.

    The name of an expectation gives its verdict with the numbers behind it, and the address of a node
    that node.

    Raises:
        PrerequisiteError: when the run has no such number, or several.
    """
    asked = parse_number(text)
    if asked is not None and asked.measure in run.measures:
        return _number(run, asked)
    for expectation in run.graph.expectations:
        if asked == Asked(expectation.name, {}):
            return _verdict(run, expectation)
    ids = nodes_meant(text, {i: (n.address, *n.aliases) for i, n in run.graph.nodes.items()})
    if not ids:
        raise _no_such(run, text, asked)
    return _nodes(run, text, ids)


def _no_such(run: Run, text: str, asked: Asked | None) -> PrerequisiteError:
    known = [node.address for node in run.graph.order()]
    names = [*run.measures, *(one.name for one in run.graph.expectations)]
    near = [*nearest_names(asked.measure, names)] if asked else []
    near += near_addresses(text, known)
    begun = next((name for name in run.measures if text.startswith(f"{name}[")), "")
    typed = f"a number is written `{begun}[axis: point]`, with both brackets; " if begun else ""
    return PrerequisiteError(
        f"run {run.id} has no measure and no node called `{text}`",
        f"did you mean {listed([f'`{name}`' for name in near[:3]], 'or')}?"
        if near
        else f"{typed}its measures are {listed(list(run.measures)) or 'none'}; `w2sdl results {run.name}`"
        " prints them",
    )


def _number(run: Run, asked: Asked) -> Traced:
    measure = run.measure(asked.measure)
    table = run.figures_of(measure)
    chosen = choose(asked, table, run.repeated)
    figure, single = chosen.figure, chosen.single
    singles = (single,) if single else figure.singles
    value, lower, upper = _ends(figure, single)
    unit = figure.unit
    return Traced(
        run.id,
        chosen.text,
        _what(measure, chosen.column.of),
        amount(value, unit),
        "" if lower is None or upper is None else span(lower, upper, unit),
        value,
        lower,
        upper,
        unit,
        (*_how(run, chosen, singles), *_from_baseline(run, measure, table, chosen)),
        single.reason if single else "; ".join(figure.reasons),
        tuple(artifact_of(run, one.node, one.value, unit) for one in singles),
        ancestors(run, [one.node for one in singles]),
    )


def _what(measure: MeasureTable, of: str) -> str:
    return f"{measure.op} of {of} on {measure.on}" if of else measure_in_words(measure)


def _ends(figure: Figure, single: Single | None) -> tuple[float | None, float | None, float | None]:
    if single is not None:
        return single.value, single.lower, single.upper
    found = figure.estimate
    return (found.value, found.lower, found.upper) if found else (None, None, None)


def _how(run: Run, chosen: Chosen, singles: Sequence[Single]) -> Iterator[str]:
    """How the value and its interval were formed, in sentences."""
    figure, known = chosen.figure, [one for one in singles if one.value is not None]
    metrics = [m for one in singles if isinstance(m := run.metric(one.node), Metric)]
    if not metrics:
        return
    if figure.accuracies:
        yield from _recovered(figure)
    elif len(singles) > 1:
        varies = [a for a in singles[0].point if len({s.point.get(a) for s in singles}) > 1]
        missing = f"; {len(singles) - len(known)} have none" if len(known) < len(singles) else ""
        yield f"the mean of {len(known)} nodes, one for each {listed(varies)}{missing}"
    yield _of_rows(metrics, chosen.column.part)
    single = chosen.single or (singles[0] if len(singles) == 1 and not figure.estimate else None)
    method = interval_method(metrics[0]) if single else ""
    if figure.estimate and not single:
        method = figure.estimate.method
    if method:
        yield f"interval: 95 %, {method}"
    if figure.warnings:
        yield f"warnings: {', '.join(figure.warnings)}"


def _from_baseline(run: Run, measure: MeasureTable, table: Table, chosen: Chosen) -> Iterator[str]:
    """How far it is from the spec's baseline, as the report has it below the number."""
    if not run.graph.baseline:
        return
    every, column = run.deltas_of(measure, table), chosen.column
    names = next(names for names, one in column.figures.items() if one is chosen.figure)
    single = chosen.single
    delta = every.of_single(column, single) if single else every.of_figure(column, names)
    if delta is not None and delta.difference is not None:
        found, unit = delta.difference, chosen.figure.unit
        ends = span(found.lower, found.upper, unit)
        told = f" ({ends}; {found.method})" if ends else ""
        yield f"minus {delta.baseline}: {signed(amount(found.value, unit))}{told}"


def _recovered(figure: Figure) -> Iterator[str]:
    scores = [f"{role} {amount(figure.accuracies[role], figure.unit)}" for role in ROLES]
    yield f"(student − weak) / (ceiling − weak), of {listed(scores)}"
    for name, roles in (("gain", "student − weak"), ("gap", "ceiling − weak")):
        found = figure.facts.get(name)
        if found:
            known = found["lower"] is not None and found["upper"] is not None
            ends = f" ({span(found['lower'], found['upper'], figure.unit)})" if known else ""
            yield f"{name} ({roles}): {amount(found['value'], figure.unit)}{ends}"


def _of_rows(metrics: Sequence[Metric], part: str) -> str:
    """What was measured, of how many rows; they may differ from node to node."""
    metric = metrics[0]
    own = metric_part(metric, part) if part else {}
    counts = sorted({metric_part(m, part).get("n", 0) if part else m.n for m in metrics})
    rows = " to ".join(f"{n:,}" for n in dict.fromkeys((counts[0], counts[-1])))
    score = own.get("score", metric.facts.get("score"))
    among = f" ({part})" if part else ""
    over = f", the mean of `{score}`" if score else ""
    return f"{metric.name} of {rows} rows{among}{over}"


def _verdict(run: Run, expectation: Expectation) -> Traced:
    """An expectation: its verdict, what was compared at each point, and the nodes of both sides."""
    verdict = next(one for one in run.verdicts() if one.name == expectation.name)
    cells = dict.fromkeys(cell.node for cell in _cells_read(run, expectation.tree))
    unit = "share" if verdict.share else ""
    return Traced(
        run.id,
        expectation.name,
        f"expect {verdict.text}",
        verdict.verdict,
        "",
        None,
        None,
        None,
        "",
        tuple(_compared(point, verdict, unit) for point in verdict.points),
        "",
        tuple(_of_metric(run, node) for node in cells),
        ancestors(run, list(cells)),
    )


def _of_metric(run: Run, node: str) -> Artifact:
    metric = run.metric(node)
    if not isinstance(metric, Metric):
        return artifact_of(run, node)
    return artifact_of(run, node, metric.value, str(metric.facts.get("unit", "")))


def _compared(point: Judged, verdict: Verdict, unit: str) -> str:
    """What was compared at a point of the design, and how sure the difference is."""
    at = ", ".join(f"{axis} {name}" for axis, name in point.point.items())
    said = [f"{at}: {point.verdict}" if at else point.verdict]
    if point.left is not None and point.right is not None:
        said.append(f"{amount(point.left, unit)} {verdict.sign} {amount(point.right, unit)}")
    found = point.difference
    if found is not None:
        ends = ""
        if found.lower is not None and found.upper is not None:
            told = span(found.lower, found.upper, unit)
            ends = f" ({verdict.level_text} interval {told}; {found.method})"
        what = "slope" if verdict.is_trend else "left minus right"
        said.append(f"{what} {amount(found.value, unit)}{ends}")
    said += [f"p = {point.p:.2g}"] if point.p is not None else []
    return "; ".join([*said, *point.notes])


def _cells_read(run: Run, tree: Any) -> Iterator[Cell]:
    """The cells of all measures that an expectation reads, in whatever form it is written."""
    if isinstance(tree, Mapping) and "table" in tree:
        select = tree.get("select", {})
        for cell in run.measure(tree["table"]).cells:
            place = {"of": cell.of, **cell.point}
            if all(place.get(axis, name) == name for axis, name in select.items()):
                yield cell
        return
    inner = tree.values() if isinstance(tree, Mapping) else tree if isinstance(tree, list) else ()
    for part in inner:
        yield from _cells_read(run, part)


def _nodes(run: Run, text: str, ids: Sequence[str]) -> Traced:
    """A node, or all of a name, without a number of a report."""
    metric = run.metric(ids[0]) if len(ids) == 1 else None
    found = metric if isinstance(metric, Metric) else None
    unit = str(found.facts.get("unit", "")) if found else ""
    ends = (found.lower, found.upper) if found else (None, None)
    node = run.graph.nodes[ids[0]]
    return Traced(
        run.id,
        node.address if len(ids) == 1 else text,
        f"{node.kind} by {node.op}" + (f", {len(ids)} nodes" if len(ids) > 1 else ""),
        amount(found.value, unit) if found else "",
        span(*ends, unit),
        found.value if found else None,
        *ends,
        unit,
        (_of_rows([found], ""), f"interval: 95 %, {found.facts.get('interval')}") if found else (),
        metric.why if isinstance(metric, Missing) and node.kind == "Metric" else "",
        tuple(artifact_of(run, id_, found.value if found else None, unit) for id_ in ids),
        ancestors(run, ids),
    )
