"""What a number is compared with, by the spec's `baseline`."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import sample as sampling
from kept_run import keep_run

from w2sdl.api import compile_file
from w2sdl.graph import Cell, Graph, MeasureTable, graph_from_json, graph_to_json
from w2sdl.replication import replication
from w2sdl_runtime.report.averaging import all_tables
from w2sdl_runtime.report.baselines import baseline_figure, baseline_of, baseline_words
from w2sdl_runtime.report.deltas import Deltas
from w2sdl_runtime.report.render import render_report
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.runs.tracing import trace

SPECS = Path(__file__).parents[2] / "specs"
WITH = [path for path in SPECS.glob("*.w2s") if "\nbaseline " in path.read_text("utf-8")]


def table(graph: Graph, name: str) -> MeasureTable:
    return next(measure for measure in graph.measures if measure.name == name)


def compared(
    graph: Graph, name: str, of: str, **point: str
) -> tuple[str, Mapping[str, str]] | None:
    measure = table(graph, name)
    cell = next(c for c in measure.cells if c.of == of and dict(c.point) == point)
    found = baseline_of(graph, measure, cell)
    return None if found is None else (found.of, dict(found.point))


@pytest.mark.parametrize("path", WITH, ids=lambda path: path.stem)
def test_a_baseline_moves_no_node(path: Path, tmp_path: Path) -> None:
    """Breaks where naming a baseline would run an experiment again."""
    without = tmp_path / path.name
    without.write_text(re.sub(r"(?m)^baseline \w+:.*\n", "", path.read_text("utf-8")), "utf-8")
    for folder in ("lib", "prompts"):
        shutil.copytree(SPECS / folder, tmp_path / folder)
    named, bare = compile_file(path).graph, compile_file(without).graph
    assert named is not None
    assert bare is not None
    assert named.baseline
    assert not bare.baseline
    assert named.nodes.keys() == bare.nodes.keys()
    assert graph_from_json(graph_to_json(named)).baseline == named.baseline


def test_a_number_is_compared_with_the_one_at_its_place(sample: sampling.Sample) -> None:
    graph = replace(sample.graph, baseline={"evidence": "none"})
    none = ("S'", {"seed": "2", "evidence": "none"})
    assert compared(graph, "scores", "S'", seed="2", evidence="debate") == none
    assert compared(graph, "scores", "S'", seed="2", evidence="none") is None  # it is its own
    assert compared(graph, "scores", "ceiling", seed="2") is None  # it does not vary over evidence
    assert compared(graph, "recovered", "", evidence="debate") == ("", {"evidence": "none"})


def test_a_measured_thing_may_be_the_baseline(sample: sampling.Sample) -> None:
    graph = replace(sample.graph, baseline={"of": "floor"})
    assert compared(graph, "scores", "S'", seed="1", evidence="none") == ("floor", {"seed": "1"})
    assert compared(graph, "scores", "floor", seed="1") is None
    assert compared(graph, "recovered", "", evidence="none") is None  # of several things together


def test_both_coordinates_are_put_in(sample: sampling.Sample) -> None:
    graph = replace(sample.graph, baseline={"of": "S'", "evidence": "none"})
    assert compared(graph, "scores", "supervisor", seed="0", evidence="debate") == (
        "S'", {"seed": "0", "evidence": "none"},
    )  # fmt: skip
    # A ceiling has no evidence of its own; that of the baseline is put in all the same.
    assert compared(graph, "scores", "ceiling", seed="0") == (
        "S'", {"seed": "0", "evidence": "none"},
    )  # fmt: skip


def test_without_a_baseline_nothing_is_compared(sample: sampling.Sample) -> None:
    measure = table(sample.graph, "scores")
    assert not sample.graph.baseline
    assert not any(baseline_of(sample.graph, measure, cell) for cell in measure.cells)
    lone = Cell("S'", {"evidence": "debate"}, "nowhere")
    graph = replace(sample.graph, baseline={"evidence": "none"})
    assert baseline_of(graph, replace(measure, cells=(lone,)), lone) is None


def test_means_are_compared_likewise(sample: sampling.Sample) -> None:
    graph = replace(sample.graph, baseline={"evidence": "none"})
    results = Results(graph, sample.nodes, sample.store)
    scores = next(t for t in all_tables(graph, results, replication(graph)) if t.name == "scores")
    column = next(column for column in scores.columns if column.of == "S'")
    assert baseline_figure(graph, scores, column, ("debate",)) is column.figures["none",]
    assert baseline_figure(graph, scores, column, ("none",)) is None
    floor = next(column for column in scores.columns if column.of == "floor")
    assert baseline_figure(graph, scores, floor, ()) is None


def test_a_caption_names_axes_that_its_table_has() -> None:
    """Breaks where a table by evidence says that it is compared with a loss, or one by group at all."""
    baseline = {"evidence": "none", "loss": "finetune"}
    assert baseline_words(baseline, ("evidence",)) == "evidence none"
    assert baseline_words(baseline, ("loss", "evidence")) == "evidence none, loss finetune"
    assert baseline_words(baseline, ("group",)) == ""
    assert baseline_words({"of": "floor"}, ("group",)) == "floor"
    assert baseline_words({"evidence": "none", "of": "S'"}, ()) == "S', evidence none"
    assert baseline_words({}, ("evidence",)) == ""


def test_the_differences_of_a_page_are_those_of_trace(
    sample: sampling.Sample, tmp_path: Path
) -> None:
    """Breaks where a difference stands in the report that no command can follow."""
    graph = replace(sample.graph, baseline={"evidence": "none"})
    compared = replace(sample, graph=graph)
    page = html.unescape(
        render_report(sampling.run_record(compared), graph, compared.nodes, compared.store)
    )
    shown = re.findall(
        r'trace \S+ ("[^"]*"|\'[^\']*\')(?:(?!trace ).)*?delta"[^>]*>([^<]*)</span>', page
    )
    run = keep_run(compared, tmp_path)
    assert len(shown) > 10
    for number, difference in shown:
        value, _, ends = difference.partition(" (")
        told = [line for line in trace(run, number[1:-1]).how if line.startswith("minus ")]
        assert len(told) == 1, number
        assert f": {value}" in told[0]
        assert ends.rstrip(")").replace(" to ", " – ") in told[0].replace(" to ", " – ")
    assert page.count("The third line is the difference from the baseline, evidence none") >= 2


def test_the_rows_of_a_difference_are_those_of_its_two_numbers(sample: sampling.Sample) -> None:
    """One of four points is on data of its own: its rows are in no difference between the others."""
    for cell in table(sample.graph, "scores").cells:
        if cell.point.get("evidence") == "debate":
            metric = sample.value(cell.node)
            ids = [f"other {item_id}" for item_id in metric.rows["item_id"].to_pylist()]
            place = metric.rows.column_names.index("item_id")
            moved = replace(metric, rows=metric.rows.set_column(place, "item_id", [ids]))
            sample.nodes[cell.node]["digest"] = sample.store.put(moved)
    graph = replace(sample.graph, baseline={"evidence": "none"})
    results, repeated = Results(graph, sample.nodes, sample.store), replication(graph)
    scores = next(t for t in all_tables(graph, results, repeated) if t.name == "scores")
    column = next(column for column in scores.columns if column.of == "S'")
    deltas = Deltas(graph, table(graph, "scores"), scores, results, repeated)
    found = deltas.of_figure(column, ("consultancy",))
    assert found is not None
    assert found.difference is not None
    assert found.difference.method == "t over 3 seeds and 60 rows"
    single = deltas.of_single(column, column.figures["consultancy",].singles[0])
    assert single is not None
    assert single.difference is not None
    assert single.difference.method == "t over 60 rows; one seed"
