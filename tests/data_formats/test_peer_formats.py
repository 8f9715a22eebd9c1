"""The peers' formats against a second reading of the reference, on rows of our own."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.data_formats import peer_reading
from tests.data_formats.peer_rows import ROWS, split_rows, splits_of
from tests.ops.helpers_data import Bench, write_jsonl
from w2sdl.errors.graph import BadCombination
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.data.entries import Entry
from w2sdl_runtime.data.peers.eleuther import ELEUTHER
from w2sdl_runtime.data.peers.openai import OPENAI
from w2sdl_runtime.data.peers.order import halves, shuffled
from w2sdl_runtime.data.rows import DropRow, Row
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.formats.eleuther2024 import Eleuther2024
from w2sdl_runtime.variants.formats.openai2024 import OpenAI2024
from w2sdl_runtime.variants.parts import Rest, Take

VECTORS: dict[str, Any] = json.loads(peer_reading.GOLDEN.read_text("utf-8"))
PARTS = {"supervise": Rest(of="D1"), "transfer": Rest(of="D2"), "test": Rest(of="T")}


def form_of(name: str, **more: Any) -> Format:
    peer, _, dataset = name.partition(" ")
    if peer == "openai2024":
        asked = {"seed": 5, "n_docs": 13, "n_test": 7, "defects": "keep"} | more
        return OpenAI2024(dataset=dataset, **asked)  # type: ignore[arg-type]
    asked = {"n_train": 8, "n_val": 2, "n_test": 4, "defects": "keep"} | more
    return Eleuther2024(dataset=dataset, **asked)  # type: ignore[arg-type]


def source(name: str) -> list[Row]:
    """As from a file: equal texts are different objects."""
    read = [(split, json.loads(json.dumps(values))) for split, values in split_rows(name)]
    return [Row(values, f"row {n}", split) for n, (split, values) in enumerate(read)]


def read(form: Format, rows: list[Row]) -> tuple[list[Entry], Counter[str]]:
    make = form.reader(rows, lambda purpose, row: 0)
    entries, dropped = [], Counter[str]()
    for row in rows:
        try:
            entries.append(make(row))
        except DropRow as why:
            dropped[why.reason] += 1
    return entries, dropped


def text_of(entry: Entry) -> str:
    (item,) = entry.items
    return f"{item.prompt} {item.candidate}" if item.candidate else item.prompt


def lines(entries: list[Entry]) -> list[peer_reading.Line]:
    return sorted((e.row.split, int(float(e.items[0].gold)), text_of(e)) for e in entries)


# Exactly the peers' items


def test_the_golden_vectors_are_what_the_second_reading_says() -> None:
    assert peer_reading.vectors() == VECTORS


@pytest.mark.parametrize("name", VECTORS)
def test_texts_labels_and_parts(name: str) -> None:
    entries, dropped = read(form_of(name), source(name.partition(" ")[2]))
    assert peer_reading.vector(lines(entries)) == VECTORS[name]
    assert len(entries) + dropped.total() == 22
    for entry in entries:
        assert (
            entry.items[0].rival == ""
        )  # another answer beside a wrong one would be the right one
        known = json.loads(entry.fields).get("peer_id")
        digest = hashlib.sha1(text_of(entry).encode()).hexdigest()[:8]
        assert known == (digest if name.startswith("eleuther") else None)


def test_all_sets_are_there() -> None:
    assert set(OPENAI) == set(peer_reading.OPENAI)
    assert set(ELEUTHER) == set(ROWS)
    assert len(ELEUTHER) == 25
    for form, sets in ((OpenAI2024, OPENAI), (Eleuther2024, ELEUTHER)):
        assert form.model_fields["dataset"].annotation == Literal[tuple(sets)]
    for name in ROWS:
        assert (ELEUTHER[name].train, ELEUTHER[name].test) == splits_of(name)


def test_shuffles_and_halves_are_those_of_datasets() -> None:
    datasets = pytest.importorskip("datasets")
    for size in (10, 11):
        rows = list(range(size))
        made = datasets.Dataset.from_dict({"n": rows})
        assert shuffled(rows, 3) == list(made.shuffle(seed=3)["n"])
        split = made.train_test_split(test_size=0.5, seed=3)
        assert halves(rows, 3) == (list(split["train"]["n"]), list(split["test"]["n"]))
        fixed = made.train_test_split(test_size=4, seed=3)
        assert halves(rows, 3, 4) == (list(fixed["train"]["n"]), list(fixed["test"]["n"]))


def test_another_seed_is_another_coin_and_another_half() -> None:
    rows = source("sciq")
    one, _ = read(form_of("openai2024 sciq"), rows)
    other, _ = read(form_of("openai2024 sciq", seed=6), rows)
    assert lines(one) != lines(other)
    assert [e.row.split for e in one] != [e.row.split for e in other]


def test_pooled_sets_measure_on_three_thousand_rows() -> None:
    made = [Row(ROWS["sciq"](n), f"row {n}", ("train", "test")[n % 2]) for n in range(3_040)]
    entries, _ = read(form_of("eleuther2024 sciq", n_test=5_000), made)
    sizes = Counter(entry.row.split for entry in entries)
    assert (sizes["V"], sizes["D1"], sizes["D2"]) == (2, 4, 4)
    labels = Counter(entry.items[0].gold for entry in entries if entry.row.split == "T")
    assert labels[1.0] == labels[0.0]
    assert 2_800 < sizes["T"] <= 3_000
    train, test = halves(made, 0, 3_000)
    assert {e.row.place for e in entries if e.row.split == "T"} <= {row.place for row in test}
    assert {e.row.place for e in entries if e.row.split != "T"} <= {row.place for row in train}


# As parts of a data set


def write(folder: Path, name: str) -> None:
    for split in splits_of(name):
        rows = [values for of, values in split_rows(name) if of == split]
        write_jsonl(folder / "set" / f"{split}.jsonl", rows)


def test_parts_are_the_peers(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    write(tmp_path, "sciq")
    form = form_of("openai2024 sciq")
    data = table(bench.context(), "set", format=form, parts=PARTS)
    entries, _ = read(form, source("sciq"))
    for part, split in (("supervise", "D1"), ("transfer", "D2"), ("test", "T")):
        theirs = [e.items[0] for e in entries if e.row.split == split]
        ids = bench.items(data, part).column("item_id")
        golds = dict(zip(ids, bench.golds(data, part), strict=True))
        assert golds == {item.item_id: item.gold for item in theirs}
        fields = json.loads(bench.items(data, part).column("fields")[0])
        assert set(fields) == {"question", "support"}
    assert data.notes["rows_dropped"] == {
        "beyond the first n_docs": 1,
        "beyond the first n_test": 1,
    }


def test_a_part_may_take_some_of_a_half(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    write(tmp_path, "quail")
    parts = {"a": Take(n=2, of="D1"), "v": Take(n=2, of="V")}
    data = table(bench.context(), "set", format=form_of("eleuther2024 quail"), parts=parts)
    assert [data.parts[part].rows for part in ("a", "v")] == [2, 2]


def test_a_passage_beside_the_peers_text_changes_no_item() -> None:
    """Breaks where an item, its coin or its half hangs on what debates may read beside it."""
    plain, _ = read(form_of("openai2024 sciq"), source("sciq"))
    read_by, _ = read(form_of("openai2024 sciq", passage="support"), source("sciq"))
    assert [entry.items for entry in read_by] == [entry.items for entry in plain]
    assert [entry.row.split for entry in read_by] == [entry.row.split for entry in plain]
    assert not any(entry.passage for entry in plain)
    assert [entry.passage for entry in read_by] == [entry.row.text("support") for entry in read_by]
    assert any(entry.passage for entry in read_by)
    with pytest.raises(PrerequisiteError, match="`suport`"):
        read(form_of("openai2024 sciq", passage="suport"), source("sciq"))
    twice = SPEC.format(form='openai2024(dataset: "boolq", passage: "passage")')
    (found,) = Compilation(Source("p.w2s", twice), load_signatures()).diagnostics
    assert "the texts of boolq have their passage" in found.title()


# Known defects


SPEC = """
experiment peers
data d = table("set", format: {form}, parts: {{a: rest(of: "D1"), b: rest(of: "D2")}})
rows = items(d)
"""


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ('eleuther2024(dataset: "openbookqa")', "so its length tells"),
        ('eleuther2024(dataset: "anthropic_hh")', "every model is at chance"),
        ('openai2024(dataset: "anthropic_hh")', "every model is at chance"),
        ('eleuther2024(dataset: "sciq_with_support")', "rows with an empty support"),
    ],
)
def test_known_defects_do_not_compile_unless_they_are_asked_for(form: str, words: str) -> None:
    refused = Compilation(Source("p.w2s", SPEC.format(form=form)), load_signatures())
    (found,) = (d for d in refused.diagnostics if d.level == "error")
    assert isinstance(found, BadCombination)
    assert words in found.reason
    assert 'defects: "keep"' in found.advice
    kept = SPEC.format(form=form.replace(")", ', defects: "keep")'))
    assert Compilation(Source("p.w2s", kept), load_signatures()).graph is not None


@pytest.mark.parametrize(
    ("part", "fact", "advice"),
    [
        ("100", "part `a` would be drawn across D1, D2, V, T", 'a: take(100, of: "D1")'),
        ("take(100)", "part `a` would be drawn across D1, D2, V, T", 'a: take(100, of: "D1")'),
        ("rest()", "part `a` would be drawn across D1, D2, V, T", 'a: rest(of: "D1")'),
        (
            'take(9, of: "train")',
            "part `a` is drawn from the split `train`, and the splits of",
            "D1",
        ),
    ],
)
def test_a_part_names_one_of_the_peers_splits(part: str, fact: str, advice: str) -> None:
    """Breaks where a plain number undoes the peer's halves: D1 would hold rows of D2 and T."""
    text = SPEC.format(form='eleuther2024(dataset: "quail")').replace('rest(of: "D1")', part)
    made = Compilation(Source("p.w2s", text), load_signatures())
    (found,) = (d for d in made.diagnostics if d.level == "error")
    assert isinstance(found, BadCombination)
    assert fact in found.reason
    assert advice in found.advice


