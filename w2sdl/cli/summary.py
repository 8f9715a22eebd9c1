"""The results of a run as tables in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from w2sdl.graph import Graph

if TYPE_CHECKING:
    from w2sdl_runtime.execute import RunResult
    from w2sdl_runtime.report.expect import Verdict
    from w2sdl_runtime.report.tables import Figure, Table
    from w2sdl_runtime.store import Store


def print_results(graph: Graph, result: RunResult, store: Store) -> None:
    """Measures as means with intervals, and the verdict on each expectation."""
    from w2sdl.draw.replication import replication
    from w2sdl_runtime.report.expect import judge
    from w2sdl_runtime.report.results import Results
    from w2sdl_runtime.report.tables import all_tables

    nodes = {id_: entry.model_dump(mode="json") for id_, entry in result.nodes.items()}
    results = Results(graph, nodes, store)
    repeated = replication(graph)
    for table in all_tables(graph, results, repeated):
        _print_table(table)
    for expectation in graph.expectations:
        _print_verdict(judge(expectation, graph, results, repeated))


def _print_table(table: Table) -> None:
    points = table.points()
    columns = [column for column in table.columns if not column.part]
    heads = [*table.dims, *(column.of or table.name for column in columns)]
    rows = [
        [point[dim] for dim in table.dims] + [_figure_text(c.at(point)) for c in columns]
        for point in points
    ]
    click.echo(f"\n{table.name} = {table.op} on {table.on}")
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    for row in [heads, *rows]:
        click.echo(
            "  " + "  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip()
        )


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
