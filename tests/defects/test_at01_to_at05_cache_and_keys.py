"""AT-01 to AT-05: what a cache reused wrongly, or lost, in peers' code; end to end, on a real store."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from tests.defects.study import Study, changed, executed, files_of, graph_of
from w2sdl.graph import Graph

TEACHING = {"teacher", "y", "student", "label(teacher, d.test)", "label(student, d.test)"}
RATIO = "recovered.pgr(weak: teacher, student: student, ceiling: ceiling, over: seed)"
NUMBERS = {"scores.accuracy(teacher)", "scores.accuracy(student)", RATIO}
OF_STUDENT = {"student", "label(student, d.test)", "scores.accuracy(student)", RATIO}
OF_CEILING = {"ceiling", "label(ceiling, d.test)", "scores.accuracy(ceiling)", RATIO}

#: What is cut anew from other data, and found to be what it was: nothing is trained on it again.
CUT = {"d", "d.supervise", "d.test", "corpus(d)"}


def digests(graph: Graph, run_nodes: object) -> dict[str, str]:
    nodes: dict[str, object] = dict(run_nodes)  # type: ignore[call-overload]
    return {graph.nodes[id_].address: entry.digest for id_, entry in nodes.items()}  # type: ignore[attr-defined]


def test_at01_a_rerun_changes_nothing(study: Study) -> None:
    """openai/weak-to-strong: a rerun read the saved weights, applied none of them, and overwrote
    the weak labels with 0.5. Broken by anything that runs, or writes, a second time."""
    before = files_of(study.store)
    again = study.run()
    assert again.status == "done"
    assert executed(again) == set()
    assert files_of(study.store) == before


def test_at01_saved_weights_answer_as_the_trained_ones_did(study: Study, tmp_path: Path) -> None:
    """The same defect one step on: labels made anew by a model that was loaded, not trained.
    Broken by weights that are not saved in full, or are loaded and not used."""
    first = study.run()
    copy = study.copy(tmp_path / "copy")
    kept = digests(first.graph, first.nodes)
    for id_, entry in first.nodes.items():
        if first.graph.nodes[id_].op == "label":  # forget what the models said; keep the models
            shutil.rmtree(copy.store / "keys" / entry.key)
    again = copy.run()
    said = {name for name in kept if name.startswith(("label(", "y["))}
    assert {name.split("[")[0] for name in said} <= executed(again)
    assert not {"W", "S", "teacher", "student", "ceiling"} & executed(again)
    assert digests(again.graph, again.nodes) == kept
    weak = again.labels("y[seed=0]").column("value").to_pylist()
    assert len(set(weak)) > 10, "weak labels differ from row to row"


@pytest.mark.parametrize(
    ("old", "new", "anew"),
    [
        ("axis seed = 0..1", "axis seed = 0..2", TEACHING | NUMBERS | OF_CEILING),
        ("student = Ψ(S, y,", "student = Ψ(S, y, train: {epochs: 3},", OF_STUDENT),
        ("ceiling = Ψ(S, gold(d.transfer),", "ceiling = Ψ(S, gold(d.transfer), train: {epochs: 3},",
         OF_CEILING),
        ("transfer: 40", "transfer: 48",
         CUT | {"d.transfer", "gold(d.transfer)", "items(d.transfer)", "y"} | OF_STUDENT | OF_CEILING),
    ],
    ids=["another seed", "epochs of the student", "epochs of the ceiling", "more rows"],
)  # fmt: skip
def test_at02_a_change_runs_exactly_what_it_reaches(
    study: Study, old: str, new: str, anew: set[str]
) -> None:
    """openai/weak-to-strong: the folder of the weak labels was named by the models only, so another
    seed, n_docs or epochs read the old ones. Broken by a key that leaves one of these out; and by one
    that takes in too much, which shows here as results computed twice."""
    assert executed(study.run((old, new), name="at02.w2s")) == anew


def test_at02_old_seeds_are_not_drawn_again(study: Study) -> None:
    """The same: of three seeds where two are stored, only the third is trained."""
    run = study.run(("axis seed = 0..1", "axis seed = [0, 1, 7]"), name="at02.w2s")
    nodes = run.graph.nodes
    trained = {nodes[i].address for i, e in run.nodes.items() if e.action == "executed"}
    assert {name for name in trained if "student" in name and "seed" in name} >= {"student[seed=7]"}
    assert not any("seed=0" in name or "seed=1" in name for name in trained)


def test_at03_another_weak_model_teaches_anew_and_the_ceiling_stays(study: Study) -> None:
    """EleutherAI/w2s: the shared folder was named by the data set only, so the labels of one weak
    model taught the students of another. Broken by a key of labels without who gave them."""
    run = study.run(("width: 8", "width: 12"), name="at03.w2s")
    assert executed(run) == {"W"} | TEACHING | NUMBERS
    ceiling = run.table("scores").to_pylist()[4:]
    before = study.run().table("scores").to_pylist()[4:]
    assert [row["digest"] for row in ceiling] == [row["digest"] for row in before]


def test_at04_the_content_of_a_file_is_in_the_key(tmp_path: Path) -> None:
    """automated-w2s: keys held the name of a data file. Broken where a row may change unseen; and
    where the file's name or place is in the key, so that a copy elsewhere computes all of it anew."""
    rows = [{"text": f"number {n} is good", "label": n % 2} for n in range(40)]
    spec = 'experiment e\ndata d = table("rows.jsonl", parts: {a: 20, b: 10})\ni = items(d.a)\n'
    study = Study(tmp_path)

    def run(name: str) -> set[str]:
        from w2sdl_runtime.running import run_file

        (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
        (tmp_path / name).write_text(spec, "utf-8")
        return executed(run_file(tmp_path / name, executor="local", store=study.store))

    assert run("one.w2s") == {"d", "d.a", "i"}
    assert run("another.w2s") == set()
    rows[0]["text"] = "number 0 is fine"
    assert "d" in run("one.w2s")


def test_at05_no_part_of_a_key_is_cut_off(study: Study) -> None:
    """openai/weak-to-strong and its forks: keys were made of the initials of names and four letters
    of each word (`n_train_docs` and `n_test_docs`: both `ntd`). Broken by any key that is not the hash of
    all that it stands for, or by a folder named by less than the hash."""
    for place in (study.store / "keys").iterdir():
        record = json.loads((place / "key.json").read_text("utf-8"))
        text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert place.name == hashlib.sha256(f"w2sdl.key.1\n{text}".encode()).hexdigest()
    like = [
        changed(("supervise: 40", f"n_{word}_docs: 40, supervise: 40"))
        for word in ("train", "test")
    ]
    ids = [{node.id for node in graph_of(text).nodes.values() if node.name == "d"} for text in like]
    assert not ids[0] & ids[1]
