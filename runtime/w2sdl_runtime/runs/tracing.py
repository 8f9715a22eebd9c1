"""From a number of a report to the artifacts that it comes from, and to what these were made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from w2sdl.addresses import near_addresses, nodes_meant
from w2sdl.graph import MeasureTable
from w2sdl.messages.suggest import nearest_names
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.files import files_below
from w2sdl_runtime.report.results import Missing
from w2sdl_runtime.report.tables import ROLES, Figure, Single, metric_part
from w2sdl_runtime.report.text import amount, listed, span
from w2sdl_runtime.report.words import measure_in_words
from w2sdl_runtime.runs.choosing import Asked, Chosen, choose, parse_number
from w2sdl_runtime.runs.results import Run
from w2sdl_runtime.values import Metric


@dataclass(frozen=True, slots=True)
class Artifact:
    """A node that a number rests on, and where its result lies."""

    address: str
    op: str
    kind: str
    action: str  #: what the run did: "executed", "reused", "failed", "skipped", "" for nothing
    key: str
    digest: str
    folder: str  #: "" where it has no result in this folder of the store
    files: tuple[tuple[str, int], ...]  #: name and bytes
    value: float | None = None  #: of a metric, or of the part of it that is followed
    sources: dict[str, Any] = field(
        default_factory=dict
    )  #: digests of files, commits of repositories
    inputs: dict[str, tuple[str, ...]] = field(default_factory=dict)  #: addresses by port


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A name of the spec that a number was made from; its nodes as one."""

    name: str
    kind: str
    op: str
    nodes: tuple[str, ...]  #: addresses
    sources: dict[str, Any]
    made_from: tuple[Ancestor, ...]
    again: bool = False  #: told above: what it was made from is not repeated


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
    """Follow a number of a run: ``scores[of: S', evidence: debate]``, or the address of a node.

    Raises:
        PrerequisiteError: when the run has no such number, or several.
    """
    asked = parse_number(text)
    if asked is not None and asked.measure in run.measures:
        return _number(run, asked)
    ids = nodes_meant(text, {i: (n.address, *n.aliases) for i, n in run.graph.nodes.items()})
    if not ids:
        raise _no_such(run, text, asked)
    return _nodes(run, text, ids)


def _no_such(run: Run, text: str, asked: Asked | None) -> PrerequisiteError:
    known = [node.address for node in run.graph.order()]
    near = [*nearest_names(asked.measure, run.measures)] if asked else []
    near += near_addresses(text, known)
    return PrerequisiteError(
        f"run {run.id} has no measure and no node called `{text}`",
        f"did you mean {listed([f'`{name}`' for name in near[:3]], 'or')}?"
        if near
        else f"its measures are {listed(list(run.measures)) or 'none'}; `w2sdl results {run.name}`"
        " prints them",
    )


def _number(run: Run, asked: Asked) -> Traced:
    measure = run.measure(asked.measure)
    chosen = choose(asked, run.figures_of(measure), run.repeated)
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
        tuple(_how(run, chosen, singles)),
        single.reason if single else "; ".join(figure.reasons),
        tuple(_artifact(run, one.node, one.value) for one in singles),
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
    method = str(metrics[0].facts.get("interval", "")) if single else ""
    if figure.estimate and not single:
        method = figure.estimate.method
    if method:
        yield f"interval: 95 %, {method}"
    if figure.warnings:
        yield f"warnings: {', '.join(figure.warnings)}"


def _recovered(figure: Figure) -> Iterator[str]:
    scores = [f"{role} {amount(figure.accuracies[role], figure.unit)}" for role in ROLES]
    yield f"(student − weak) / (ceiling − weak), of {listed(scores)}"
    for name, roles in (("gain", "student − weak"), ("gap", "ceiling − weak")):
        found = figure.facts.get(name)
        if found:
            ends = span(found["lower"], found["upper"], figure.unit)
            yield f"{name} ({roles}): {amount(found['value'], figure.unit)} ({ends})"


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
        span(ends[0], ends[1], unit) if None not in ends else "",  # type: ignore[arg-type]
        found.value if found else None,
        *ends,
        unit,
        (_of_rows([found], ""), f"interval: 95 %, {found.facts.get('interval')}") if found else (),
        metric.why if isinstance(metric, Missing) and node.kind == "Metric" else "",
        tuple(_artifact(run, id_, found.value if found else None) for id_ in ids),
        ancestors(run, ids),
    )


def _artifact(run: Run, id_: str, value: float | None) -> Artifact:
    node = run.graph.nodes[id_]
    entry = run.nodes.get(id_)
    digest = entry.digest if entry else ""
    folder = run.store.path(digest) if digest else None
    here = folder is not None and folder.is_dir()
    manifest = run.store.lookup(entry.key) if entry and entry.key else None
    return Artifact(
        node.address,
        node.op,
        str(node.kind),
        entry.action if entry else "",
        entry.key if entry else "",
        digest,
        str(folder) if here else "",
        tuple(_files(folder)) if folder is not None and here else (),
        value,
        manifest.sources if manifest else {},
        {
            port: tuple(run.graph.nodes[parent].address for parent in parents)
            for port, parents in node.inputs.items()
        },
    )


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    for path in files_below(folder):
        yield path.relative_to(folder).as_posix(), path.stat().st_size


def ancestors(run: Run, ids: Sequence[str], met: set[str] | None = None) -> tuple[Ancestor, ...]:
    """What nodes were made from, by the names of the spec, each followed once, where it is first met."""
    met = set() if met is None else met
    graph = run.graph
    groups: dict[str, list[str]] = {}
    for id_ in ids:
        for parent in graph.nodes[id_].parents():
            group = groups.setdefault(graph.nodes[parent].name, [])
            if parent not in group:
                group.append(parent)
    return tuple(_ancestor(run, name, group, met) for name, group in groups.items())


def _ancestor(run: Run, name: str, group: list[str], met: set[str]) -> Ancestor:
    node = run.graph.nodes[group[0]]
    again = name in met
    met.add(name)
    return Ancestor(
        name,
        str(node.kind),
        node.op,
        tuple(run.graph.nodes[id_].address for id_ in group),
        {} if again else _sources(run, group),
        () if again else ancestors(run, group, met),
        again and bool(node.inputs),
    )


def _sources(run: Run, group: Sequence[str]) -> dict[str, Any]:
    """What files and repositories the nodes read, each with its digest or commit."""
    found: dict[str, Any] = {}
    for id_ in group:
        entry = run.nodes.get(id_)
        manifest = run.store.lookup(entry.key) if entry and entry.key else None
        found |= manifest.sources if manifest else {}
    return found
