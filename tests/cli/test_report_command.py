"""``w2sdl report`` with real runs: one file, Markdown, a site of many, and one that is kept up to date."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import SMALL, w2sdl
from tests.cli.test_runs import OPTIONS, SPEC, spawn
from tests.waiting import until
from w2sdl.cli import run_cli

HOSTILE = "<script>alert(1)</script> | `x` {{ run }} \u202e end"
MEASURED = f"{SMALL}\nexpect rises: mean(scores[of: student], over: seed) > 0.1\n"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a run that measures, and two of another experiment with a hostile description."""
    folder = tmp_path_factory.mktemp("stored")
    store = ("--store", str(folder / "store"), "--executor", "local", "--quiet")
    (folder / "small.w2s").write_text(MEASURED, "utf-8")
    assert run_cli(["run", str(folder / "small.w2s"), *store]) == 0
    for number in range(2):
        text = f'experiment odd{number}\n  "{HOSTILE}"\n\nstart = quick(text: "{number}")\n'
        (folder / "odd.w2s").write_text(text, "utf-8")
        assert (
            run_cli(["run", str(folder / "odd.w2s"), "--module", "tests.cli.run_ops", *store]) == 0
        )
    return folder / "store"


@pytest.fixture
def store(stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(stored, tmp_path / "store"))


def measured(store: Path) -> str:
    return next(f.name for f in sorted((store / "runs").iterdir()))


