"""AT-09, AT-13 and AT-16: what is measured: the same rows for all, rows not learned from, whole texts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import w2sdl
from tests.defects.study import changed
from tests.defects.worlds import letters, model_folder, words
from w2sdl_runtime.running import run_file
from w2sdl_runtime.runs.results import Run

ROWS = [
    {"text": f"number {n} is {'good' if n % 2 else 'bad'} {'so ' * (n % 5)}!", "label": n % 2}
    for n in range(120)
]

SPEC = """
experiment e
data raw = table("rows.jsonl", parts: {supervise: 30, transfer: 30, test: 30})
weak   W = model("by_letters")
strong S = model("by_words")
d = FITS
teacher = finetune(W, gold(d.supervise), train: {epochs: 1, max_length: 24})
student = Ψ(S, label(teacher, d.transfer), train: {epochs: 1, max_length: 24})
ceiling = Ψ(S, gold(d.transfer), train: {epochs: 1, max_length: 24})
measure scores = accuracy(teacher, student, ceiling) on d.test
measure recovered = pgr(weak: teacher, student: student, ceiling: ceiling) on d.test
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("at09")
    (made / "rows.jsonl").write_text("\n".join(map(json.dumps, ROWS)), "utf-8")
    model_folder(made / "by_letters", letters(), "letters")
    model_folder(made / "by_words", words([str(row["text"]) for row in ROWS]), "words")
    return made


def run(folder: Path, name: str, **changes: str) -> Run:
    text = SPEC
    for old, new in changes.items():
        text = text.replace(old, new)
    path = folder / f"{name}.w2s"
    path.write_text(text, "utf-8")
    done = run_file(path, executor="local", store=folder / "store")
    assert done.status == "done", [entry.error for entry in done.failures]
    return done


def scored(done: Run) -> dict[str, list[str]]:
    """The ids of the rows that each arm is scored on."""
    return {
        row["of"]: done.rows(row["address"]).column("item_id").to_pylist()
        for row in done.table("scores").to_pylist()
    }


def warned(done: Run) -> dict[str, list[str]]:
    nodes = done.graph.nodes
    return {nodes[id_].name: list(entry.warnings) for id_, entry in done.nodes.items()}


def test_at09_rows_that_do_not_fit_are_left_out_for_all_arms_alike(folder: Path) -> None:
    """openai/weak-to-strong: rows with too many tokens were dropped by each model's own tokenizer,
    uncounted, so weak, student and ceiling were measured on different rows. Broken by a filter for
    one model, by a row that is cut unseen, and by a drop that nobody counts."""
    done = run(folder, "fitted", FITS="fits(raw, [W, S], max_length: 24)")
    ids = scored(done)
    assert ids["teacher"] == ids["student"] == ids["ceiling"]
    kept = done.rows("items(d.test)").to_pylist()
    assert 0 < len(kept) < 30
    assert all(len(row["prompt"]) <= 24 for row in kept), "also for those that read words"
    said = "\n".join(warned(done)["d"])
    assert f"part `test`: {30 - len(kept)} of 30 rows are left out for all models alike" in said
    assert f"model by model, {30 - len(kept)}, 0" in said
    others = [text for name, texts in warned(done).items() if name != "d" for text in texts]
    assert not any("were cut" in text for text in others)


def test_at09_without_it_all_rows_are_measured_and_the_cuts_are_told(folder: Path) -> None:
    """The same: no arm drops a row of its own accord, and what one reads in part is in the report."""
    from w2sdl_runtime.report.render import render_report

    done = run(folder, "cut", FITS="raw")
    ids = scored(done)
    assert len(ids["teacher"]) == 30
    assert ids["teacher"] == ids["student"] == ids["ceiling"]
    cut = [text for text in warned(done)["label(teacher, d.test)"] if "rows were cut to 24" in text]
    assert cut
    assert "fits(data, [models])" in cut[0]
    assert not any("were cut" in text for text in warned(done)["label(student, d.test)"])
    record = json.loads((done.folder / "run.json").read_text("utf-8"))
    nodes = {id_: entry.model_dump(mode="json") for id_, entry in done.nodes.items()}
    page = render_report(record, done.graph, nodes, done.store)
    assert cut[0].split(":")[0] in page


@pytest.mark.parametrize(
    "change",
    [
        ("student = Ψ(S, y,", "student = Ψ(S, y, stop: agreeing(gold(d.test)),"),
        ("student = Ψ(S, y,", "student = Ψ(S, y, stop: agreeing(label(teacher, d.test)),"),
        ("gold(d.supervise)", "concat(gold(d.supervise), gold(d.test))"),
    ],
    ids=["best step by gold", "best step by labels", "trained on"],
)
def test_at13_measured_rows_choose_nothing(change: tuple[str, str]) -> None:
    """co-supervised learning: the epoch that did best on the test set was reported. Broken by any way
    from measured rows to what is measured: it must not compile."""
    told = w2sdl.compile_text(changed(change))
    assert told.graph is None
    assert "W2S0602" in {d.code for d in told.diagnostics}, [d.code for d in told.diagnostics]


def test_at16_a_text_with_exclamation_marks_is_read_to_its_end(folder: Path) -> None:
    """openai/weak-to-strong: id 0 is "!" in GPT-2 and was taken for padding, so a text was read out one
    token early for each "!" (index 2 where 3 is right). Broken by lengths that are counted off token
    ids; only a mask, or the rows themselves, know where a text ends."""
    import torch

    texts = ["no! no! no", "no!", "wow!!! !", "a longer text than all others", "!!!", "ab"]
    rows = [{"text": text, "label": n % 2} for n, text in enumerate(texts)]
    (folder / "marks.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    path = folder / "marks.w2s"
    path.write_text(
        'experiment e\ndata d = table("marks.jsonl", parts: {all: 6})\n'
        'W = model("by_letters")\nh = embed(W, items(d.all), pooling: "last")\n'
        'm = embed(W, items(d.all), pooling: "mean")\n',
        "utf-8",
    )
    done = run_file(path, executor="local", store=folder / "store")
    from transformers import GPT2LMHeadModel

    body = GPT2LMHeadModel.from_pretrained(folder / "by_letters").base_model
    known = letters()
    shown = {row["item_id"]: row["prompt"] for row in done.rows("items(d.all)").to_pylist()}
    last, mean = (
        {row["item_id"]: row["state"] for row in done.rows(name).to_pylist()} for name in "hm"
    )
    assert last.keys() == shown.keys()
    for item, text in shown.items():
        ids = torch.tensor([[known[letter] for letter in text]])  # alone: no padding at all
        with torch.inference_mode():
            alone = body(ids).last_hidden_state[0]
        np.testing.assert_allclose(last[item], alone[-1], atol=1e-5)
        np.testing.assert_allclose(mean[item], alone.mean(0), atol=1e-5)
