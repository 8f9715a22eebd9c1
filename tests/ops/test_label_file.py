"""`label_file`: rows find their items by key, and whatever doesn't fit is counted and placed."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from helpers_data import quiz, write_jsonl
from workbench import make_items

from w2sdl.draw.design import design_of
from w2sdl.pipeline import Compilation
from w2sdl.roles import find_roles
from w2sdl.source import Source
from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.data.named_classes import chances_of, retold
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.label_file import label_file
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.report.words import sentences
from w2sdl_runtime.runs.exporting import _export_table
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import Items
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice
from w2sdl_runtime.variants.origins import Human, OfModel


def some(bench, count=3):
    rows = [{"prompt": f"p{n}", "candidate": f"c{n}"} for n in range(count)]
    return bench.keep(make_items(rows))


def read(bench, rows, items=None, **asked):
    write_jsonl(bench.root / "labels.jsonl", rows)
    given = {"file": "labels.jsonl", "origin": Human()} | asked
    return bench.run(label_file, items or some(bench), **given)


def refusal(bench, rows, **asked):
    with pytest.raises(PrerequisiteError) as caught:
        read(bench, rows, **asked)
    assert caught.value.help
    return caught.value.message


def by_id(*values, **more):
    return [{"item_id": f"train-{n}", "value": v, **more} for n, v in enumerate(values)]


def classed(second):
    """Three rows of class `a`, the second of which says these probabilities."""
    rows = [{"item_id": f"train-{n}", "text": "a", "probabilities": {"a": 1.0}} for n in range(3)]
    return [rows[0], rows[1] | {"probabilities": second}, rows[2]]


def test_rows_find_their_items_in_any_order(bench):
    items = some(bench)
    labels = read(bench, by_id(0.25, 1, True)[::-1], items, origin=OfModel(name="a 7B"))
    assert labels.table.column("value").to_pylist() == [0.25, 1.0, 1.0]
    assert labels.table.column("item_id").to_pylist() == items.column("item_id")
    assert labels.table.column("weight").to_pylist() == [1.0] * 3
    assert (labels.items, labels.label_kind) == (items.digest, "soft")
    assert labels.origin == "imported: the model a 7B"


def test_weights_and_drops_of_the_file(bench):
    rows = by_id(0.25, 0.5, 0.75)
    rows[0] |= {"weight": 2, "keep": False}
    table = read(bench, rows, columns={"value": ["value"]}).table
    assert table.column("weight").to_pylist() == [2.0, 1.0, 1.0]
    assert table.column("keep").to_pylist() == [False, True, True]


def test_hard_and_text_labels(bench):
    hard = read(bench, by_id("Yes", 0, "false"), kind="hard")
    assert hard.table.column("value").to_pylist() == [1.0, 0.0, 0.0]
    rows = [{"item_id": f"train-{n}", "answer": f"a{n}"} for n in range(3)]
    words = read(bench, rows, kind="text", columns={"text": ["answer"]})
    assert words.table.column("text").to_pylist() == ["a0", "a1", "a2"]
    assert words.table.column("value").null_count == 3


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_classes_come_back_with_their_probabilities(bench, form):
    """What `export` writes names the classes: else a soft label would come back as a certain one."""
    items = some(bench)
    chances = np.asarray([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.25, 0.5, 0.25]])
    words = [{"item_id": i, "text": w} for i, w in zip(items.column("item_id"), "acb", strict=True)]
    plain = read(bench, words, items, kind="text")
    told = bench.keep(retold(plain, chances, ("a", "b", "c")))
    _export_table(told, bench.root / f"out.{form}")
    back = read(bench, [], items, file=f"out.{form}", kind="text")
    assert back.classes == ("a", "b", "c")
    assert chances_of(back).tolist() == chances.tolist()
    assert plain.classes == ()


def test_preferences_come_back_as_what_they_are(bench):
    pairs = [{"prompt": f"p{n}", "candidate": "yes", "rival": f"no{n}"} for n in range(3)]
    items = bench.keep(make_items(pairs))
    said = read(bench, by_id(0.9, 0.2, 0.5), items, kind="pairwise")
    assert said.label_kind == "pairwise"
    _export_table(bench.keep(said), bench.root / "out.jsonl")
    back = read(bench, [], items, file="out.jsonl", kind="pairwise", key=["prompt", "rival"])
    assert back.table.column("value").to_pylist() == [0.9, 0.2, 0.5]


def test_keys_of_the_source_rows_and_a_csv(bench):
    write_jsonl(bench.root / "rows.jsonl", quiz(10))
    data = bench.run(table, "rows.jsonl", format=MultipleChoice(), parts={"a": 20})
    items = open_as(bench.store, data.parts["a"].items, Items)
    texts = list(zip(items.column("prompt"), items.column("candidate"), strict=True))
    with (bench.root / "weak.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["q", "answer", "p"])
        for prompt, candidate in texts:
            asked = prompt.removeprefix("Question: ").removesuffix(" Answer:")
            writer.writerow([f"  {asked} ", candidate, len(candidate) / 10])
    key, columns = (
        ["question", "candidate"],
        {"question": ["q"], "candidate": ["answer"], "value": ["p"]},
    )
    labels = read(bench, [{}], items, file="weak.csv", key=key, columns=columns)
    assert labels.table.column("value").to_pylist() == [len(c) / 10 for _, c in texts]
    assert "names 2 items, and 10 of 10 keys name more than one" in refusal(
        bench, [{}], items=items, file="weak.csv", key=["question"], columns={"question": ["q"]}
    )


def test_missing_rows(bench):
    assert '1 of 3 items have no row in `labels.jsonl` (first: train-2, "p2 c2")' in refusal(
        bench, by_id(0.5, 0.5)
    )
    labels = read(bench, by_id(0.5, 0.5), missing="drop")
    assert labels.table.column("keep").to_pylist() == [True, True, False]
    assert labels.table.column("value").to_pylist() == [0.5, 0.5, None]
    assert "1 of 3 items have no row in `labels.jsonl`: dropped" in bench.logs[-1]


def test_extra_and_repeated_rows(bench):
    rows = by_id(0.5, 0.5, 0.5, 0.5)
    assert (
        "1 of 4 rows of `labels.jsonl` belong to no item here (first: `labels.jsonl`, line 4)"
        in (refusal(bench, rows))
    )
    assert len(read(bench, rows, extra="leave_out").table) == 3
    assert "1 of 4 rows of `labels.jsonl` belong to no item here: left out" in bench.logs[-1]
    assert "`labels.jsonl`, line 4 repeats `labels.jsonl`, line 2" in refusal(
        bench, [*rows[:3], rows[1]]
    )
    assert "no row of `labels.jsonl` belongs to an item" in refusal(
        bench, [{"item_id": "x", "value": 1}], extra="leave_out"
    )


@pytest.mark.parametrize(
    ("rows", "asked", "said"),
    [
        (by_id(0.5, 1.5, 0.5), {}, "line 2: the label '1.5' is not a probability"),
        (by_id(0.5, None, 0.5), {}, "line 2: the label '' is not a probability"),
        (by_id(1, 0.5, 0), {"kind": "hard"}, "line 2: the label '0.5' is not 0 or 1"),
        (by_id(1, 1, 1, weight=-1), {}, "line 1: the weight '-1' is not a number from 0 up"),
        (by_id(1, 1, 1, keep="maybe"), {}, "line 1: `keep` is 'maybe'"),
        (by_id(1, 1, 1, text=" "), {"kind": "text"}, "line 1: `text` is empty"),
        (by_id(1, 1, 1), {"key": ["topic"]}, "there is no column `topic`"),
        ([{"item_id": f"train-{n}", "label": 1} for n in range(3)], {}, "no column `value`"),
        (by_id(1, 1, 1), {"kind": "text"}, "there is no column `text`"),
        (classed({"a": 0.9, "b": 0.3}), {"kind": "text"}, "line 2: `probabilities` is no distrib"),
        (classed({"a": "x"}), {"kind": "text"}, "line 2: `probabilities` is no distribution"),
        (classed([0.5, 0.5]), {"kind": "text"}, "line 2: `probabilities` is no distribution"),
        (
            classed({"a": 0.3, "b": 0.7}),
            {"kind": "text"},
            "line 2: `text` is `a`, which is not the",
        ),
        (classed(None), {"kind": "text"}, "line 2: no `probabilities`, and other rows have some"),
        (by_id(1, 1, 1), {"columns": {"value": ["p"]}}, "there is no column `p`"),
        (
            [{"item_id;value": f"train-{n};1"} for n in range(3)],
            {},
            "a single one, `item_id;value`",
        ),
    ],
)
def test_what_is_no_label_is_refused_with_its_line(bench, rows, asked, said):
    assert said in refusal(bench, rows, **asked)


def test_they_train_like_any_other(tiny):
    rows = [
        {"item_id": item, "value": value}
        for item, value in zip(tiny.train.column("item_id"), [0.0, 1.0] * 26, strict=True)
    ][:50]
    labels = read(tiny.bench, rows, tiny.train, missing="drop")
    student = tiny.bench.run(finetune, tiny.model, labels, seed=0)
    assert student.facts["rows"] == {"used": 50, "dropped": 2} | {
        name: student.facts["rows"][name] for name in ("steps", "truncated")
    }


def test_the_signature_says_what_its_maker_saw():
    ports = {port.name: port for port in load_signatures().ops["label_file"].ports}
    assert ports["saw"].optional
    assert ports["saw"].channel == "saw"
    assert list(ports) == ["items", "saw"]


def test_the_report_says_who_made_what_came_from_files():
    text = """
