"""Numbers for papers: tables that LaTeX compiles whatever names hold, and differences from a baseline."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import sample as sampling
from kept_run import keep_run

from tests.golden import check_golden
from w2sdl_runtime.runs.latex import comments, escaped, label_of, latex_sheet, latex_table
from w2sdl_runtime.runs.results import Run
from w2sdl_runtime.runs.sheets import sheet_of

GOLDEN = Path(__file__).parent / "golden_latex"
BASELINE = sampling.SPEC.replace("\nexpect", "\nbaseline evidence: none\n\nexpect", 1)
#: All that a name, a point or a text of a query may hold.
NASTY = "S' Φ_1 & 50 % #2 {x} ~^ \\end{tabular} $a$ [b] *c* < > \" 中 é ‮ ω α Ο ς Μ …"


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("compared")
    return keep_run(sampling.build(folder / "made", spec=BASELINE), folder)


def tables(run: Run) -> dict[str, str]:
    found = {}
    for measure in run.graph.measures:
        table = run.figures_of(measure)
        sheet = sheet_of(measure, table, run.deltas_of(measure, table))
        found[measure.name] = latex_sheet(sheet, run.graph.experiment)
    return found


def test_tables_for_a_paper(compared: Run, bless: bool) -> None:
    GOLDEN.mkdir(exist_ok=True)
    for name, text in tables(compared).items():
        check_golden(GOLDEN / f"{name}.tex", f"{text}\n", bless)


def test_nothing_in_a_name_is_a_command() -> None:
    """Breaks where a name ends a cell, a row or the table, or sends a command to LaTeX."""
    text = escaped(NASTY)
    for piece in (r"$\Phi$\_1 \& 50 \% \#2 \{x\}", r"\textbackslash{}end", "{[}b{]} {*}c{*}"):
        assert piece in text
    assert "中 é ⟨U+202E⟩".replace("⟨", r"$\langle$").replace("⟩", r"$\rangle$") in text
    assert text.endswith(r"$\omega$ $\alpha$ $\mathrm{O}$ $\varsigma$ $\mathrm{M}$ \ldots{}")
    assert comments(["a\nb"]) == ["% a b"]
    assert label_of("S'_1 & x", "é") == "tab:S-1-x"


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no LaTeX on this machine")
def test_latex_takes_it(compared: Run, tmp_path: Path) -> None:
    import pyarrow as pa

    generic = latex_table(pa.table({NASTY.replace("中 ", ""): ["[x", None], "n": [1.5, 2.25]}))
    body = "\n\n".join([*tables(compared).values(), generic])
    page = "\\documentclass{article}\n\\usepackage[T1]{fontenc}\n\\usepackage{booktabs}\n"
    page += f"\\begin{{document}}\n{body}\n\\end{{document}}\n"
    (tmp_path / "page.tex").write_text(page, "utf-8")
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


# -- the baseline ----------------------------------------------------------------------------------


def test_a_difference_from_the_baseline_is_paired(compared: Run) -> None:
    """Breaks where rows or seeds of the two sides are not those of the same number."""
    rows = {r["number"]: r for r in compared.results().to_pylist() if r["kind"] == "mean"}
    for row in rows.values():
        if row["baseline"] is None:
            assert row["delta"] is None
            assert "evidence: none" in row["number"] or "evidence" not in row["number"]
            continue
        base = rows[row["baseline"]]
        assert row["delta"] == pytest.approx(row["value"] - base["value"])
        assert row["delta_lower"] < row["delta"] < row["delta_upper"]
    debate = rows["scores[of: S', evidence: debate]"]
    apart = (debate["upper"] - debate["lower"]) + (
        rows[debate["baseline"]]["upper"] - rows[debate["baseline"]]["lower"]
    )
    assert debate["delta_upper"] - debate["delta_lower"] < apart


def test_of_one_repetition_too(compared: Run) -> None:
    rows = {r["number"]: r for r in compared.results().to_pylist() if r["kind"] == "single"}
    one = rows["scores[of: S', seed: 1, evidence: debate]"]
    assert one["baseline"] == "scores[of: S', seed: 1, evidence: none]"
    assert one["delta"] == pytest.approx(one["value"] - rows[one["baseline"]]["value"])


def test_without_a_baseline_there_is_no_difference(sample: sampling.Sample, tmp_path: Path) -> None:
    run = keep_run(sample, tmp_path)
    assert set(run.results()["baseline"].to_pylist()) == {None}
    assert "Delta" not in "".join(tables(run).values())


def test_a_missing_repetition_leaves_no_difference(tmp_path: Path) -> None:
    """Breaks where means over other seeds are subtracted as if they were paired."""
    sample = sampling.build(tmp_path / "made", spec=BASELINE)
    sample.fail("S'[seed=1, evidence=none]", "no memory left")
    rows = {r["number"]: r for r in keep_run(sample, tmp_path).results().to_pylist()}
    row = rows["scores[of: S', evidence: debate]"]
    assert (row["baseline"], row["delta"]) == ("scores[of: S', evidence: none]", None)
