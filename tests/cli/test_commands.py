"""The command line as a user meets it: output, exit codes, and every mistake that comes first."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import SMALL, w2sdl

ROOT = Path(__file__).parents[2]
SPEC = f"""{SMALL}
measure recovered = pgr(
  weak: teacher, student: student, ceiling: ceiling, over: seed,
) on d.test
expect better: mean(scores[of: student], over: seed) > mean(scores[of: teacher], over: seed)
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "small.w2s"
    path.write_text(SPEC, "utf-8")
    return path


def test_check_says_ok_and_counts_nodes(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = w2sdl(capsys, "check", spec)
    assert (code, err) == (0, "")
    assert "ok, " in out
    assert "nodes (seed × 2)" in out


def test_check_reports_all_files_and_fails(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.w2s"
    bad.write_text(SPEC.replace("likelihood()", "likelyhood()", 1), "utf-8")
    code, out, err = w2sdl(capsys, "check", bad, spec)
    assert code == 1
    assert "did you mean `likelihood`?" in err
    assert f"{spec}: ok" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chekc", "x.w2s"], "Did you mean `w2sdl check`?"),
        (["check"], "Missing argument"),
        (["check", "nothing.w2s"], "there is no file nothing.w2s"),
        (["check", "."], "is a folder"),
        (["run", "x.w2s", "--executor", "dask"], "is not one of"),
        (["ops", "finetun"], "did you mean `finetune`"),
        (["report", "no-such-run", "--store", "nowhere"], "no run called `no-such-run`"),
    ],
)
def test_wrong_usage_is_one_message_and_exit_code_1(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = w2sdl(capsys, *arguments)
    assert code == 1
    assert message in err
    assert "Traceback" not in err


def test_text_that_is_not_utf8_is_said_to_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "latin.w2s"
    path.write_bytes("experiment é".encode("latin-1"))
    code, _, err = w2sdl(capsys, "check", path)
    assert code == 1
    assert "is not UTF-8 text" in err


def test_unknown_toml_settings_are_refused(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (spec.parent / "w2sdl.toml").write_text('stoer = "x"\n', "utf-8")
    code, _, err = w2sdl(capsys, "check", spec)
    assert code == 1
    assert "unknown setting `stoer`" in err


def test_compile_prints_a_spec_that_means_the_same(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, text, _ = w2sdl(capsys, "compile", spec)
    assert "learning_rate:" in text
    again = tmp_path / "again.w2s"
    again.write_text(text, "utf-8")
    graphs = []
    for path in (spec, again):
        code, out, _ = w2sdl(capsys, "compile", path, "--stage", "graph")
        assert code == 0
        graphs.append(set(json.loads(out)["nodes"]))
    assert graphs[0] == graphs[1]


@pytest.mark.parametrize(
    ("form", "start"), [("mermaid", "flowchart LR"), ("dot", "digraph"), ("json", "{")]
)
def test_graph_prints_each_format(
    form: str, start: str, spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = w2sdl(capsys, "graph", spec, "--format", form)
    assert code == 0
    assert out.startswith(start)
    assert "student" in out


def test_ops_explains_edges_parameters_and_presets(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = w2sdl(capsys, "ops", "Φ")
    assert code == 0
    assert "labels: Labels" in out
    assert "presets: tiny(), encoder(), openai2024()" in " ".join(out.split())


def test_run_again_executes_nothing_and_a_changed_loss_only_what_hangs_on_it(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole line on the local executor: breaks if keys move, or results are not found again."""
    store = tmp_path / "store"
    run = ("run", spec, "--store", store, "--executor", "local")
    code, out, err = w2sdl(capsys, *run, "-o", tmp_path / "r.html")
    assert (code, err) == (0, "")
    assert "scores = accuracy on d.test" in out
    assert (tmp_path / "r.html").read_text("utf-8").startswith("<!")

    code, out, _ = w2sdl(capsys, *run)
    assert code == 0
    assert "executed" not in out.split("done in")[1].split("\n")[0]

    changed = ("--set", "student.loss=logconf()")
    _, out, _ = w2sdl(capsys, "plan", spec, "--store", store, *changed, "--json")
    stale = {entry["address"] for entry in json.loads(out)["nodes"] if entry["action"] != "reuse"}
    assert {"student[seed=0]", "student[seed=1]"} <= stale
    assert not any(address.startswith(("teacher", "ceiling", "W", "S", "d")) for address in stale)

    code, out, _ = w2sdl(capsys, *run, *changed)
    assert code == 0
    executed = {e["address"] for e in last_nodes(store) if e["action"] == "executed"}
    assert executed <= stale
    assert {"student[seed=0]", "student[seed=1]"} <= executed

    code, out, _ = w2sdl(capsys, "report", "last", "--store", store, "-o", tmp_path / "again.html")
    assert code == 0
    assert (tmp_path / "again.html").exists()


def last_nodes(store: Path) -> list[dict[str, object]]:
    """What became of each node in the run that started last."""
    runs = [
        (json.loads((f / "run.json").read_text())["started"], f) for f in (store / "runs").iterdir()
    ]
    return list(json.loads((max(runs)[1] / "nodes.json").read_text()).values())


def test_a_failed_node_fails_the_run_and_names_what_was_skipped(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ("run", spec, "--store", tmp_path / "store", "--executor", "local")
    code, out, _ = w2sdl(capsys, *run, "--set", "d.parts.test=900_000")
    assert code == 1
    assert "part `test` asks for 900" in out
    assert "skipped" in out
    assert "Traceback" not in out


def test_a_model_folder_without_weights_is_refused(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    run = ("run", spec, "--store", tmp_path / "store", "--executor", "local")
    code, out, err = w2sdl(capsys, *run, "--set", f'S=model("{tmp_path}/empty")')
    assert code == 1
    assert "empty" in out + err
    assert "Traceback" not in out + err


def test_help_is_fast_because_it_loads_no_command() -> None:
    code = "import sys; from w2sdl.cli import run_cli; run_cli(['--help']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}", "PATH": ""},
    )  # fmt: skip
    loaded = set(done.stdout.split())
    assert not loaded & {"lark", "pydantic", "networkx", "w2sdl_runtime", "w2sdl.checking"}


def run_locally(
    spec: Path, *more: object, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    return w2sdl(capsys, "run", spec, "--executor", "local", *more)


def test_what_an_operation_warns_of_is_said_again_when_its_result_is_reused(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec.write_text(SPEC.replace("test: 80", "test: 81"), "utf-8")
    for _ in range(2):
        code, out, _ = run_locally(spec, capsys=capsys)
        assert code == 0
        assert "warning d: part `test`: 80 items instead of 81" in out
    report = max(spec.parent.glob(".w2sdl/runs/*/report.html"))
    assert "80 items instead of 81" in report.read_text("utf-8")


def test_a_byte_order_mark_is_no_mistake(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec.write_bytes(b"\xef\xbb\xbf" + SPEC.replace("\n", "\r\n").encode())
    assert w2sdl(capsys, "check", spec)[0] == 0


def test_check_goes_on_behind_a_file_that_is_missing(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = w2sdl(capsys, "check", "nope.w2s", spec)
    assert code == 1
    assert "no file nope.w2s" in err
    assert f"{spec}: ok" in out


@pytest.mark.parametrize("option", ["--store", "--out"])
def test_a_place_that_can_hold_no_results_is_found_before_the_run(
    option: str, spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = spec if option == "--store" else spec.parent
    code, out, err = run_locally(spec, option, place, capsys=capsys)
    assert code == 1
    assert str(place) in err
    assert "help:" in err
    assert "bug" not in err
    assert "computed" not in out


def test_a_spec_without_measures_says_so(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec.write_text(SPEC[: SPEC.index("measure")], "utf-8")
    code, out, _ = run_locally(spec, capsys=capsys)
    assert code == 0
    assert "nothing is measured" in out


def test_a_setting_without_a_value(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = w2sdl(capsys, "check", spec, "--set", "student.loss")
    assert code == 1
    assert "--set NAME=VALUE" in err


@pytest.mark.parametrize("options", [("--address", "auto", "--jobs", 2)])
def test_an_option_that_would_do_nothing_is_refused(
    options: tuple[object, ...], spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = w2sdl(capsys, "run", spec, *options)
    assert code == 1
    assert "--jobs says" in err