def states(folder: Path) -> dict[str, tuple[int, int]]:
    """Each file of a site with when and as which file it was written."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): (p.stat().st_mtime_ns, p.stat().st_ino) for p in found}


def test_a_report_goes_where_it_is_asked_to(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, options = measured(store), ("--store", store)
    assert w2sdl(capsys, "report", run, *options) == (
        0, f"{store / 'runs' / run / 'report.html'}\n", "",
    )  # fmt: skip
    assert w2sdl(capsys, "report", run, "-o", "new/r.md", *options) == (0, "new/r.md\n", "")
    text = (tmp_path / "new" / "r.md").read_text("utf-8")
    assert text.startswith("# a spec small enough for a test\n")
    assert w2sdl(capsys, "report", run, "--format", "md", "-o", "-", *options)[1] == f"{text}\n"
    code, out, _ = w2sdl(capsys, "show", run, "--markdown", *options)
    assert code == 0
    assert out.split("\n\n")[1] in text  # the same table


def test_a_template_of_ones_own_makes_a_file_of_its_own(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, options = measured(store), ("--store", store)
    (tmp_path / "short.html.j2").write_text(
        "{{ graph.experiment }}: {{ verdicts|length }}", "utf-8"
    )
    code, out, _ = w2sdl(capsys, "report", run, "--template", "short.html.j2", *options)
    assert (code, Path(out.strip()).name) == (0, "report.short.html")
    assert Path(out.strip()).read_text("utf-8") == "small: 1"
    (tmp_path / "short.html.j2").write_text("a\n{{ nothing }}", "utf-8")
    code, out, err = w2sdl(capsys, "report", run, "--template", "short.html.j2", *options)
    assert (code, out) == (1, "")
    assert err == (
        f"error: {tmp_path / 'short.html.j2'}:2: a report has no `nothing`\n"
        "  help: docs/report.md lists what a template can read\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a", "b"], "2 runs make a site: say where, --bundle DIR"),
        (["--bundle", "d", "--out", "f"], "--bundle writes a folder"),
        (["--bundle", "d", "--watch"], "--bundle writes a folder"),
        (["--filter", "x"], "--filter chooses the runs of --bundle"),
        (["last", "--bundle", "d", "--filter", "x"], "--filter chooses the runs of --bundle"),
        (["--watch", "--out", "-"], "--watch writes a file again and again"),
        (["--format", "md", "-o", "r.html"], "r.html would hold md"),
        (["--template", "short.md", "--format", "html"], "the template short.md makes md"),
        (["--template", "none.html"], "there is no template none.html"),
        (["--bundle", "d", "--filter", "nowhere"], "holds no run with `nowhere`"),
        (["--bundle", "full"], "holds other files than reports"),
        (["--bundle", "short.md"], "is a file"),
        (["nothing-like-it"], "holds no run called `nothing-like-it`"),
    ],
)
def test_a_mistake_is_told(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    words: list[str], message: str,
) -> None:  # fmt: skip
    (tmp_path / "short.md").write_text("x", "utf-8")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine", "utf-8")
    code, out, err = w2sdl(capsys, "report", *words, "--store", store)
    assert (code, out) == (1, "")
    assert message in err
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]


def test_a_site_has_every_run_and_an_index(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "site"
    assert w2sdl(capsys, "report", "--bundle", site, "--store", store) == (
        0, f"{site / 'index.html'}: 3 written\n", "",
    )  # fmt: skip
    runs = sorted(path.name for path in (store / "runs").iterdir())
    assert sorted(path.name for path in (site / "runs").iterdir()) == runs
    index = (site / "index.html").read_text("utf-8")
    for run in runs:
        assert f'href="runs/{run}/report.html"' in index
        assert (site / "runs" / run / "spec.txt").read_text("utf-8").startswith(("\nexp", "exp"))
    with (site / "runs" / measured(store) / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["measure"] for row in rows} == {"scores"}
    singles = [row for row in rows if row["kind"] == "single"]
    assert len(singles) == 6
    assert all(row["address"] and row["key"] for row in singles)
    assert "1 supported" in index


def test_an_unchanged_run_is_not_written_again(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site, words = tmp_path / "site", ("report", "--bundle", tmp_path / "site", "--store", store)
    assert w2sdl(capsys, *words)[0] == 0
    before = states(site)
    assert w2sdl(capsys, *words)[1] == f"{site / 'index.html'}: 3 unchanged\n"
    after = states(site)
    assert {n: s for n, s in after.items() if n.startswith("runs/")} == {
        n: s for n, s in before.items() if n.startswith("runs/")
    }
    (site / "runs" / measured(store) / "results.csv").unlink()
    assert w2sdl(capsys, *words)[1] == f"{site / 'index.html'}: 1 written, 2 unchanged\n"
    assert set(states(site)) == set(before)
    (tmp_path / "own.html").write_text("{{ run.run }}", "utf-8")
    assert "3 written" in w2sdl(capsys, *words, "--template", "own.html")[1]


def test_a_site_is_added_to(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site, options = tmp_path / "site", ("--bundle", tmp_path / "site", "--store", store)
    first = ("report", measured(store), *options, "--format", "md")
    assert w2sdl(capsys, *first)[1].endswith(": 1 written\n")
    assert "2 written" in w2sdl(capsys, "report", "--filter", "ODD", *options)[1]
    index = (site / "index.html").read_text("utf-8")
    assert len(re.findall(r'<th scope="row">', index)) == 3
    assert f'href="runs/{measured(store)}/report.md"' in index


def test_hostile_names_and_texts_stay_text(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = store / "runs" / measured(store)
    odd = store / "runs" / "..%2f<b>&\"' \u202e"
    shutil.copytree(run, odd)
    record = json.loads((odd / "run.json").read_text("utf-8"))
    record |= {"run": odd.name, "experiment": HOSTILE, "profiles": [HOSTILE]}
    (odd / "run.json").write_text(json.dumps(record), "utf-8")
    site = tmp_path / "site"
    assert w2sdl(capsys, "report", "--bundle", site, "--store", store)[0] == 0
    for name in states(site):
        assert re.fullmatch(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+){0,2}", name), name
    index = (site / "index.html").read_text("utf-8")
    assert index.count("<script>") == 1
    assert "&lt;script&gt;alert(1)" in index
    assert "\u202e" not in index


def test_a_damaged_run_is_left_out_and_told(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = measured(store)
    (store / "runs" / run / "graph.json").write_text("{", "utf-8")
    code, out, err = w2sdl(capsys, "report", "--bundle", tmp_path / "site", "--store", store)
    assert (code, out) == (1, f"{tmp_path / 'site' / 'index.html'}: 2 written, 1 left out\n")
    assert f"{run} is left out: the record of run {run} can't be read" in err


def test_two_processes_write_one_site(store: Path, tmp_path: Path) -> None:
    """Breaks where one's index lacks what the other wrote, or a file is torn."""
    names = sorted(path.name for path in (store / "runs").iterdir())
    words = ("report", "--bundle", "site", "--store", str(store))
    both = [spawn(*words, *chosen, folder=tmp_path) for chosen in (names[:2], names[1:])]
    assert [child.wait(120) for child in both] == [0, 0], [c.communicate() for c in both]
    index = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert all(f'href="runs/{name}/report.html"' in index for name in names)
    assert not [name for name in states(tmp_path / "site") if "/." in name]


