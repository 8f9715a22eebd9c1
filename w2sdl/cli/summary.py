"""The results of a run as tables in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from w2sdl.cli.output import columns
from w2sdl.graph import Graph

if TYPE_CHECKING:
    from w2sdl_runtime.report.expect import Verdict
    from w2sdl_runtime.report.tables import Column, Figure, Table
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
    click.echo(f"\n{table.name} = {table.op} on {table.on}")
    whole = [column for column in table.columns if not column.part]
    of_ratio = table.op == "pgr" and len(whole) == 1
    heads, cells = _of_ratio(whole[0]) if of_ratio else _of_each(whole, table.name)
    rows = [[*(point[dim] for dim in table.dims), *cells(point)] for point in table.points()]
    for line in columns([[*table.dims, *heads], *rows]):
        click.echo(f"  {line}")


#: Heads, and what stands under them at a point.
_Cells = tuple[list[str], Callable[[Mapping[str, str]], list[str]]]


def _of_each(whole: Sequence[Column], name: str) -> _Cells:
    heads = [column.of or name for column in whole]
    return heads, lambda point: [_figure_text(column.at(point)) for column in whole]


def _of_ratio(column: Column) -> _Cells:
    """A recovered gap never stands alone: with what it is formed of, the gain, and how many rows."""
    from w2sdl_runtime.report.headline import ratio_name

    def cells(point: Mapping[str, str]) -> list[str]:
        figure = column.at(point)
        facts = figure.facts if figure else {}
        known = facts.get("accuracies", {})
        scores = [f"{known[role]:.3f}" if role in known else "–" for role in _ROLES]
        rows = f"{figure.n:,}" if figure and figure.n else "–"
        is_gap = not known or known["ceiling"] > known["weak"]
        ratio = _figure_text(figure) if is_gap else "undefined: no gap"
        return [*scores, _gain(facts.get("gain", {})), ratio, rows]

    return [*_ROLES, "gain", ratio_name(column), "rows"], cells


_ROLES = ("weak", "student", "ceiling")


def _gain(gain: Mapping[str, float | None]) -> str:
    """Student minus weak, which holds where the ratio is unstable."""
    value, lower, upper = (gain.get(name) for name in ("value", "lower", "upper"))
    if value is None:
        return "–"
    return f"{value:.3f}" + (f" [{lower:.3f}, {upper:.3f}]" if lower is not None else "")


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
