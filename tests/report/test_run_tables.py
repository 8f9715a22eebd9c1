"""The numbers and the rows of a run as tables: complete, equal to the report's, and never stale."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sample as sampling
from kept_run import keep_run

from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.files import digest_of_code
from w2sdl_runtime.publishing import entry
from w2sdl_runtime.report.tables import Figure
from w2sdl_runtime.runs import kept_tables
from w2sdl_runtime.runs.columns import AXES, RESULTS, ROWS, axis_columns, joined, schema_of
from w2sdl_runtime.runs.results import Run
from w2sdl_runtime.runs.table_files import write_pieces

pc = pytest.importorskip("pyarrow.compute")
pq = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def run(sample: sampling.Sample, tmp_path: Path) -> Run:
    return keep_run(sample, tmp_path)


def figures(run: Run) -> dict[tuple[str, str, str, tuple[str, ...]], Figure]:
    return {
        (table.name, column.of, column.part, names): figure
        for table in run.tables()
        for column in table.columns
        for names, figure in column.figures.items()
    }


def test_names_and_types_are_those_of_the_page(run: Run) -> None:
    """Breaks where a column is renamed, and the page still promises the old name."""
    axes = ["seed", "member", "evidence"]
    assert run.results().schema.equals(schema_of(RESULTS, axes))
    assert run.result_rows().schema.equals(schema_of(ROWS, axes))
    page = (Path(__file__).parents[2] / "docs" / "results.md").read_text("utf-8")
    for name in {*RESULTS, *ROWS} - {AXES}:
        assert f"| `{name}` |" in page


def test_every_figure_of_the_report_is_a_row_and_every_node_too(run: Run) -> None:
    """Breaks where a number of the report is not in the table, or is another one there."""
    rows = run.results().to_pylist()
    means = [row for row in rows if row["kind"] == "mean"]
    assert len(means) == len(figures(run))
    for row, figure in zip(means, figures(run).values(), strict=True):
        estimate = figure.estimate
        found = (estimate.value, estimate.lower, estimate.upper) if estimate else (None,) * 3
        assert (row["value"], row["lower"], row["upper"]) == found
        assert row["n"] == figure.n
    singles = [row for row in rows if row["kind"] == "single" and not row["part"]]
    cells = [cell for measure in run.graph.measures for cell in measure.cells]
    assert sorted(row["digest"] for row in singles) == sorted(
        run.nodes[cell.node].digest for cell in cells
    )


def test_a_recovered_gap_stands_with_what_it_is_formed_of(run: Run) -> None:
    rows = [row for row in run.results().to_pylist() if row["op"] == "pgr"]
    assert rows
    for row in rows:
        gain = row["student_score"] - row["weak_score"]
        assert row["gain"] == pytest.approx(gain)
        if row["value"] is not None:
            ratio = gain / (row["ceiling_score"] - row["weak_score"])
            assert row["value"] == pytest.approx(ratio)
        assert row["metric"] == "PGR[acc]"


def test_means_over_rows_give_the_numbers_again(run: Run) -> None:
    """Breaks where the rows of one node stand beside the name of another."""
    rows = run.result_rows()
    singles = run.results().filter(pc.field("kind") == "single").to_pylist()
    for row in singles:
        if row["op"] == "pgr" or row["part"]:
            continue
        own = rows.filter(pc.field("address") == row["address"])
        assert set(own["of"].to_pylist()) == {row["of"]}
        assert set(own["seed"].to_pylist()) == {row["seed"]}
        assert np.mean(own["score"].to_pylist()) == pytest.approx(row["value"])
        assert own.num_rows == row["n"]


def test_the_rows_of_a_recovered_gap_are_told_by_role_and_seed(run: Run) -> None:
    rows = run.result_rows().filter(pc.field("measure") == "recovered").to_pylist()
    (pgr,) = {
        (row["weak_score"], row["student_score"], row["ceiling_score"])
        for row in run.results().to_pylist()
        if row["number"] == "recovered[evidence: debate]" and row["kind"] == "mean"
    }
    own = [row for row in rows if row["evidence"] == "debate"]
    for role, score in zip(("weak", "student", "ceiling"), pgr, strict=True):
        right = [row["correct"] for row in own if row["role"] == role]
        assert np.mean(right) == pytest.approx(score)
        assert {row["seed"] for row in own if row["role"] == role} == {"0", "1", "2"}
    names = {row["role"]: row["of"] for row in own}
    assert names == {"weak": "floor", "student": "S'", "ceiling": "ceiling"}


def test_what_failed_is_a_row_with_its_reason(sample: sampling.Sample, tmp_path: Path) -> None:
    sample.fail("S'[seed=1, evidence=debate]", "no memory left")
    run = keep_run(sample, tmp_path)
    rows = [row for row in run.results().to_pylist() if row["reason"]]
    lost = next(row for row in rows if row["kind"] == "single" and row["measure"] == "scores")
    assert "no memory left" in lost["reason"]
    assert (lost["value"], lost["digest"], lost["n"]) == (None, None, None)
    mean = next(
        row
        for row in run.results().to_pylist()
        if row["number"] == "scores[of: S', evidence: debate]" and row["kind"] == "mean"
    )
    assert mean["repetitions"] == 2
    own = run.result_rows().filter(pc.field("address") == lost["address"])
    assert own.num_rows == 0


# -- kept beside the run ---------------------------------------------------------------------------


def test_tables_are_kept_and_read_back_alike(run: Run) -> None:
    made = run.results(), run.result_rows()
    assert {path.name for path in run.folder.glob("*.parquet")} == {
        "results.parquet",
        "rows.parquet",
    }
    again = Run(run.record, run.store)
    assert again.results().equals(made[0])
    assert again.result_rows().equals(made[1])
    assert not again.__dict__.get("_results")  # nothing was opened for it


@pytest.mark.parametrize("damage", ["torn", "other record", "other code"])
def test_a_stale_table_is_made_anew(run: Run, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks where a number of an earlier record, or of earlier code, is shown as one of this run."""
    made = run.results()
    path = run.folder / "results.parquet"
    wrong = made.set_column(
        made.column_names.index("value"), "value", pc.multiply(made["value"], 2)
    )
    mark = pq.read_schema(path).metadata
    pq.write_table(wrong.replace_schema_metadata(mark), path)
    if damage == "torn":
        path.write_bytes(path.read_bytes()[:-40])
    elif damage == "other record":
        nodes = json.loads((run.folder / "nodes.json").read_text("utf-8"))
        (run.folder / "nodes.json").write_text(json.dumps(nodes, indent=2))
    else:
        monkeypatch.setattr(kept_tables, "digest_of_code", lambda *_: "changed")
    assert Run(run.record, run.store).results().equals(made)


