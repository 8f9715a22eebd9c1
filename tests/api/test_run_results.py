"""Runs from Python: computed, opened again, and their results as tables."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from w2sdl.input_error import InputError
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.running import InvalidSpec, run_file
from w2sdl_runtime.runs.results import Run, open_run

SPEC = """
experiment small "a spec small enough for a test"
axis seed = 0..1
data d = science_qa(parts: {supervise: 40, transfer: 40, test: 40})
weak   W = pretrain(corpus(d), layers: 1, width: 8, steps: 2)
strong S = pretrain(corpus(d), layers: 1, width: 16, steps: 2)
teacher = finetune(W, gold(d.supervise), seed: seed)
student = Ψ(S, label(teacher, d.transfer), seed: seed)
ceiling = Ψ(S, gold(d.transfer), seed: seed)
measure scores = accuracy(teacher, student, ceiling) on d.test
expect better: mean(scores[of: student], over: seed) > mean(scores[of: teacher], over: seed)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("api")
    (folder / "small.w2s").write_text(SPEC, "utf-8")
    return run_file(folder / "small.w2s", executor="local", store=folder / "store")


def test_numbers_come_as_tables_with_axes_keys_and_digests(run: Run) -> None:
    assert run.status == "done"
    assert run.measures == ("scores",)
    table = run.table("scores")
    assert table.num_rows == 6
    names = ["of", "seed", "value", "lower", "upper", "n", "reason", "address", "key", "digest"]
    assert table.column_names == names
    entry = {row["address"]: row for row in table.to_pylist()}["scores.accuracy(student)[seed=1]"]
    assert entry["seed"] == "1"
    assert run.store.lookup(entry["key"]) is not None
    assert entry["value"] == run.value(entry["address"]).value  # type: ignore[attr-defined]
    frame = run.metrics()
    assert list(frame.columns)[:4] == ["measure", "op", "on", "of"]
    means = frame.groupby("of")["value"].mean()
    summary = {row["of"]: row for row in run.summary("scores").to_pylist()}
    assert summary["student"]["value"] == pytest.approx(means["student"])
    assert summary["student"]["repetitions"] == 2
    assert [verdict.name for verdict in run.verdicts()] == ["better"]


def test_results_are_opened_by_address(run: Run, tmp_path: Path) -> None:
    labels = run.labels("label(teacher, d.transfer)[seed=0]")
    assert labels.num_rows == run.rows("label(teacher, d.transfer)[seed=0]").num_rows > 0
    assert {"item_id", "value", "prompt"} <= set(labels.column_names)
    folder = run.model("student[seed = 1]", tmp_path / "student")
    assert (folder / "config.json").exists()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda run: run.table("score"), "no measure `score`"),
        (lambda run: run.labels("student[seed=0]"), "is Predictor, not Labels"),
        (lambda run: run.transcripts("gold(d.transfer)"), "is Labels, not Transcripts"),
        (lambda run: run.model("gold(d.transfer)", "x"), "is no model"),
        (lambda run: run.value("nothing"), "no results called `nothing`"),
    ],
)
def test_what_is_not_there_is_said_to_be(run: Run, call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(PrerequisiteError) as caught:
        call(run)
    assert message in caught.value.message
    assert caught.value.help


def test_a_run_is_opened_again_and_the_same_spec_computes_nothing(run: Run) -> None:
    assert open_run(run.name, run.store.root).id == run.id
    spec = Path(run.record.info.spec_path)
    again = run_file(spec, executor="local", store=run.store.root)
    assert {entry.action for entry in again.nodes.values()} == {"reused"}
    assert again.table("scores").equals(run.table("scores"))
    assert open_run("last", run.store.root).id == again.id


def test_progress_is_kept_for_other_processes_and_shown_where_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys

    path = tmp_path / "tiny.w2s"
    path.write_text('experiment tiny\na = quick(text: "x")\nb = slow(a, seconds: 2.5)\n', "utf-8")
    made = run_file(path, executor="local", modules=["tests.cli.run_ops"], progress=sys.stdout)
    assert re.search(r"[2-9]\.\d s  b\n", capsys.readouterr().out)  # a busy machine takes longer
    kept = json.loads((made.folder / "progress.json").read_text("utf-8"))
    assert kept["nodes"]


def test_mistakes_are_raised_before_anything_runs(tmp_path: Path) -> None:
    path = tmp_path / "bad.w2s"
    path.write_text(SPEC.replace("finetune", "finetun"), "utf-8")
    with pytest.raises(InvalidSpec, match="did you mean `finetune`") as caught:
        run_file(path, store=tmp_path / "store")
    assert caught.value.compilation.diagnostics
    path.write_text(SPEC, "utf-8")
    with pytest.raises(InputError, match="no executor `dask`"):
        run_file(path, store=tmp_path / "store", executor="dask")
    assert not (tmp_path / "store").exists()
    with pytest.raises(PrerequisiteError, match="holds no run"):
        open_run("last", tmp_path / "nowhere")


def test_failures_are_values(tmp_path: Path) -> None:
    path = tmp_path / "tiny.w2s"
    path.write_text('experiment tiny\na = quick(text: "x")\nb = broken(a)\n', "utf-8")
    made = run_file(path, executor="local", modules=["tests.cli.run_ops"])
    assert made.status == "failed"
    (failure,) = made.failures
    assert failure.address == "b"
    assert failure.error is not None
    assert failure.error["message"] == "there is no salt"


def test_a_spec_reads_nothing_outside_its_project(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the secret of the house\n", "utf-8")
    study = tmp_path / "study"
    study.mkdir()
    (study / "w2sdl.toml").write_text('executor = "local"\n', "utf-8")
    (study / "link.txt").symlink_to(tmp_path / "secret.txt")
    spec = study / "read.w2s"
    spec.write_text('experiment read\np = "link.txt"\nt = text_file(p, origin: "x")\n', "utf-8")
    (failure,) = run_file(spec).failures
    assert failure.error is not None
    secret = tmp_path / "secret.txt"
    said = f"`link.txt` is a link to {secret}, which lies outside the project {study}"
    assert said in failure.error["message"]


def test_what_goes_on_with_a_run_names_its_store_and_its_executor(tmp_path: Path) -> None:
    path = tmp_path / "tiny.w2s"
    path.write_text('experiment tiny\na = quick(text: "x")\n', "utf-8")
    modules, store = ["tests.cli.run_ops"], tmp_path / "store"
    made = run_file(path, executor="local", store=store, modules=modules, keep_going=True)
    words = made.record.info.again["arguments"]
    design = ["run", str(path), "--module", "tests.cli.run_ops"]
    rest = ["--store", str(store), "--executor", "local", "--device", "auto", "--keep-going"]
    assert words == [*design, *rest]
    assert made.record.info.command == " ".join(["w2sdl", *design])
