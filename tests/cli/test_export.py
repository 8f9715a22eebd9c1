"""`w2sdl export`: results by address come out, and go in again somewhere else."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.commands import w2sdl
from w2sdl.cli import run_cli
from w2sdl_runtime.values import LABEL_COLUMNS

SPEC = """
experiment small
axis seed = 0..1
data d = science_qa(parts: {supervise: 40, transfer: 40, test: 40})
W = pretrain(corpus(d), layers: 1, width: 8, steps: 4)
W' = finetune(W, gold(d.supervise), seed: seed)
y = label(W', d.transfer)
T = D(W, W, d.transfer)
measure scores = accuracy(W') on d.test
"""
AGAIN = """
experiment again
data d = science_qa(parts: {supervise: 40, transfer: 40, test: 40})
W = pretrain(corpus(d), layers: 1, width: 8, steps: 4)
y = label_file(d.transfer, "out/y.FORM", origin: model(name: "ours"))
z = label(predictor_folder("out/student", origin: model(name: "ours")), d.transfer)
T = transcript_file(d.transfer, "out/T.jsonl", origin: model(name: "ours"))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    (folder / "w2sdl.toml").write_text('executor = "local"\n')
    (folder / "small.w2s").write_text(SPEC)
    assert run_cli(["run", str(folder / "small.w2s"), "--quiet"]) == 0
    return folder


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of the first run; the current folder is the project's."""
    monkeypatch.chdir(project)
    return min(path.name for path in (project / ".w2sdl" / "runs").iterdir())


def test_labels_in_three_forms_and_back(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("parquet", "jsonl", "csv"):
        given = ("export", run, "y[seed=1]", "--out", f"out/y.{form}")
        code, out, err = w2sdl(capsys, *given)
        assert (code, err) == (0, "")
        assert out == f"out/y.{form}: y[seed=1], 40 rows of Labels\n"
    rows = [json.loads(line) for line in Path("out/y.jsonl").read_text().splitlines()]
    assert set(rows[0]) == {*LABEL_COLUMNS, "prompt", "candidate"}
    with Path("out/y.csv").open(newline="") as file:
        cells = list(csv.DictReader(file))
    assert [float(cell["value"]) for cell in cells] == [row["value"] for row in rows]
    w2sdl(capsys, "export", run, "T", "--out", "out/T.jsonl")
    w2sdl(capsys, "export", run, "W'[seed=1]", "--out", "out/student")
    for form in ("jsonl", "csv", "parquet"):
        Path("again.w2s").write_text(AGAIN.replace("FORM", form))
        code, _, err = w2sdl(capsys, "run", "again.w2s", "--quiet")
        assert (code, err) == (0, "")
        for name in ("y", "z"):
            w2sdl(capsys, "export", "last", name, "--out", f"out/{name}-{form}.jsonl")
            again = [
                json.loads(line)
                for line in Path(f"out/{name}-{form}.jsonl").read_text().splitlines()
            ]
            assert [r["item_id"] for r in again] == [r["item_id"] for r in rows]
            assert [r["value"] for r in again] == pytest.approx(
                [r["value"] for r in rows], abs=1e-5
            )


def test_a_corpus_and_the_rows_of_a_measure(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = w2sdl(capsys, "export", run, "corpus(d)", "-o", "out/corpus.txt")
    assert code == 0
    assert "documents" in out
    code, out, err = w2sdl(
        capsys, "export", run, "scores.accuracy( W' )[seed = 0]", "-o", "out/rows.csv"
    )
    assert "40 rows of Metric" in out, err


@pytest.mark.parametrize(
    ("address", "out", "words"),
    [
        ("y", "x.csv", "has 2 results called `y`"),
        ("yy", "x.csv", "has no results called `yy`"),
        ("y[seed=0]", "x.xlsx", "Labels can't be written as `x.xlsx`"),
        ("T", "x.csv", "which a CSV file can't hold"),
        ("d", "x.csv", "a data set is several tables"),
        ("W'[seed=0]", "x.csv", "a Predictor is a folder of files"),
        ("y[seed=0]", "small.w2s", "small.w2s is there already"),
    ],
)
def test_refusals(
    run: str, address: str, out: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = w2sdl(capsys, "export", run, address, "--out", out)
    assert code == 1
    assert words in err
    assert "help:" in err
    assert not Path("x.csv").exists()
