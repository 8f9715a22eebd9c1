"""Measures as Markdown: each number in its row, and never a ratio alone."""

from __future__ import annotations

import dataclasses

import sample as sampling

from w2sdl_runtime.report.markdown import markdown
from w2sdl_runtime.report.tables import Column, Figure, Table
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
