"""What rows share by content, whatever their template, part or place."""

from __future__ import annotations

from pathlib import Path

from tests.ops.helpers_data import Bench, quiz, write_jsonl
from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.data.overlap import LEAST_WORDS, Held, Overlap, held_by, shared_rows
from w2sdl_runtime.ops.science_qa import science_qa
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.values import ITEM_COLUMNS, Corpus, Items
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice


def rows(*cells: dict[str, str], part: str = "a") -> Items:
    import pyarrow as pa

    filled = [{"item_id": f"{part}{n}", "group": f"{part}{n}"} | row for n, row in enumerate(cells)]
    names = {name: [row.get(name, "") for row in filled] for name in ITEM_COLUMNS}
    return Items(pa.table({name: pa.array(cells, pa.string()) for name, cells in names.items()}))


def test_texts_are_compared_without_case_marks_and_blanks() -> None:
    one = rows({"prompt": "What is  a fox?", "candidate": "An animal."})
    other = rows(
        {"prompt": "what is a fox", "candidate": "an ANIMAL"}, {"prompt": "else"}, part="b"
    )
    assert shared_rows(one, other) == Overlap(0, 1, 0, 0, "What is  a fox? An animal.")
    assert shared_rows(one, other).text() == "1 text"
    assert not shared_rows(one, rows({"prompt": "What is a fox?"}, part="b"))


def test_passages_and_groups() -> None:
    one = rows({"prompt": "p", "passage": "Foxes bark."}, {"passage": "x"}, {"passage": "x"})
    other = rows({"prompt": "q", "passage": "foxes bark"}, {"passage": "x"}, part="b")
    found = shared_rows(one, other)
    assert found == Overlap(0, 0, 2, 0, "Foxes bark.")
    assert found.text() == "2 passages"
    grouped = shared_rows(rows({"group": "g"}), rows({"group": "g"}, part="b"))
    assert (bool(grouped), grouped.text()) == (True, "1 group")
    assert not shared_rows(rows({"group": ""}), rows({"group": ""}, part="b"))


def test_a_row_is_known_under_another_template_in_another_data_set(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    write_jsonl(tmp_path / "one.jsonl", quiz(20))
    write_jsonl(tmp_path / "two.jsonl", quiz(20, 15))
    form = MultipleChoice(prompt="{{ question }}")
    one = table(bench.context(), "one.jsonl", format=MultipleChoice(), parts={"x": 40})
    two = table(bench.context(), "two.jsonl", format=form, parts={"y": 40})
    found = shared_rows(bench.items(one, "x"), bench.items(two, "y"))
    assert (found.items, found.texts, found.passages) == (10, 0, 5)
    assert found.text() == "10 items and 5 passages"


def test_what_a_corpus_holds_word_for_word() -> None:
    items = rows(
        {"prompt": "Question: where does the fox live?", "candidate": "in a den"},
        {"prompt": "Question: where does the fox live?", "candidate": "at sea"},
        {"prompt": "too short"},
    )
    told = "Some say: question -- where does the FOX live? In a den. And more."
    text = "Question: where does the fox live? in a den"
    assert held_by(Corpus([told]), items) == Held(1, 2, text)
    apart = ["Question: where does the fox live?", "in a den"]
    assert held_by(Corpus(apart), items) == Held(0, 2)
    assert held_by(Corpus([]), items) == Held(0, 2)
    assert LEAST_WORDS > 2


def test_the_embedded_corpus_holds_no_item(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    data = science_qa(bench.context("science_qa"), parts={"supervise": 400, "test": 600})
    corpus = open_as(bench, data.corpus, Corpus)
    for part in data.parts:
        items = bench.items(data, part)
        assert held_by(corpus, items) == Held(0, len(items))
    asked = Corpus([*corpus.documents, items.texts()[7]])
    assert held_by(asked, items).found == 1
