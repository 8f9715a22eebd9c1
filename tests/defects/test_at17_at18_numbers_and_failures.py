"""AT-17 and AT-18: numbers that rest on too little, and failures that nobody hears of."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.cli.toy import Toy
from tests.defects.study import SPEC, Study
from w2sdl.cli import run_cli
from w2sdl_runtime.report.render import write_report
from w2sdl_runtime.running import run_file
from w2sdl_runtime.runs.results import Run

ROWS = 60
#: Rows that weak, student and ceiling have right, one seed after the other.
RIGHT = {"weak": (30, 30), "student": (36, 33), "ceiling": (45, 45), "worse": (30, 24)}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows, and files of labels with so many right; whoever is better is right wherever the worse is."""
    folder = tmp_path_factory.mktemp("known")
    rows = [{"text": f"row number {n}", "label": n % 2} for n in range(ROWS)]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    shuffled = random.Random(0).sample(rows, ROWS)
    for who, counts in RIGHT.items():
        for seed, count in enumerate(counts):
            said = [
                row["label"] if n < count else 1 - int(row["label"])
                for n, row in enumerate(shuffled)
            ]
            lines = [f"{row['text']},{label}" for row, label in zip(shuffled, said, strict=True)]
            (folder / f"{who}{seed}.csv").write_text("\n".join(["text,value", *lines]), "utf-8")
    return folder


def measured(folder: Path, weak: str, student: str, ceiling: str) -> Run:
    """PGR of labels with known accuracies, over two seeds."""
    files = [
        f'{{of_weak: "{weak}{n}.csv", of_student: "{student}{n}.csv", of_ceiling: "{ceiling}{n}.csv"}}'
        for n in range(2)
    ]
    how = 'kind: "hard", origin: human(), key: ["text"]'
    text = f"""experiment given
axis seed = {{one: {files[0]}, two: {files[1]}}}
data d  = table("rows.jsonl", parts: {{test: {ROWS}}})
teacher = label_file(d.test, seed.of_weak, {how})
student = label_file(d.test, seed.of_student, {how})
ceiling = label_file(d.test, seed.of_ceiling, {how})
measure recovered = pgr(weak: teacher, student: student, ceiling: ceiling, over: seed) on d.test
"""
    path = folder / f"{weak}_{student}_{ceiling}.w2s"
    path.write_text(text, "utf-8")
    return run_file(path, executor="local", store=folder / "store")


def facts_of(run: Run) -> dict[str, object]:
    (row,) = run.table("recovered").to_pylist()
    facts: dict[str, object] = run.value(row["address"]).facts  # type: ignore[attr-defined]
    return facts


def test_at17_a_ratio_stands_beside_its_three_accuracies_and_a_paired_interval(known: Path) -> None:
    """Peers report the bare median PGR of one seed, or the error of one test set. Here the accuracies are
    averaged over seeds first: (.50, .575, .75) gives .3. Broken by a ratio of another mean, by a ratio
    alone, and by an interval that forgets that all three answered the same rows: it would be wider."""
    run = measured(known, "weak", "student", "ceiling")
    (row,) = run.table("recovered").to_pylist()
    assert row["value"] == pytest.approx((0.575 - 0.5) / (0.75 - 0.5))
    assert row["lower"] < row["value"] < row["upper"]
    facts = facts_of(run)
    assert facts["accuracies"] == pytest.approx({"weak": 0.5, "student": 0.575, "ceiling": 0.75})
    assert (facts["seeds"], row["n"]) == (2, ROWS)
    gap = facts["gap"]
    assert isinstance(gap, dict)
    unpaired = 2 * 1.96 * (0.25 / ROWS + 0.1875 / ROWS) ** 0.5
    assert gap["upper"] - gap["lower"] < 0.85 * unpaired


_SCORES = ("weak_score", "student_score", "ceiling_score")


