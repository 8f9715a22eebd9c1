"""Writes the report of a run, as HTML or Markdown: `context` has all of it, templates only place it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from w2sdl.graph import Graph, graph_from_json
from w2sdl_runtime.artifacts import Opener
from w2sdl_runtime.files import write_text
from w2sdl_runtime.report.context import Report, variables_of
from w2sdl_runtime.report.spans import read_spans
from w2sdl_runtime.report.templating import own_templates
from w2sdl_runtime.report.training import read_losses


def render_report(
    run: Mapping[str, Any], graph: Graph, nodes: Mapping[str, Any], opener: Opener
) -> str:
    """The report as one HTML page without any reference to the network; arguments as of `Report`."""
    return render_page(Report(run, graph, nodes, opener))


def render_page(report: Report) -> str:
    """The report as one HTML page without any reference to the network."""
    return own_templates("html").get_template("report.html.j2").render(variables_of(report))


def render_markdown(report: Report) -> str:
    """The report as Markdown: all but pictures, examples and the table of nodes."""
    return own_templates("md").get_template("report.md.j2").render(report=report)


def write_report(run_folder: Path, opener: Opener, out: Path) -> None:
    """Render the run in ``run_folder`` (run.json, graph.json, nodes.json) into the file ``out``.

    A run that ended before its first node has no nodes.json; its report says so.

    Raises:
        OSError: when the run folder can't be read or ``out`` not written.
    """
    write_text(out, render_page(read_report(run_folder, opener)))


def read_report(run_folder: Path, opener: Opener) -> Report:
    """The run in a folder, ready to be rendered."""
    run, graph = (_read(run_folder / f"{name}.json") for name in ("run", "graph"))
    ended_early = not (run_folder / "nodes.json").exists()
    nodes = {} if ended_early else _read(run_folder / "nodes.json")
    told = read_losses(run_folder), read_spans(run_folder)
    return Report(run, graph_from_json(graph), nodes, opener, None, *told)


def _read(path: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return record