def test_a_site_depends_on_all_code_that_forms_its_numbers() -> None:
    """Breaks where ``report --bundle`` says `unchanged` of intervals that newer code forms otherwise."""
    assert {"measuring", "publishing", "report", "runs", "stats"} <= {*entry.CODE}
    assert digest_of_code(*entry.CODE) == digest_of_code(*entry.CODE)
    others = [digest_of_code(*(one for one in entry.CODE if one != left)) for left in entry.CODE]
    assert digest_of_code(*entry.CODE) not in others


def test_a_table_without_a_result_that_could_not_be_read_is_not_kept(
    run: Run, sample: sampling.Sample
) -> None:
    """Breaks where a store that is away for a moment leaves holes in a table for good."""
    cell = run.graph.measures[0].cells[0]
    folder = sample.store.path(run.nodes[cell.node].digest)
    away = folder.with_name("away")
    sample.store._values.clear()
    folder.rename(away)
    try:
        lost = [row for row in run.results().to_pylist() if row["key"] and row["value"] is None]
        assert lost
        assert not list(run.folder.glob("*.parquet"))
    finally:
        away.rename(folder)
    whole = Run(run.record, run.store).results()
    assert not [row for row in whole.to_pylist() if row["key"] and row["value"] is None]


def test_a_store_that_can_not_be_written_still_has_its_results(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "read-only")

    monkeypatch.setattr(pq, "write_table", refuse)
    assert run.results().num_rows
    assert not list(run.folder.glob("*"))[3:]


def test_a_run_that_goes_on_keeps_nothing(run: Run) -> None:
    (run.folder / "nodes.json").unlink()
    run.results()
    assert not list(run.folder.glob("*.parquet"))


# -- names of columns ------------------------------------------------------------------------------


def test_an_axis_never_takes_the_name_of_a_column() -> None:
    found = axis_columns(["seed", "value", "N", "axis_n"], ["value", "n"])
    assert found == {"seed": "seed", "value": "axis_value", "N": "axis_N", "axis_n": "axis_axis_n"}


def test_runs_with_other_axes_are_one_table() -> None:
    """Breaks where SQL meets `T` and `t`, which it can't tell apart."""
    one = schema_of(RESULTS, ["T"]).empty_table()
    other = schema_of(RESULTS, ["t", "loss"]).empty_table()
    whole = joined([one, other], RESULTS)
    assert [name for name in whole.column_names if name not in RESULTS] == ["T", "loss"]


def test_a_file_that_can_not_be_written_stays_and_the_help_names_its_folder(tmp_path: Path) -> None:
    """Breaks where a file of the user's is treated as one of the store, which --store would move."""
    target = tmp_path / "results.csv"
    target.write_text("before", "utf-8")

    def pieces() -> Iterator[str]:
        yield "half"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(PrerequisiteError, match="is full") as problem:
        write_pieces(pieces(), target)
    assert problem.value.help == "free some space, or write to another folder"
    assert target.read_text("utf-8") == "before"
    assert list(tmp_path.iterdir()) == [target]