# -- a run that goes on ------------------------------------------------------------------------------


@pytest.fixture
def going_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    """A run in a process of its own, some nodes of which take ten seconds."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.w2s").write_text(SPEC.replace("SECONDS", "10"), "utf-8")
    child = spawn("run", "tiny.w2s", *OPTIONS, "--json", "--store", "store", folder=tmp_path)
    assert child.stdout is not None
    for line in child.stdout:
        if json.loads(line)["event"] == "node_progress":
            break
    yield child
    child.kill()
    child.wait()


def watching(folder: Path) -> subprocess.Popen[str]:
    words = ("report", "--watch", "--store", "store", "-o", "live.html")
    return spawn(*words, folder=folder)


def page(folder: Path) -> str:
    path = folder / "live.html"
    return path.read_text("utf-8") if path.exists() else ""


def test_a_watched_report_follows_its_run_to_the_end(
    going_on: subprocess.Popen[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watcher = watching(tmp_path)
    until(lambda: "This run goes on" in page(tmp_path), process=watcher)
    first = page(tmp_path)
    assert "kept up to date" in first
    assert "location.reload()" in first
    assert "waits[arm=a]" in first  # which runs
    assert going_on.stdout is not None
    going_on.stdout.read()
    assert going_on.wait(60) == 0
    out, err = watcher.communicate(timeout=60)
    assert (watcher.returncode, err) == (0, "")
    assert re.search(r"live\.html: \S+ is done\n$", out)
    assert "location.reload()" not in page(tmp_path)
    assert w2sdl(capsys, "report", "--store", "store", "-o", "again.html")[0] == 0
    assert page(tmp_path) == (tmp_path / "again.html").read_text("utf-8")


def test_the_report_of_a_run_that_goes_on_says_so(
    going_on: subprocess.Popen[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert w2sdl(capsys, "report", "--store", "store", "-o", "live.html")[0] == 0
    assert re.search(
        r"This run goes on\.</strong> \d of 4 nodes have a result; 1 running", page(tmp_path)
    )
    assert "location.reload()" not in page(tmp_path)
    assert w2sdl(capsys, "report", "--store", "store", "--bundle", "site")[0] == 0
    assert w2sdl(capsys, "report", "--store", "store", "--bundle", "site")[1].endswith(
        "1 written\n"
    )
    assert ">running</td>" in (tmp_path / "site" / "index.html").read_text("utf-8")


def test_ctrl_c_ends_the_watch_and_not_the_run(
    going_on: subprocess.Popen[str], tmp_path: Path
) -> None:
    watcher = watching(tmp_path)
    until(lambda: "This run goes on" in page(tmp_path), process=watcher)
    watcher.send_signal(signal.SIGINT)
    out, err = watcher.communicate(timeout=60)
    assert (watcher.returncode, err) == (130, "")
    assert "as the run is now; it goes on" in out
    assert "This run goes on" in page(tmp_path)
    assert "location.reload()" not in page(tmp_path)
    assert going_on.poll() is None


def test_a_run_that_was_killed_is_watched_to_its_end(
    going_on: subprocess.Popen[str], tmp_path: Path
) -> None:
    watcher = watching(tmp_path)
    until(lambda: "This run goes on" in page(tmp_path), process=watcher)
    os.kill(going_on.pid, signal.SIGKILL)
    going_on.wait()
    out, _ = watcher.communicate(timeout=60)
    assert watcher.returncode == 0
    assert out.endswith("is interrupted\n")
    assert "This run is incomplete" in page(tmp_path)
    assert "location.reload()" not in page(tmp_path)


def test_a_folder_is_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Breaks where the message is about the hidden file beside it that would have become the report."""
    assert run_cli(["report", "last", "--out", str(tmp_path), "--store", str(tmp_path)]) == 1
    assert f"File '{tmp_path}' is a directory." in capsys.readouterr().err
