"""`w2sdl compare` and `w2sdl diff --results` as a user meets them, on runs that were really run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import w2sdl
from tests.cli.repositories import git

SPEC = """
experiment first "how much of what it could learn does a strong model learn from weak labels?"
axis seed = 0..2
axis ridge = {little: 1, much: 1_000}
data digits = digit_images(parts: {supervise: 120, transfer: 300, test: 300}, world: 1, writers: 120)
blurred = read_numbers(items(digits), view: coarse(block: 2))
sharp   = read_numbers(items(digits), view: random_fourier(n: 60, width: 35, draw: seed))
teacher = probe(blurred, gold(digits.supervise))
student = probe(sharp, label(teacher, digits.transfer), ridge: ridge)
ceiling = probe(sharp, gold(digits.transfer), ridge: ridge)
measure scores    = accuracy(teacher, student, ceiling) on digits.test
measure recovered = pgr(weak: teacher, student: student, ceiling: ceiling, over: seed) on digits.test
"""
OTHER = SPEC.replace("little: 1,", "little: 30,")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two runs of a spec that differ in one value, and one of something else."""
    import os

    from w2sdl.cli import run_cli

    place = tmp_path_factory.mktemp("compared")
    before = Path.cwd()
    os.chdir(place)
    try:
        for name, text in (("first", SPEC), ("other", OTHER)):
            (place / f"{name}.w2s").write_text(text, "utf-8")
            code = run_cli(["run", f"{name}.w2s", "--executor", "local", "--store", "store"])
            assert code == 0
    finally:
        os.chdir(before)
    return place


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    return folder


def compare(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    return w2sdl(capsys, "compare", *words, "--store", "store")


def runs(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "store" / "runs").iterdir())


def test_two_runs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = runs(here)
    code, out, err = compare(capsys, first, second)
    assert (code, err) == (0, "")
    assert f"a  run {first}\nb  run {second}\n" in out
    assert "one factor differs" in out  # the diff's sentence
    assert "scores = accuracy on digits.test, 300 rows x 3 seeds" in out
    lines = {line.split("  ")[1]: line for line in out.splitlines() if line.startswith("  ")}
    assert "one result" in lines["teacher"]
    assert "one result" in lines["student ridge=much"]
    assert "[" in lines["student ridge=little"]
    assert "comparisons: Holm's p is corrected" in out


