"""Puts the report together: everything is computed here, the templates only place it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import sqrt
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from w2sdl.draw.design import Design, design_of
from w2sdl.draw.picture import picture_of
from w2sdl.draw.style import flow_class, page_style
from w2sdl.draw.svg import svg_element
from w2sdl.draw.written import chart_of_design
from w2sdl.durations import format_seconds
from w2sdl.graph import Graph, graph_from_json
from w2sdl.replication import replication
from w2sdl.roles import Roles, find_roles
from w2sdl.wording import first_of
from w2sdl_runtime.report import text
from w2sdl_runtime.report.curves import plot_curves
from w2sdl_runtime.report.expect import judge_all
from w2sdl_runtime.report.headline import Headline, headline, missing_numbers
from w2sdl_runtime.report.layout import grid_of
from w2sdl_runtime.report.plots import Plot, plot_ratio, plot_scores
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.report.settings import count_settings
from w2sdl_runtime.report.shares import plot_shares
from w2sdl_runtime.report.tables import Figure, Table, all_tables
from w2sdl_runtime.report.transcripts import pick
from w2sdl_runtime.report.words import axes_in_words, measure_in_words, sentences
from w2sdl_runtime.storage.claims import registered_in
from w2sdl_runtime.values import Opener

#: Nodes in the node table; of larger runs, failed ones come first and the rest is counted.
NODES_SHOWN = 2_000
#: Characters of spec text shown.
SPEC_LIMIT = 400_000


def render_report(
    run: Mapping[str, Any], graph: Graph, nodes: Mapping[str, Any], opener: Opener
) -> str:
    """The report as one HTML page without any reference to the network.

    Args:
        run: the run's ``run.json``.
        graph: its graph.
        nodes: its ``nodes.json``, by node id. Nodes may be missing: the report says which, and why.
        opener: the store that the results lie in.
    """
    results = Results(graph, nodes, opener)
    repeated, roles = replication(graph), find_roles(graph)
    tables = all_tables(graph, results, repeated)
    head = headline(tables, roles)
    design = design_of(graph)
    context = {
        "run": run,
        "graph": graph,
        "status": _status(run, graph, nodes),
        "verdicts": judge_all(graph, results, repeated, registered_in(run)),
        "headline": head,
        "tables": tables,
        "grids": {table.name: grid_of(table) for table in tables},
        "measures": {m.name: measure_in_words(m) for m in graph.measures},
        "panel_figures": _panel_figures(head, roles),
        "figures": _figures(head, tables, roles),
        "shares": plot_shares(tables, roles),
        "curves": plot_curves(tables, graph, repeated.axes, roles),
        "sentences": sentences(graph, design, roles, results),
        "axes": axes_in_words(graph, repeated),
        "repeated": repeated,
        "picture": _picture(graph, design, roles) if design.bindings else None,
        "examples": pick(graph, results, repeated, roles),
        "missing": missing_numbers(tables, results),
        "node_rows": _node_rows(graph, nodes, results),
        "node_count": len(graph.nodes),
        "operations": _operations(graph, nodes),
        "cautions": _cautions(graph, nodes),
        "settings": count_settings(graph, str(run.get("spec_text") or "")),
        "row_errors": _row_errors(tables),
        "command": _command(run.get("command")),
        "roles": roles,
    }
    return _environment().get_template("report.html.j2").render(context)


def write_report(run_folder: Path, opener: Opener, out: Path) -> None:
    """Render the run in ``run_folder`` (run.json, graph.json, nodes.json) into the file ``out``.

    A run that ended before its first node has no nodes.json; its report says so.

    Raises:
        OSError: when the run folder can't be read or ``out`` not written.
    """
    run, graph = (_read(run_folder / f"{name}.json") for name in ("run", "graph"))
    ended_early = not (run_folder / "nodes.json").exists()
    nodes = {} if ended_early else _read(run_folder / "nodes.json")
    page = render_report(run, graph_from_json(graph), nodes, opener)
    out.write_text(page, "utf-8")


def _read(path: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return record


def _environment() -> Environment:
    """Templates with autoescape; every value that is printed passes `text.shown` first."""
    environment = Environment(
        loader=PackageLoader("w2sdl_runtime.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=text.shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": text.percent,
        "number": text.number,
        "duration": format_seconds,
        "listed": text.listed,
        "whole": partial(text.shown, limit=SPEC_LIMIT),
        "words": _words,
    }
    environment.globals |= {
        "keys_of": _keys_of,
        "style": Markup(  # noqa: S704 - our own files
            f"{environment.get_template('style.css').render()}\n{page_style()}"
        ),
    }
    return environment


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The design as a picture, and what its arrows carry."""

    svg: Markup
    arrows: tuple[tuple[str, str], ...]  #: what, and its CSS class


def _picture(graph: Graph, design: Design, roles: Roles) -> _Drawn:
    picture = picture_of(chart_of_design(graph, design, roles))
    svg = Markup(svg_element(picture, "The design as a graph"))  # noqa: S704 - escaped in there
    return _Drawn(svg, tuple((what, flow_class(what)) for what in picture.kinds))