def test_at17_no_gap_is_null_with_its_reason_and_stays_in_the_table(
    known: Path, tmp_path: Path
) -> None:
    """openai/weak-to-strong: pairs whose ceiling is not above the weak model were left out of the plot,
    uncounted. Broken by a 0, an infinity, or a row that is gone."""
    run = measured(known, "weak", "student", "worse")
    assert run.status == "done"
    (row,) = run.table("recovered").to_pylist()
    assert (row["value"], row["lower"], row["upper"]) == (None, None, None)
    assert row["reason"] == "ceiling_not_above_weak"
    (told,) = run.summary("recovered").to_pylist()
    assert "ceiling" in told["reason"]
    assert told["student_score"] - told["weak_score"] == pytest.approx(told["gain"])
    assert {name: row[name] for name in _SCORES} == {name: told[name] for name in _SCORES}
    write_report(run.folder, run.store, tmp_path / "report.html")
    assert "undefined" in (tmp_path / "report.html").read_text("utf-8")


def test_at17_no_mean_over_fewer_seeds_than_the_spec_declares(
    study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other half: a seed that failed was left out of the mean. Broken where a number over seeds is
    formed without one of them; where means lack one, the report says so."""
    copy = study.copy(tmp_path / "copy")
    text = SPEC.replace("axis seed = 0..1", "axis seed = [0, 1, 9]")  # one that no other test runs
    path = copy.folder / "three.w2s"
    path.write_text(text, "utf-8")
    more = ["--store", str(copy.store), "--executor", "local"]
    assert run_cli(["run", str(path), *more, "--exclude", "student[seed=9]+"]) == 0
    from w2sdl_runtime.runs.results import open_run

    run = open_run("last", copy.store)
    (ratio,) = run.table("recovered").to_pylist()
    assert ratio["value"] is None
    assert ratio["digest"] == ""
    write_report(run.folder, run.store, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "This run is incomplete" in page
    assert "†" in page


def test_at17_one_seed_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And where the spec itself declares one seed, `check --pedantic` says what that can't show."""
    path = tmp_path / "one.w2s"
    path.write_text(SPEC.replace("axis seed = 0..1", "axis seed = 0..0"), "utf-8")
    assert run_cli(["check", "--pedantic", str(path)]) == 0
    assert "only one seed is behind `scores` and `recovered`" in capsys.readouterr().err


def test_at18_a_failure_fails_the_run_and_is_told(tmp_path: Path) -> None:
    """A fork's sweep swallowed errors: its table had one row fewer. Broken where a command ends well after
    a failure, where the report is silent, or where what failed leaves a result behind."""
    toy = Toy.fresh(tmp_path)
    out = toy.run("--set", "u.fail=true", code=1)
    assert "the soup is cold" in out
    (folder,) = (toy.store / "runs").iterdir()
    record = json.loads((folder / "run.json").read_text("utf-8"))
    assert record["status"] == "failed"
    assert record["counts"]["failed"] >= 1
    nodes = json.loads((folder / "nodes.json").read_text("utf-8"))
    failed = [node for node in nodes.values() if node["action"] == "failed"]
    assert failed
    assert all(node["digest"] == "" and "the soup is cold" in str(node["error"]) for node in failed)
    page = (folder / "report.html").read_text("utf-8")
    assert "This run is incomplete" in page
    assert "the soup is cold" in page


def test_at18_after_a_failure_only_the_rest_is_computed_and_nothing_twice(tmp_path: Path) -> None:
    """llm_debate appended to its results, so a second try held rows twice. Broken by a result that is
    written in place, and by a try that does not begin where the last one ended."""
    toy = Toy.fresh(tmp_path)
    toy.run("--set", "u.fail=true", code=1)
    before = {path.name for path in (toy.store / "objects").iterdir()}
    kept = {path: path.stat().st_mtime_ns for path in (toy.store / "objects").rglob("*")}
    toy.run()
    assert before <= {path.name for path in (toy.store / "objects").iterdir()}
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    last = max((toy.store / "runs").glob("*/run.json"), key=lambda file: file.stat().st_mtime_ns)
    counts = json.loads(last.read_text("utf-8"))["counts"]
    assert counts["executed"] < 7
    assert not list((toy.store / "tmp").iterdir()), "nothing half written is left"
