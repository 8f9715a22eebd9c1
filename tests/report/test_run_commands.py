"""`w2sdl results`, `figures` and `trace`: what they write, and what they say of mistakes."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zlib
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import sample as sampling
from kept_run import RUN, keep_store

from tests.golden import check_golden
from w2sdl.cli import run_cli
from w2sdl_runtime.report.drawing import INKS
from w2sdl_runtime.runs.results import Run, open_run, open_runs

GOLDEN = Path(__file__).parent / "golden_results"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, finished: sampling.Sample) -> Path:
    folder = tmp_path_factory.mktemp("store")
    keep_store(finished, folder)
    return folder


@pytest.fixture
def run(store: Path) -> Run:
    return open_run("last", store)


def told(store: Path, *words: str, code: int = 0) -> str:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        found = run_cli([*words, "--store", str(store)])
    assert found == code, (out.getvalue(), err.getvalue())
    return out.getvalue() + (err.getvalue() if code else "")


# -- results ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "json", "latex", "table"])
def test_what_is_printed_of_a_measure(store: Path, form: str, bless: bool) -> None:
    GOLDEN.mkdir(exist_ok=True)
    text = told(store, "results", "last", "recovered", "--format", form)
    steady = re.sub(
        r"\b[0-9a-f]{64}\b", "#", text
    )  # digests are of another pyarrow's bytes, perhaps
    check_golden(GOLDEN / f"recovered.{form}.txt", steady, bless)


def test_csv_and_json_say_what_the_table_says(store: Path, run: Run) -> None:
    """Breaks where a float is rounded on its way, or a null becomes an empty text."""
    table = run.results().to_pylist()
    rows = json.loads(told(store, "results", "--format", "json"))
    assert rows == table
    for row, line in zip(
        table,
        csv.DictReader(io.StringIO(told(store, "results", "--format", "csv"))),
        strict=True,
    ):
        for name, value in row.items():
            if isinstance(value, float):
                assert float(line[name]) == value
            else:
                assert line[name] == ("" if value is None else str(value))


def test_files_are_named_by_their_format_and_replaced_as_a_whole(
    store: Path, run: Run, tmp_path: Path
) -> None:
    import pyarrow.parquet as pq

    target = tmp_path / "new" / "rows.parquet"
    assert told(store, "results", "last", "--rows", "-o", str(target)) == f"{target}\n"
    assert pq.read_table(target).num_rows == run.result_rows().num_rows
    named = tmp_path / "t.tex"
    named.write_text("old")
    told(store, "results", "last", "scores", "-o", str(named))
    assert named.read_text().startswith(f"% of run {RUN}")
    assert not list(tmp_path.glob(".*"))


def test_rows_of_one_measure_only(store: Path, run: Run) -> None:
    found = json.loads(told(store, "results", "last", "agree", "--rows", "--format", "json"))
    assert {row["measure"] for row in found} == {"agree"}
    assert "more rows" in told(store, "results", "last", "--rows")
    latex = told(store, "results", "last", "agree", "--rows", "--format", "latex")
    assert latex.startswith(f"% of run {RUN}; made by: w2sdl results {RUN} agree --rows")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["last", "scroes"], "did you mean `scores`?"),
        (["lost"], "holds no run called `lost`"),
        (["last", "-o", "x.xls"], "end it in .csv, .json, .tex, .parquet, .txt"),
        (["--format", "parquet"], "name a file: -o results.parquet"),
        (["last", "--sql", "select 1"], "without RUN, MEASURE and --rows"),
        (["--rows", "--sql", "select 1"], "without RUN, MEASURE and --rows"),
        (["--sql", "select vlaue from results"], 'Candidate bindings: "value"'),
        (["--sql", "select * from result"], "did you mean `results`?"),
        (["--sql", "select * fro results"], "syntax error at or near"),
        (["--sql", "drop view results"], "the query is DROP, not one SELECT"),
        (["--sql", "select 1; select 2"], "the query is 2 statements, not one SELECT"),
        (["--sql", " "], "the query is empty, not one SELECT"),
        (["--sql", ""], "the query is empty, not one SELECT"),
        (["last", "-o", "x.csv", "--format", "json"], "x.csv would hold json"),
        (["last", "-o", "/proc/no/x.csv"], "error: /proc/no"),
        (["last", "-o", "/proc/x.csv"], "error: /proc/x.csv: no such file"),
    ],
)
def test_a_mistake_is_one_message(store: Path, words: list[str], says: str) -> None:
    text = told(store, "results", *words, code=1)
    assert says in text
    assert "Traceback" not in text
    assert "itself failed" not in text


# -- SQL -------------------------------------------------------------------------------------------


def test_sql_joins_the_three_tables(store: Path) -> None:
    sql = """select runs.name, results.of, results.n, count(*) as items
      from runs join results using (run) join rows on rows.address = results.address
      where results.kind = 'single' and results.part = '' and results.measure = 'scores'
      group by all order by all"""
    found = open_runs(store).query(sql).to_pylist()
    assert {row["name"] for row in found} == {"calm-otter"}
    assert all(row["items"] % row["n"] == 0 for row in found)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/hostname')",
        "select * from read_text('FILE')",
        "select * from glob('/*')",
        "select * from parquet_scan('FILE')",
        "from 'FILE'",
        "copy results to 'FILE'",
        "attach 'FILE' as other",
        "set enable_external_access = true",
        "pragma database_list",
        "install httpfs",
        "create table mine as select * from results",
        "select * from stolen",
    ],
)
def test_a_query_reaches_no_file_and_changes_nothing(store: Path, tmp_path: Path, sql: str) -> None:
    """Breaks where DuckDB is let out of the tables, into files or the variables of this process."""
    stolen = {"a": [1]}
    assert stolen
    target = tmp_path / "file.parquet"
    words = ["results", "--sql", sql.replace("FILE", str(target))]
    assert "error: " in told(store, *words, code=1)
    assert not target.exists()


def test_runs_that_can_not_be_read_are_left_out_and_said(
    store: Path, tmp_path: Path, finished: sampling.Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_store(finished, tmp_path)
    broken = tmp_path / "runs" / "20251122-000000-torn-page"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    words = ["results", "--sql", "select count(*) as runs from runs", "--format", "csv"]
    assert run_cli([*words, "--store", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert printed.out == '"runs"\n1\n'
    assert "note: without 20251122-000000-torn-page, which can't be read" in printed.err


def test_a_store_without_runs_has_empty_tables(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    runs = open_runs(tmp_path)
    assert (len(runs), runs.results().num_rows, runs.result_rows().num_rows) == (0, 0, 0)
    assert runs.query("select count(*) as n from results join rows using (run)").to_pylist() == [
        {"n": 0}
    ]


# -- Python ----------------------------------------------------------------------------------------


def test_pandas_and_polars_take_the_tables(run: Run) -> None:
    import polars

    frame = polars.from_arrow(run.results())
    assert isinstance(frame, polars.DataFrame)
    assert frame.filter(polars.col("kind") == "mean").height > 10
    rows = run.result_rows().to_pandas()
    assert list(rows.groupby("of", observed=True)["score"].mean().index)
    assert polars.from_arrow(run.result_rows()).shape == rows.shape


# -- figures ---------------------------------------------------------------------------------------


def test_figures_are_as_wide_as_a_column(store: Path, tmp_path: Path) -> None:
    told(store, "figures", "last", "scores", "-o", str(tmp_path), "--width", "84mm")
    (pdf,) = tmp_path.iterdir()
    content = pdf.read_bytes()
    box = re.search(rb"/MediaBox ?\[0 0 ([\d.]+) ", content)
    assert box is not None
    assert float(box[1]) == pytest.approx(84 / 25.4 * 72, abs=1.5)


def test_a_pdf_has_its_font_in_it(store: Path, tmp_path: Path) -> None:
    """Breaks where a machine without the font would draw a figure without its words."""
    told(store, "figures", "last", "scores", "-o", str(tmp_path))
    (pdf,) = tmp_path.iterdir()
    content = pdf.read_bytes()
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    objects = content + b"".join(map(_inflated, streams))
    assert re.search(rb"/BaseFont ?/\w+\+LiberationSans", objects)
    assert b"/FontFile" in objects


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_vega_lite_has_its_data_and_no_stand_in_colour(store: Path, tmp_path: Path) -> None:
    import vl_convert

    told(store, "figures", "last", "-o", str(tmp_path), "--format", "json")
    found = sorted(path.name for path in tmp_path.iterdir())
    assert {"recovered_by_evidence.json", "scores_by_evidence.json"} <= set(found)
    assert {"agree_by_part.json", "calibration.json", "coverage.json"} <= set(found)
    for path in tmp_path.iterdir():
        text = path.read_text("utf-8")
        assert not any(ink in text for ink in INKS.values())
        svg = vl_convert.vegalite_to_svg(text)
        assert ("debate" if "evidence" in path.name else "</text>") in svg
    assert "supervisor" in (tmp_path / "scores_by_evidence.json").read_text("utf-8")


def test_an_svg_is_in_points_and_a_png_in_300_dots(store: Path, tmp_path: Path) -> None:
    for form in ("svg", "png"):
        told(store, "figures", "last", "recovered", "-o", str(tmp_path), "--format", form)
    svg = (tmp_path / "recovered_by_evidence.svg").read_text("utf-8")
    assert re.search(r'<svg [^>]*width="237\.\d+pt"', svg)
    assert 'font-family="Liberation Sans, Arial, Helvetica, sans-serif"' in svg
    png = (tmp_path / "recovered_by_evidence.png").read_bytes()
    assert int.from_bytes(png[16:20], "big") == pytest.approx(3.3 * 300, abs=3)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["last", "scors"], "did you mean `scores`?"),
        (["last", "--width", "3.3"], "write 3.3in, 84mm, 8.4cm or 240pt"),
        (["last", "--width", "90in"], "is not between 1in and 20in"),
        (["last", "--width", "1.05in"], "give it more: --width"),
        (["last", "recovered", "--width", "1.05in"], "error: figure recovered"),
    ],
)
def test_a_wrong_figure_is_said(store: Path, tmp_path: Path, words: list[str], says: str) -> None:
    assert says in told(store, "figures", *words, "-o", str(tmp_path), code=1)


# -- trace -----------------------------------------------------------------------------------------


def test_trace_as_data_and_as_text(store: Path) -> None:
    number = "scores[of: S', evidence: debate]"
    found = json.loads(told(store, "trace", "last", number, "--json"))
    text = told(store, "trace", "last", number)
    assert text.startswith(f"{number} = {found['shown']} % ({found['interval']})\n")
    for artifact in found["artifacts"]:
        assert artifact["address"] in text
        assert artifact["key"][:12] in text
        assert artifact["folder"] in text
    assert f"--store {store}" in text


def test_the_commands_that_trace_prints_are_taken(store: Path, tmp_path: Path) -> None:
    import shlex

    text = told(store, "trace", "last", "scores[of: S', evidence: debate, seed: 0]")
    (line,) = [line for line in text.splitlines() if line.startswith("files ")]
    words = shlex.split(line.removeprefix("files "))
    words[words.index("-o") + 1] = str(tmp_path / "rows.parquet")
    assert run_cli(words[1:]) == 0
    assert (tmp_path / "rows.parquet").exists()


def test_a_pipe_that_ends_early_is_no_mistake(store: Path) -> None:
    command = [sys.executable, "-m", "w2sdl", "results", "last", "--rows", "--format", "csv"]
    piped = f"{' '.join(command)} --store {store} | head -1"
    done = subprocess.run(["bash", "-c", piped], capture_output=True, text=True, check=True)
    assert done.stdout.startswith('"run","experiment"')
    assert done.stderr == ""
