"""The results of a run as tables in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from w2sdl.cli.output import columns
from w2sdl.graph import Graph

if TYPE_CHECKING:
    from w2sdl_runtime.report.expect import Verdict
    from w2sdl_runtime.report.tables import Figure, Table
    from w2sdl_runtime.runs.run_record import NodeEntry
    from w2sdl_runtime.storage.store import Store


def outcome(
    graph: Graph, entries: Mapping[str, NodeEntry], store: Store
) -> tuple[list[Table], list[Verdict]]:
    """Measures as means with intervals, and the verdict on each expectation."""
    if not graph.measures and not graph.expectations:
        return [], []  # nor is there anything to load for it
    from w2sdl.replication import replication
    from w2sdl_runtime.report.expect import judge
    from w2sdl_runtime.report.results import Results
    from w2sdl_runtime.report.tables import all_tables

    nodes = {id_: entry.model_dump(mode="json") for id_, entry in entries.items()}
    results = Results(graph, nodes, store)
    repeated = replication(graph)
    verdicts = [judge(one, graph, results, repeated) for one in graph.expectations]
    return all_tables(graph, results, repeated), verdicts


def print_results(tables: Sequence[Table], verdicts: Sequence[Verdict]) -> None:
    """Print what `outcome` found."""
    for table in tables:
        _print_table(table)
    for verdict in verdicts:
        _print_verdict(verdict)


def _print_table(table: Table) -> None:
    points = table.points()
    whole = [column for column in table.columns if not column.part]
    heads = [*table.dims, *(column.of or table.name for column in whole)]
    rows = [
        [point[dim] for dim in table.dims] + [_figure_text(c.at(point)) for c in whole]
        for point in points
    ]
    click.echo(f"\n{table.name} = {table.op} on {table.on}")
    for line in columns([heads, *rows]):
        click.echo(f"  {line}")


def _figure_text(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    if figure.estimate is None:
        why = ", ".join(reason.replace("_", " ") for reason in figure.reasons)
        return f"undefined ({why})" if why else "undefined"
    value, lower, upper = figure.estimate.value, figure.estimate.lower, figure.estimate.upper
    interval = "" if lower is None or upper is None else f" [{lower:.3f}, {upper:.3f}]"
    marks = "".join(f" {warning.replace('_', ' ')}" for warning in figure.warnings)
    return f"{value:.3f}{interval}{marks}"


def _print_verdict(verdict: Verdict) -> None:
    click.echo(f"\nexpect {verdict.name}: {verdict.verdict}")
    click.echo(f"  {verdict.text}")
