"""What is printed and written: fits the terminal, holds all facts, and text that is hostile stays text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from made import SPEC, Made, aligned, laid, make, retell

from w2sdl_runtime.artifacts import read_table
from w2sdl_runtime.comparing import figures
from w2sdl_runtime.comparing.aligning import align
from w2sdl_runtime.comparing.as_html import as_html
from w2sdl_runtime.comparing.as_json import SCHEMA, as_json
from w2sdl_runtime.comparing.as_markdown import as_markdown
from w2sdl_runtime.comparing.as_text import as_text
from w2sdl_runtime.comparing.files import write_flips
from w2sdl_runtime.comparing.plot import write_plot
from w2sdl_runtime.comparing.several import ComparedResults, compare_all
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.report import text

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7 * 7 }} \u202etxt | a ` b"


def better(of: str, point: object) -> float:
    return {"teacher": 0.6, "ceiling": 0.95}.get(of, 0.93)


@pytest.fixture(scope="module")
def made() -> tuple[Made, Made]:
    return make(seed=1, rows=range(400)), make(seed=2, skill=better, rows=range(400))


@pytest.fixture(scope="module")
def found(made: tuple[Made, Made]) -> ComparedResults:
    return compare_all([aligned(*made)])


# -- the terminal ----------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_tables_fit_the_terminal(found: ComparedResults, width: int) -> None:
    lines = as_text(found, width).splitlines()
    tables = [line for line in lines if line.startswith("  ") and "[" in line]
    assert tables
    assert max(map(len, tables)) <= width
    assert ("●" in as_text(found, width)) == (width >= 100)


def test_colour_is_only_there_when_asked_for(found: ComparedResults) -> None:
    assert "\x1b" not in as_text(found, 100)
    coloured = as_text(found, 100, color=True)
    assert "\x1b[32m" in coloured
    assert re.sub(r"\x1b\[\d*m", "", coloured) == as_text(found, 100)


def test_the_forest_has_zero_where_the_table_has_it(found: ComparedResults) -> None:
    """A bar lies right of zero where B is better, and crosses it where the interval does."""
    rows = {
        row.difference.of: row.difference for row in found.rows if row.difference.op == "accuracy"
    }
    for line in as_text(found, 140).splitlines():
        of = line.split()[0] if line.split() else ""
        if of in rows and "●" in line:
            bar = line[line.rindex("]") :]
            delta = rows[of].delta
            assert delta is not None
            if delta.lower is not None and delta.lower > 0.02:
                assert bar.index("│") < bar.index("●")


def test_it_says_how_many_comparisons_were_corrected(found: ComparedResults) -> None:
    assert f"{found.tests} comparisons: Holm's p" in as_text(found, 400)


def test_several_sides_are_one_table(made: tuple[Made, Made]) -> None:
    a, b = made
    third = make(seed=7, rows=range(400))
    every = [
        align(a.source("run a"), other.source(f"run {label}"), *laid(a, other), label=label)
        for label, other in (("b", b), ("c", third))
    ]
    text = as_text(compare_all(every), 120)
    assert text.startswith("a  run a\nb  run b\nc  run c\n")
    assert text.count("scores = accuracy on d.test") == 1
    labels = re.findall(r"^  ceiling +([bc]) ", text, re.MULTILINE)
    assert labels == ["b", "c"]


# -- other formats ---------------------------------------------------------------------------------


def test_json_holds_all_facts_and_no_nan(found: ComparedResults) -> None:
    record = as_json(found)
    assert record["schema"] == SCHEMA
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    (against,) = record["against"]
    first = against["differences"][0]
    assert {
        "difference",
        "lower",
        "upper",
        "p",
        "p_holm",
        "effect",
        "rows",
        "seeds",
    } <= first.keys()
    flips = first["flips"]
    assert len(flips["rows"]) == flips["lost"] + flips["gained"]
    assert {"prompt", "candidate", "gold", "a_probability"} <= flips["rows"][0].keys()
    assert len(as_json(found, 2)["against"][0]["differences"][0]["flips"]["rows"]) == 2


def test_markdown_is_short_with_the_rest_folded(found: ComparedResults) -> None:
    told = as_markdown(found)
    head = told[: told.index("<details>")]
    assert head.count("\n| `") <= 12
    assert told.count("<details>") == told.count("</details>") == 2 + ("Notes" in told)
    tables = [line for line in told.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in tables)


def test_hostile_text_stays_text(made: tuple[Made, Made]) -> None:
    a, b = (make(seed=seed, rows=range(60)) for seed in (1, 2))
    for side in (a, b):
        side.texts[:] = [HOSTILE] * 60
        retell(side)
    hostile = compare_all([aligned(a, b)])
    page = as_html(hostile)
    assert "<script" not in page
    assert "<img" not in page
    assert "{{ 7 * 7 }}" in page  # shown, not worked out
    assert "\u202e" not in page
    assert "⟨U+202E⟩" in page
    assert "\u202e" not in as_text(hostile, 100, flips=3)
    folded = as_markdown(hostile, flips=2)
    assert "\u202e" not in folded
    shown = [line for line in folded.splitlines() if "alert(1)" in line]
    assert shown
    assert all(
        re.search(r"`` .*\\\|.* ``|``.*\\\|.*``", line) for line in shown
    )  # within a code span


def test_a_cut_row_of_markdown_says_so(made: tuple[Made, Made]) -> None:
    a, b = (make(seed=seed, rows=range(60)) for seed in (1, 2))
    for side in (a, b):
        side.texts[:] = ["x" * 1_000_000] * 60
        retell(side)
    text = as_markdown(compare_all([aligned(a, b)]), flips=2)
    rows = [line for line in text.splitlines() if "xxx" in line]
    assert rows
    assert all(line.endswith("x…` |") and len(line) < 500 for line in rows)


@pytest.mark.parametrize(
    "value", [0.88249999999999995, 0.4875, 0.1234999999999999, -0.00049999999999, 0.0]
)
@pytest.mark.parametrize("percent", [True, False])
def test_a_number_reads_as_in_the_report(value: float, percent: bool) -> None:
    """Up to noise in the last bits, which sums formed in another order have."""
    report = text.percent(value) if percent else text.number(value)
    for noisy in (value, value + 1e-15, value - 1e-15):
        assert figures.number(noisy, percent).removesuffix(" %") == report
        assert figures.number(noisy, percent, signed=True).removeprefix("+") == report


def test_the_page_needs_nothing_beside_itself(found: ComparedResults) -> None:
    page = as_html(found)
    assert not re.search(r"(src|href)=|@import|url\((?!#)", page)
    assert "<svg" in page
    assert page.count("<details") == page.count("</details>")


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_all_flips_in_a_file(found: ComparedResults, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / "deep" / f"flips.{suffix}"
    count = write_flips(found, target)
    assert count == sum(sum(d.flips.counts) for d in found.differences if d.flips)
    if suffix == "parquet":
        table = read_table(target)
        assert table.num_rows == count
        assert table.column_names[:5] == ["a", "b", "measure", "of", "point"]
    else:
        lines = target.read_text("utf-8").splitlines()
        assert len(lines) == count + (suffix == "csv")


@pytest.mark.parametrize(
    ("suffix", "begins"), [("svg", b"<svg"), ("pdf", b"%PDF"), ("png", b"\x89PNG")]
)
def test_the_plot_in_a_file(
    found: ComparedResults, tmp_path: Path, suffix: str, begins: bytes
) -> None:
    target = tmp_path / f"forest.{suffix}"
    write_plot(found, target)
    assert target.read_bytes().startswith(begins)


def test_files_of_other_forms_are_refused(found: ComparedResults, tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError) as problem:
        write_flips(found, tmp_path / "flips.xls")
    assert ".csv, .jsonl, .parquet" in problem.value.help
    with pytest.raises(PrerequisiteError) as problem:
        write_plot(found, tmp_path / "forest.gif")
    assert ".pdf, .svg, .png, .json" in problem.value.help


def test_nothing_to_draw_or_to_write_is_said(tmp_path: Path) -> None:
    same = make(SPEC, seed=1, rows=range(40))
    nothing = compare_all([aligned(same, same)])
    with pytest.raises(PrerequisiteError, match="no difference to draw"):
        write_plot(nothing, tmp_path / "forest.svg")
    with pytest.raises(PrerequisiteError, match="no flips to write"):
        write_flips(nothing, tmp_path / "flips.csv")