def test_a_validation_part_is_of_no_use_to_a_peer_that_has_none() -> None:
    form = 'openai2024(dataset: "sciq")'
    text = SPEC.format(form=form).replace('of: "D1"', 'of: "V"')
    made = Compilation(Source("p.w2s", text), load_signatures())
    (found,) = (d for d in made.diagnostics if d.level == "error")
    assert "the splits of openai2024() are D1, D2, T" in found.title()


def test_a_kept_defect_is_said(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    write(tmp_path, "openbookqa")
    parts = {"a": Rest(of="D1"), "b": Rest(of="D2")}
    table(bench.context(), "set", format=form_of("eleuther2024 openbookqa"), parts=parts)
    assert any("a known defect is kept: the answer is a letter" in s for s in bench.said)
    bench.said.clear()
    write(tmp_path, "quail")
    table(bench.context(), "set", format=form_of("eleuther2024 quail"), parts=parts)
    assert not any("defect" in line for line in bench.said)


def test_base_rates_and_shared_passages_are_said() -> None:
    make = ROWS["boolq"]
    rows = [Row(make(n), f"row {n}", "train") for n in range(300)]
    again = [{**make(n), "question": f"is it blue {n}"} for n in range(60)]
    rows += [Row(values, "again", "train") for values in again]
    rows += [Row(make(n), "t", "validation") for n in range(300, 310)]
    form = OpenAI2024(dataset="boolq")
    entries, _ = read(form, rows)
    said = form.remarks(rows, entries)
    assert any("D1 is not balanced, as in the peer's code: 6" in line for line in said)
    assert any(line.startswith("D1 and D2 share ") and "passages" in line for line in said)
    assert not any("no random sample" in line for line in said)
    few = OpenAI2024(dataset="boolq", n_docs=200)
    assert any("the first 200 rows of `train`" in s for s in few.remarks(rows, entries))


# What can't be read


def test_hidden_labels_and_other_splits() -> None:
    rows = [*source("piqa"), Row({**ROWS["piqa"](99), "label": -1}, "row 99", "validation")]
    with pytest.raises(PrerequisiteError, match="row 99: the label `-1` is none of the 2 options"):
        read(form_of("eleuther2024 piqa"), rows)
    bare = [Row(row.values, row.place) for row in source("sciq")]
    with pytest.raises(PrerequisiteError, match="the split `train`, which this data set") as caught:
        read(form_of("openai2024 sciq"), bare)
    assert "a file for each split: train.jsonl" in caught.value.help
    with pytest.raises(PrerequisiteError, match="the split `dev`") as caught:
        read(form_of("openai2024 sciq", test_split="dev"), source("sciq"))
    assert "its splits are test, train;" in caught.value.help
    moved = [Row(r.values, r.place, r.split.replace("test", "dev")) for r in source("sciq")]
    entries, _ = read(form_of("openai2024 sciq", test_split="dev"), moved)
    assert lines(entries) == lines(read(form_of("openai2024 sciq"), source("sciq"))[0])
    with pytest.raises(PrerequisiteError, match="no column `correct_answer`"):
        read(form_of("openai2024 sciq"), source("boolq"))


def test_two_options_and_no_third() -> None:
    third = {**ROWS["quartz"](3), "choices": {"text": ["a", "b", "c"], "label": ["A", "B", "C"]}}
    rows = [*source("quartz"), Row(third, "row 99", "train")]
    with pytest.raises(PrerequisiteError, match="row 99: 3 options where this data set has two"):
        read(form_of("eleuther2024 quartz"), rows)
    strange = {**ROWS["dream"](3), "answer": "nowhere"}
    with pytest.raises(PrerequisiteError, match="the label `nowhere` is none of `choice`"):
        read(form_of("eleuther2024 dream"), [*source("dream"), Row(strange, "row 99", "train")])


def test_too_many_for_validation() -> None:
    with pytest.raises(PrerequisiteError, match="none are left to train on"):
        read(form_of("eleuther2024 quail", n_val=50), source("quail"))