experiment imported
data qa = science_qa(parts: {transfer: 20, test: 20})
S = pretrain(corpus(qa), layers: 1, width: 8, steps: 1)
student = finetune(S, label_file(qa.transfer, "a.jsonl", origin: human(by: "two annotators")))
judge = predictor_folder("judge", origin: model(name: "DeBERTa"))
T = transcript_file(qa.test, "t.jsonl", origin: human())
"""
    graph = Compilation(Source("imported.w2s", text), load_signatures()).graph
    assert graph is not None
    results = Results(graph, {}, Store(Path("nowhere")))
    said = {s.name: s.text for s in sentences(graph, design_of(graph), find_roles(graph), results)}
    stated = "S trained on labels from a file, stated to be by people (two annotators)"
    assert said["student"] == stated
    assert said["judge"] == "a classifier from a folder, stated to be by a model (DeBERTa)"
    assert said["T"] == "what people said of qa.test, from a file"


def test_a_misspelled_column_is_told_and_others_are_not(bench):
    """Breaks when weights of a file were ignored without a word."""
    rows = by_id(0.25, 0.5, 0.75, wieght=2, annotator="x", prompt="p")
    assert read(bench, rows).table.column("weight").to_pylist() == [1.0] * 3
    (said,) = [line for line in bench.logs if "nothing reads" in line]
    assert said.endswith(
        "nothing reads the column `wieght` of `labels.jsonl`: if `weight` is meant, "
        'columns: {weight: "wieght"} says so'
    )


def test_a_column_beside_the_one_that_is_read_is_not_told(bench):
    read(bench, by_id(0.25, 0.5, 0.75, weight=1, weights=2))
    assert not any("nothing reads" in line for line in bench.logs)