def test_specs_stand_for_what_the_store_has_of_them(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    by_run = json.loads(compare(capsys, *runs(here), "--json")[1])
    by_spec = json.loads(compare(capsys, "first.w2s", "other.w2s", "--json")[1])
    assert by_run["against"][0]["differences"] == by_spec["against"][0]["differences"]


def test_diff_with_results_says_both(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("diff", "first.w2s", "other.w2s", "--store", "store")
    code, plain, _ = w2sdl(capsys, *words)
    code, out, err = w2sdl(capsys, *words, "--results")
    assert (code, err) == (0, "")
    assert out.startswith(plain)
    assert "recovered = pgr on digits.test, 300 rows x 3 seeds" in out
    record = json.loads(w2sdl(capsys, *words, "--results", "--json")[1])
    assert record["schema"] == "w2sdl.diff.1"
    compared = json.loads(compare(capsys, "first.w2s", "other.w2s", "--json")[1])
    assert record["compared"] == compared
    differences = compared["against"][0]["differences"]
    assert [(r["measure"], r["of"], r["p_holm"]) for r in record["results"]] == [
        (d["measure"], d["of"], d["p_holm"]) for d in differences
    ]
    assert json.loads(w2sdl(capsys, *words, "--json")[1])["results"] == []


@pytest.mark.parametrize("form", ["md", "html"])
def test_diff_with_results_in_other_formats(
    here: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    words = ("diff", "first.w2s", "other.w2s", "--store", "store", "--format", form)
    out = w2sdl(capsys, *words, "--results")[1]
    assert "student" in out
    assert ("<svg" in out) == (form == "html")
    assert len(out) > len(w2sdl(capsys, *words)[1])


def test_what_is_missing_comes_with_the_command_that_makes_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("diff", "first.w2s", "--store", "store", "--results", "--b-set", "student.ridge=7")
    out = w2sdl(capsys, *words)[1]
    assert " lacks 5 of 12 numbers: " in out
    assert "`w2sdl run first.w2s --set student.ridge=7` makes them" in out
    assert "missing" in out
    assert "one result" in out  # what both have is still compared


def test_a_revision_is_made_in_a_checkout(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(here, "init", "-q", "-b", "main")
    (here / "first.w2s").write_text(SPEC.replace("much: 1_000", "much: 500"), "utf-8")
    git(here, "add", "first.w2s")
    git(here, "commit", "-q", "-m", "first")
    (here / "first.w2s").write_text(SPEC, "utf-8")
    out = w2sdl(capsys, "diff", "first.w2s@HEAD", "first.w2s", "--store", "store", "--results")[1]
    assert "git worktree add ../HEAD HEAD && w2sdl run ../HEAD/first.w2s` makes them" in out


def test_arms_of_one_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = compare(capsys, "last", "--along", "ridge", "--baseline", "much")
    assert code == 0
    assert out.startswith("a       ridge=much\nlittle  ridge=little\n")
    code, out, _ = compare(capsys, "last", "--of", "teacher", "--of", "student", "--flips", "1")
    assert code == 0
    assert "ridge=little" in out
    assert "surest first" in out


def test_exit_code(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, _ = runs(here)
    assert compare(capsys, first, "first.w2s", "--exit-code")[0] == 0  # the same results
    arms = ("last", "--of", "teacher", "--of", "student[ridge=much]")
    found = json.loads(compare(capsys, *arms, "--json")[1])
    assert found["differs"] is True
    assert compare(capsys, *arms, "--exit-code")[0] == 2


def test_files(here: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    flips, plot, page = tmp_path / "flips.csv", tmp_path / "plot.svg", tmp_path / "page.html"
    code, out, err = compare(
        capsys, *runs(here), "--flips-out", flips, "--plot", plot, "-o", page, "--format", "html"
    )
    assert (code, out) == (0, f"{page}\n")
    assert f"flips: {flips}" in err
    assert flips.read_text("utf-8").startswith('"a","b","measure"')
    assert plot.read_text("utf-8").startswith("<svg")
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_a_file_holds_what_its_name_says(
    here: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    begins = {
        "x.html": "<!doctype html>",
        "x.json": "{",
        "x.md": "**",
        "x.txt": "a  run",
        "x": "a  run",
    }
    for name, text in begins.items():
        code, _, err = compare(capsys, *runs(here), "-o", tmp_path / name)
        assert (code, err) == (0, "")
        assert (tmp_path / name).read_text("utf-8").startswith(text)
    words = ("diff", "first.w2s", "other.w2s", "--store", "store", "-o", tmp_path / "d.html")
    assert w2sdl(capsys, *words)[0] == 0
    assert (tmp_path / "d.html").read_text("utf-8").startswith("<!doctype html>")
    code, _, err = w2sdl(capsys, *words, "--format", "text")
    assert (code, "d.html would hold text" in err) == (1, True)


def test_a_run_beside_itself_says_that_there_is_nothing_to_test(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = compare(capsys, "last", "last")[1]
    assert "Every number is one result of the store: there is nothing to test." in out


def test_another_baseline(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = runs(here)
    out = compare(capsys, first, second, "--baseline", second)[1]
    assert out.startswith(f"a  run {second}\nb  run {first}\n")


# -- mistakes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no run is named"),
        (("last",), "last is compared with nothing"),
        (("last", "nobody"), "holds no run called `nobody`"),
        (
            ("last", "first.w2s", "--along", "ridge"),
            "--along compares arms of one run, and 2 are named",
        ),
        (("last", "first.w2s", "--measure", "score"), "did you mean `scores`?"),
        (("last", "first.w2s", "--of", "studnt"), "did you mean `student`?"),
        (("last", "--along", "rigde"), "did you mean `ridge`?"),
        (("last", "--along", "ridge", "--measure", "score"), "did you mean `scores`?"),
        (("last", "first.w2s", "--flips-out", "x.xls"), "end the name in .csv, .jsonl, .parquet"),
        (("last", "first.w2s", "--plot", "x.gif"), "end the name in .pdf, .svg, .png, .json"),
        (("last", "first.w2s", "-o", "store"), "--out store is a folder"),
        (("last", "first.w2s", "--format", "md", "-o", "x.json"), "x.json would hold md"),
        (("last", "first.w2s", "--json", "-o", "x.html"), "give it another ending: .json"),
        (("last", "first.w2s", "-o", "x.pdf"), "end it in .txt, .md, .json, .html, .htm, or give"),
        (("last", "--of", "teacher", "--of", "student[ridge=mush]"), "did you mean `ridge=much`?"),
        (("last", "last", "--baseline", "last"), "last is compared with nothing"),
    ],
)
def test_mistakes_are_sentences(
    here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    code, out, err = compare(capsys, *words)
    assert (code, out) == (1, "")
    assert said in err
    assert "Traceback" not in err


def test_options_of_results_want_results(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = w2sdl(capsys, "diff", "first.w2s", "other.w2s", "--flips", "3")
    assert code == 1
    assert "--flips is of results" in err
    assert "add --results" in err


def test_unrelated_specs_have_no_measure_in_common(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        SPEC[: SPEC.index("measure")]
        + "measure agree = agreement(student, teacher) on digits.test\n"
    )
    (here / "unrelated.w2s").write_text(text, "utf-8")
    code, _, err = compare(capsys, "first.w2s", "unrelated.w2s")
    assert code == 1
    assert "have no measure in common" in err or "lacks" in err


def test_a_run_that_failed_half_way_says_what_it_lacks(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its record says which nodes failed: as a run leaves it."""
    import shutil

    shutil.copytree(folder / "store", tmp_path / "store")
    monkeypatch.chdir(tmp_path)
    first, second = runs(tmp_path)
    path = tmp_path / "store" / "runs" / second / "nodes.json"
    nodes = json.loads(path.read_text("utf-8"))
    for entry in nodes.values():
        if entry["address"].startswith("scores"):
            error = {"type": "MemoryError", "message": "no memory left", "help": ""}
            entry |= {"action": "failed", "digest": "", "error": error}
    path.write_text(json.dumps(nodes), "utf-8")
    code, out, _ = compare(capsys, first, second)
    assert code == 0
    assert f"run {second} lacks 13 of 15 numbers: failed: no memory left" in out
    assert "b has no number: failed: no memory left" in out
    assert "recovered" in out  # what is there is compared
