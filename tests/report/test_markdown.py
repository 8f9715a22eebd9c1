"""Measures as Markdown: each number in its row, and never a ratio alone."""

from __future__ import annotations

import dataclasses
import re

import pytest
import sample as sampling

from w2sdl_runtime.report.context import Report
from w2sdl_runtime.report.markdown import markdown
from w2sdl_runtime.report.render import render_markdown, render_page
from w2sdl_runtime.report.tables import Column, Figure, Table
from w2sdl_runtime.report.text import percent
from w2sdl_runtime.stats.intervals import Interval


def rows(text: str, measure: str) -> list[list[str]]:
    """The table under a measure's caption, cell by cell."""
    lines = text[text.index(f"`{measure}`: ") :].splitlines()[2:]
    stop = next(i for i, line in enumerate([*lines, ""]) if not line.startswith("|"))
    return [line.strip("| ").split(" | ") for line in lines[:stop]]


def of(sample: sampling.Sample, **changes: Table) -> str:
    tables = sampling.tables_of(sample) | changes
    return markdown(sample.graph, list(tables.values()), ())


def test_every_number_stands_in_the_row_of_its_point(sample: sampling.Sample) -> None:
    """Breaks where points name their axes in another order than the head of the table."""
    table = sampling.tables_of(sample)["scores"]
    head, _, *body = rows(of(sample), "scores")
    assert head == [*table.dims, *(f"`{column.of}`" for column in table.columns)]
    assert len(body) == len(table.points())
    for line, point in zip(body, table.points(), strict=True):
        assert line[: len(table.dims)] == [point[dim] for dim in table.dims]
        for cell, column in zip(line[len(table.dims) :], table.columns, strict=True):
            figure = column.at(point)
            assert figure is not None
            assert figure.estimate is not None
            assert float(cell.split()[0]) == round(figure.estimate.value, 3)
            assert cell.endswith("]")


def test_axes_are_named_in_the_order_of_their_columns() -> None:
    """Two predictors that vary over the same axes in another order."""
    one = Figure(Interval(0.5, 0.4, 0.6, "t"), (), unit="share")
    wide = Column("S'", "", ("size", "domain"), {("small", "nlp"): one, ("large", "nlp"): one})
    table = Table("scores", "accuracy", "x.test", {}, ("domain", "size"), (wide,))
    measure = dataclasses.make_dataclass("M", ["name", "op", "on", "cells", "arguments", "over"])
    graph = dataclasses.make_dataclass("G", ["measures"])(
        [measure("scores", "accuracy", "x.test", (), {}, ())]
    )
    body = rows(markdown(graph, [table], ()), "scores")[2:]
    assert body == [["nlp", "small", ".500 [.400, .600]"], ["nlp", "large", ".500 [.400, .600]"]]


def test_a_ratio_stands_beside_its_three_accuracies(sample: sampling.Sample) -> None:
    """Guard 2 of the metric: it is never shown alone."""
    table = sampling.tables_of(sample)["recovered"]
    head, _, *body = rows(of(sample), "recovered")
    assert head == [*table.dims, "weak", "student", "ceiling", "gain", "PGR[acc]", "rows"]
    for line, point in zip(body, table.points(), strict=True):
        figure = table.columns[0].at(point)
        assert figure is not None
        known = figure.facts["accuracies"]
        told = dict(zip(head, line, strict=True))
        assert {role: float(told[role]) for role in known} == {
            role: round(value, 3) for role, value in known.items()
        }
        assert float(told["gain"].split()[0].replace("−", "-")) == round(
            figure.facts["gain"]["value"], 3
        )
        assert int(told["rows"]) == figure.n


def test_a_ratio_without_a_gap_says_so_and_keeps_its_row(sample: sampling.Sample) -> None:
    table = sampling.tables_of(sample)["recovered"]
    gone = {
        at: dataclasses.replace(
            figure,
            estimate=None,
            facts={
                "accuracies": {"weak": 0.5, "student": 0.52, "ceiling": 0.5},
                "gain": {"value": 0.02, "lower": -0.01, "upper": 0.05},
            },
        )
        for at, figure in table.columns[0].figures.items()
    }
    columns = (dataclasses.replace(table.columns[0], figures=gone),)
    text = of(sample, recovered=dataclasses.replace(table, columns=columns))
    body = rows(text, "recovered")[2:]
    assert len(body) == len(gone)
    tail = [".500", ".520", ".500", ".020 [−.010, .050]", "undefined (ceiling not above weak)"]
    assert all(line[-6:-1] == tail for line in body)


def test_parts_are_columns_and_undefined_ones_have_their_reason(sample: sampling.Sample) -> None:
    head, *_ = rows(of(sample), "agree")
    assert head[-3:] == ["all rows", "supervisor right", "supervisor wrong"]


def test_a_name_can_not_break_a_table(sample: sampling.Sample) -> None:
    figure = Figure(Interval(-0.05, None, None, ""), ())
    odd = Table(
        "scores", "accuracy", "", {}, ("a",), (Column("x", "", ("a",), {("p|q\nr",): figure}),)
    )
    assert rows(of(sample, scores=odd), "scores")[2:] == [["p\\|q r", "−.050"]]


def test_a_page_has_shares_in_per_cent_throughout(sample: sampling.Sample) -> None:
    """Breaks where one number stands as 91.5 in one of its tables, and as .915 in another."""
    page = render_markdown(
        Report(sampling.run_record(sample), sample.graph, sample.nodes, sample.store)
    )
    assert not re.search(r"[| \[]−?\.\d", page)  # .915, as papers have it
    assert "Shares in per cent, with 95 % intervals." in page.partition("## All measures")[2]
    head, measured = (page.partition("## All measures")[i] for i in (0, 2))
    known = sampling.tables_of(sample)["recovered"].columns[0].figures
    for figure in known.values():
        shown = percent(figure.estimate.value) if figure.estimate else "undefined"
        assert shown in head
        assert shown in measured


@pytest.mark.parametrize(
    ("changes", "took"),
    [
        ({"seconds": 0.2}, "took 12 min 44 s"),  # as `w2sdl show`: from start to end
        ({"status": "failed", "seconds": 0.2}, "took 12 min 44 s"),
        ({"status": "running", "ended": None, "seconds": 0.0}, ""),
        ({"status": "interrupted", "ended": None, "seconds": 0.0}, ""),
    ],
)
def test_how_long_a_run_took_is_said_as_everywhere(
    sample: sampling.Sample, changes: dict[str, object], took: str
) -> None:
    report = Report(
        sampling.run_record(sample, **changes), sample.graph, sample.nodes, sample.store
    )
    head = render_markdown(report).partition("##")[0]
    assert took in head
    assert ("took" in head) == bool(took)
    line = re.search(r'<p class="meta">.*?</p>', render_page(report), re.DOTALL)
    assert line is not None
    assert bool(re.search(r"\d (s|min)", line[0])) == bool(took)
