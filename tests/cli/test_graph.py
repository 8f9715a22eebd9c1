"""``w2sdl graph`` as a user meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import w2sdl
from w2sdl.cli import run_cli

ROOT = Path(__file__).parents[2]
FLAGSHIP = ROOT / "specs" / "debate_sciq.w2s"
HEAVY = {"torch", "ray", "transformers", "datasets", "peft", "pandas", "numpy", "scipy", "pyarrow"}


def drawn(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    return w2sdl(capsys, "graph", *arguments)


@pytest.mark.parametrize("view", ["--as-written", "--resolved"])
@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("mermaid", "flowchart LR"),
        ("dot", "digraph"),
        ("svg", "<svg xmlns"),
        ("html", "<!doctype html>"),
        ("json", "{"),
    ],
)
def test_each_format_in_each_view(
    form: str, start: str, view: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, out = tmp_path / "store", tmp_path / "graph"
    code, printed, err = drawn(
        capsys, FLAGSHIP, "--format", form, view, "--status", "--store", store, "-o", out
    )
    assert (code, printed, err) == (0, "", "")
    text = out.read_text("utf-8")
    assert text.startswith(start)
    assert "to run" in text
    assert not store.exists()


def test_what_is_stored_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "small.w2s"
    spec.write_text(
        'experiment small "?"\n'
        "data d = science_qa(parts: {supervise: 10, test: 10})\n"
        "weak W = pretrain(corpus(d), layers: 1, width: 8, steps: 1)\n",
        "utf-8",
    )
    store = ("--store", tmp_path / "store")
    assert run_cli(["run", str(spec), *map(str, store), "--executor", "local"]) == 0
    capsys.readouterr()
    shown = ("--format", "json", "--status", *store)
    _, out, _ = drawn(capsys, spec, *shown)
    assert {b["name"]: b["status"] for b in json.loads(out)["boxes"]} == {
        "d": "stored",
        "W": "stored",
    }
    _, out, _ = drawn(capsys, spec, *shown, "--set", "W.steps=2")
    assert {b["name"]: b["status"] for b in json.loads(out)["boxes"]} == {
        "d": "stored",
        "W": "to run",
    }


def test_profiles_and_selections_change_what_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = drawn(capsys, FLAGSHIP, "-p", "test", "--select", "+T", "--format", "json")
    assert code == 0
    rows = {
        box["name"]: sum(len(row["nodes"]) for row in box["rows"])
        for box in json.loads(out)["boxes"]
    }
    assert rows == {"sciq": 1, "W": 1, "S": 1, "folded": 1, "naive": 1, "T": 10}


def test_an_unknown_selection_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = drawn(capsys, FLAGSHIP, "--select", "+supervisr")
    assert (code, out) == (1, "")
    assert err == (
        "error: nothing in the graph is called `supervisr`\n  help: did you mean `supervisor`?\n"
    )


def test_a_picture_that_nobody_could_read_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "wide.w2s"
    students = "".join(f"S{n} = finetune(W, gold(d.supervise), seed: {n})\n" for n in range(500))
    spec.write_text(
        'experiment wide "?"\ndata d = science_qa(parts: {supervise: 10, test: 10})\n'
        f"weak W = pretrain(corpus(d), layers: 1, width: 8, steps: 1)\n{students}",
        "utf-8",
    )
    code, _, err = drawn(capsys, spec, "--format", "svg")
    assert code == 1
    assert "502 boxes are too many for a picture; the limit is 400" in err
    code, out, err = drawn(capsys, spec)
    assert code == 0
    assert out.startswith("flowchart LR")
    assert "warning: GitHub draws at most 500 arrows, and this has 1,001" in err
    code, out, _ = drawn(capsys, spec, "--format", "svg", "--select", "+S7")
    assert code == 0


def test_a_place_that_cannot_be_written_is_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = drawn(capsys, FLAGSHIP, "-o", tmp_path / "no" / "such" / "folder.svg")
    assert code == 1
    assert "no such file or directory" in err


@pytest.mark.parametrize("form", ["mermaid", "svg", "html"])
def test_drawing_loads_nothing_heavy(form: str, tmp_path: Path) -> None:
    code = (
        "import sys; from w2sdl.cli import run_cli; code = run_cli(sys.argv[1:]); "
        "print('MODULES', *sorted({m.split('.')[0] for m in sys.modules})); sys.exit(code)"
    )
    arguments = ["graph", FLAGSHIP, "--format", form, "--status", "--store", tmp_path / "store",
                 "-o", tmp_path / "out"]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True,
        cwd=ROOT, check=True,
    )  # fmt: skip
    loaded = set(done.stdout.split("MODULES", 1)[1].split())
    assert not loaded & HEAVY
    assert ("networkx" in loaded) == (form != "mermaid")
    assert form != "html" or "jinja2" in loaded  # `check` reads templates with it, too