def _cautions(graph: Graph, nodes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What operations warned of, each once for all nodes of a binding: (name, warning)."""
    found = [
        (node.name, str(warning))
        for node in graph.nodes.values()
        for warning in (nodes.get(node.id) or {}).get("warnings", ())
    ]
    return list(dict.fromkeys(found))


def _row_errors(tables: Sequence[Table]) -> list[tuple[str, int, float]]:
    """Measured parts, their rows, and the standard error that these allow an accuracy of 50 %."""
    found = {
        (table.on, figure.n): sqrt(0.25 / figure.n)
        for table in tables
        for column in table.columns
        for figure in column.figures.values()
        if figure.n and not column.part and figure.unit == "share"
    }
    return [(on, n, error) for (on, n), error in found.items()]


def _status(run: Mapping[str, Any], graph: Graph, nodes: Mapping[str, Any]) -> dict[str, Any]:
    """How the run ended, how many results it lacks, and where its nodes came from."""
    counts = {name: int((run.get("counts") or {}).get(name, 0)) for name in _ACTIONS}
    word = str(run.get("status") or "unknown")
    here = sum(bool((nodes.get(node) or {}).get("digest")) for node in graph.nodes)
    absent = len(graph.nodes) - here
    if word == "incomplete":
        word = f"incomplete: the budget of {run.get('budget')} was reached"
    return {"word": _STATUS.get(word, word), "absent": absent, "counts": counts}


_STATUS = {"done": "complete", "running": "not finished"}
_ACTIONS = ("executed", "reused", "failed", "skipped")


def _panel_figures(head: Headline | None, roles: Roles) -> list[tuple[Plot | None, Plot | None]]:
    """Scores and recovered gaps, of each panel."""
    if head is None:
        return []
    share = all(map(_is_share, head.scores))
    students = {t.name: t.arguments.get("student", t.name) for t in head.ratios}
    found = []
    for panel in head.panels:
        columns = [one.column for one in panel.heads if one.kind == "score"]
        again = any(one.kind == "formed" for one in panel.heads)  # the next panel draws them all
        ratios = [one for one in panel.heads if one.kind == "ratio"]
        names = [students[one.measure] for one in ratios]
        found.append(
            (
                None if again else plot_scores(columns, roles, share),
                plot_ratio([one.column for one in ratios], names, roles) if ratios else None,
            )
        )
    return found


def _figures(
    head: Headline | None, tables: Sequence[Table], roles: Roles
) -> dict[str, Plot | None]:
    figures: dict[str, Plot | None] = {}
    shown = {table.name for table in head.scores} if head else set()
    for table in tables:
        if table.op != "pgr" and table.name not in shown and any(c.of for c in table.columns):
            own = [column for column in table.columns if not column.part]
            figures[table.name] = plot_scores(own, roles, _is_share(table))
    return figures


def _is_share(table: Table) -> bool:
    figures = [f for column in table.columns for f in column.figures.values() if f.estimate]
    return bool(figures) and all(figure.unit == "share" for figure in figures)


def _keys_of(figure: Figure | None) -> str:
    """Where a number comes from: addresses and key prefixes of its nodes."""
    if figure is None:
        return ""
    known = [f"{single.address} {single.key}".strip() for single in figure.singles]
    return f"from {first_of(known, 8)}"


def _node_rows(graph: Graph, nodes: Mapping[str, Any], results: Results) -> list[dict[str, Any]]:
    """The node table: what happened to each node of the graph."""
    rows = []
    for node in graph.order():
        record = nodes.get(node.id) or {}
        action = results.action(node.id) or "not run"
        rows.append(
            {
                "address": node.address,
                "op": node.op,
                "action": action,
                "seconds": record.get("seconds"),
                "attempts": record.get("attempts"),
                "key": results.key(node.id),
                "log": record.get("log") or "",
                "error": results.error(node.id),
            }
        )
    if len(rows) > NODES_SHOWN:
        rows.sort(key=lambda row: row["action"] in ("executed", "reused"))
    return rows[:NODES_SHOWN]


def _operations(graph: Graph, nodes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Totals by operation, most time first."""
    totals: dict[str, dict[str, Any]] = {}
    for node in graph.order():
        record = nodes.get(node.id) or {}
        total = totals.setdefault(
            node.op, {"op": node.op, "nodes": 0, "seconds": 0.0} | dict.fromkeys(_ACTIONS, 0)
        )
        total["nodes"] += 1
        total["seconds"] += float(record.get("seconds") or 0)
        if record.get("action") in _ACTIONS:
            total[record["action"]] += 1
    return sorted(totals.values(), key=lambda total: -total["seconds"])


def _command(command: Any) -> str:
    """The command line as one would type it."""
    return (
        shlex.join(map(str, command)) if isinstance(command, list | tuple) else str(command or "")
    )


def _words(value: Any) -> str:
    """A record of a waiver, a warning or a version as one line of text."""
    if isinstance(value, Mapping):
        return "; ".join(
            f"{name}: {_words(item)}" for name, item in value.items() if item not in ("", None)
        )
    if isinstance(value, list | tuple):
        return ", ".join(map(_words, value))
    return str(value)
