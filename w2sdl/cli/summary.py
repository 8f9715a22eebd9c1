"""The results of a run as tables in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from w2sdl.cli.output import columns
from w2sdl.decimals import fixed
from w2sdl.graph import Graph

if TYPE_CHECKING:
    from w2sdl_runtime.report.expect import Verdict
    from w2sdl_runtime.report.tables import Column, Figure, Table
    from w2sdl_runtime.runs.run_record import NodeEntry
    from w2sdl_runtime.stats.intervals import Interval
    from w2sdl_runtime.storage.claims import Registered
    from w2sdl_runtime.storage.store import Store


def outcome(
    graph: Graph,
    entries: Mapping[str, NodeEntry],
    store: Store,
    claims: Mapping[str, Registered] | None = None,
) -> tuple[list[Table], list[Verdict]]:
    """Measures as means with intervals, and the verdict on each expectation."""
    if not graph.measures and not graph.expectations:
        return [], []  # nor is there anything to load for it
    from w2sdl.replication import replication
    from w2sdl_runtime.report.averaging import all_tables
    from w2sdl_runtime.report.expect import judge_all
    from w2sdl_runtime.report.results import Results

    nodes = {id_: entry.model_dump(mode="json") for id_, entry in entries.items()}
    results = Results(graph, nodes, store)
    repeated = replication(graph)
    verdicts = judge_all(graph, results, repeated, claims)
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
    from w2sdl_runtime.report.tables import ROLES

    def cells(point: Mapping[str, str]) -> list[str]:
        figure = column.at(point)
        if figure is None or not figure.accuracies:
            return ["–"] * (len(ROLES) + 1) + [_figure_text(figure), "–"]
        scores = [_number_text(figure.accuracies[role]) for role in ROLES]
        gain = _interval_text(figure.gain) if figure.gain else "–"
        ratio = "undefined: no gap" if figure.no_gap else _figure_text(figure)
        return [*scores, gain, ratio, f"{figure.n:,}"]

    return [*ROLES, "gain", ratio_name(column), "rows"], cells


def _figure_text(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    if figure.estimate is None:
        why = ", ".join(reason.replace("_", " ") for reason in figure.reasons)
        return f"undefined ({why})" if why else "undefined"
    marks = "".join(f" {warning.replace('_', ' ')}" for warning in figure.warnings)
    return _interval_text(figure.estimate) + marks


def _interval_text(found: Interval) -> str:
    if found.lower is None or found.upper is None:
        return _number_text(found.value)
    return f"{_number_text(found.value)} [{_number_text(found.lower)}, {_number_text(found.upper)}]"


def _number_text(value: float) -> str:
    return fixed(value, 3)


def _print_verdict(verdict: Verdict) -> None:
    from w2sdl_runtime.report.verdict_words import verdict_lines

    click.echo(f"\nexpect {verdict.name}: {verdict.verdict}")
    click.echo(f"  {verdict.text}")
    for line in verdict_lines(verdict):
        click.echo(f"  {line}")
