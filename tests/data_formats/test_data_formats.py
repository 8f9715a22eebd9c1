"""Formats: what an item holds, what stays out of sight, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.ops.helpers_data import quiz, reviews
from w2sdl_runtime.data.entries import Entry
from w2sdl_runtime.data.rows import DropRow, Row, rename_columns
from w2sdl_runtime.op import PrerequisiteError, stream_seed
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.formats.binary import Binary
from w2sdl_runtime.variants.formats.choices import Choices
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice


def rows_from(values: Sequence[dict[str, Any]]) -> list[Row]:
    return [Row(row, f"row {number}") for number, row in enumerate(values, start=1)]


def read(form: Format, values: Sequence[dict[str, Any]], draw: int = 0) -> list[Entry]:
    rows = rows_from(values)
    make = form.reader(rows, lambda purpose, row: stream_seed(draw, purpose, row))
    return [make(row) for row in rows]


def refusal(form: Format, values: Sequence[dict[str, Any]]) -> PrerequisiteError:
    with pytest.raises(PrerequisiteError) as caught:
        read(form, values)
    assert caught.value.help
    return caught.value


def drop_reason(form: Format, row: dict[str, Any]) -> str:
    rows = rows_from([row])
    with pytest.raises(DropRow) as caught:
        form.reader(rows, lambda purpose, row: 0)(rows[0])
    return caught.value.reason


# Multiple choice


def test_a_question_gives_the_truth_and_one_wrong_answer() -> None:
    for entry in read(MultipleChoice(), quiz(20)):
        right, wrong = entry.items
        row = entry.row.values
        assert (right.gold, wrong.gold) == (1.0, 0.0)
        assert right.candidate == wrong.rival == row["correct_answer"]
        assert wrong.candidate == right.rival
        assert wrong.candidate in [row[f"distractor{n}"] for n in (1, 2, 3)]
        assert right.prompt == wrong.prompt == f"Question: {row['question']} Answer:"
        assert entry.passage == row["support"]


def test_the_wrong_answer_is_drawn_by_row() -> None:
    rows = quiz(60)
    drawn = {entry.items[1].candidate[0] for entry in read(MultipleChoice(), rows)}
    assert drawn == {"x", "y", "z"}
    one_by_one = [read(MultipleChoice(), [row])[0].items for row in rows]
    assert [entry.items for entry in read(MultipleChoice(), rows)] == one_by_one
    assert [e.items for e in read(MultipleChoice(), rows, draw=1)] != one_by_one


def test_fields_show_no_gold() -> None:
    (entry,) = read(MultipleChoice(), quiz(1))
    fields = json.loads(entry.fields)
    assert set(fields) == {"question", "support", "topic", "options"}
    assert sorted(fields["options"]) == ["w0", "x0", "y0", "z0"]
    (nested,) = read(
        Choices(), [{"question": "q", "choices": {"text": ["a", "b"]}, "answerKey": "B", "id": 3}]
    )
    assert set(json.loads(nested.fields)) == {"question", "id", "options"}


def test_options_stand_in_no_telling_order() -> None:
    entries = read(MultipleChoice(), quiz(400))
    places = [json.loads(entry.fields)["options"].index(f"w{n}") for n, entry in enumerate(entries)]
    assert all(70 < places.count(place) < 130 for place in range(4))


def test_item_ids_come_from_row_and_candidate_only() -> None:
    plain = read(MultipleChoice(), quiz(5))
    dressed = read(MultipleChoice(prompt="Q: {{ question }} ({{ options | join(', ') }})"), quiz(5))
    open_book = read(MultipleChoice(show_passage=True), quiz(5))
    ids = [item.item_id for entry in plain for item in entry.items]
    assert ids == [item.item_id for entry in dressed for item in entry.items]
    assert ids == [item.item_id for entry in open_book for item in entry.items]
    assert len(set(ids)) == 10
    assert all(len(i) == 16 for i in ids)
    assert ids[0] == "95b7fdf2b7004dbc"  # pinned: a change orphans every label made elsewhere
    renamed = [{"q" if k == "question" else k: v for k, v in row.items()} for row in quiz(5)]
    assert ids == [i.item_id for e in read(MultipleChoice(question="q"), renamed) for i in e.items]


def test_pairs_take_different_wrong_answers() -> None:
    (entry,) = read(MultipleChoice(pairs=3), quiz(1))
    assert [item.gold for item in entry.items] == [1.0, 0.0] * 3
    assert {item.candidate for item in entry.items} == {"w0", "x0", "y0", "z0"}
    assert len({item.item_id for item in entry.items}) == 6
    assert drop_reason(MultipleChoice(pairs=4), quiz(1)[0]) == "too few wrong answers"


def test_coin() -> None:
    entries = read(MultipleChoice(balance="coin"), quiz(400))
    assert {len(entry.items) for entry in entries} == {1}
    assert 160 < sum(entry.items[0].gold for entry in entries) < 240
    assert not MultipleChoice(balance="coin").balanced
    assert "no effect" in refusal(MultipleChoice(balance="coin", pairs=2), quiz(1)).message


def test_open_book() -> None:
    (entry,) = read(MultipleChoice(show_passage=True), quiz(1))
    assert entry.items[0].prompt.startswith("Passage: Some say that 0 is followed. Question: What")
    placed = MultipleChoice(show_passage=True, prompt="{{ question }} Look: {{ passage }}")
    (entry,) = read(placed, quiz(1))
    assert entry.items[0].prompt == "What follows 0? Look: Some say that 0 is followed."
    assert (
        drop_reason(MultipleChoice(show_passage=True), quiz(1)[0] | {"support": " "})
        == "empty passage"
    )
    assert len(read(MultipleChoice(), [quiz(1)[0] | {"support": ""}])[0].items) == 2


def test_passage_column_may_only_be_missing_by_default() -> None:
    bare = [{k: v for k, v in row.items() if k != "support"} for row in quiz(2)]
    assert read(MultipleChoice(), bare)[0].passage == ""
    assert "no column `support`" in refusal(MultipleChoice(show_passage=True), bare).message
    assert "no column `text`" in refusal(MultipleChoice(passage="text"), quiz(1)).message
    assert (
        "no column of passages"
        in refusal(MultipleChoice(passage="", show_passage=True), quiz(1)).message
    )
    assert "no column of passages" in refusal(Choices(show_passage=True), quiz(1)).message


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"distractor2": "w0"}, "a wrong answer equals the right one"),
        ({"distractor2": " w0  "}, "a wrong answer equals the right one"),
        ({"question": ""}, "empty question or answer"),
        ({"correct_answer": None}, "empty question or answer"),
        ({"distractor1": "", "distractor2": None, "distractor3": ""}, "too few wrong answers"),
    ],
)
def test_dropped_questions(change: dict[str, Any], reason: str) -> None:
    whole = quiz(1)[0]
    rows = rows_from([whole | change, whole])
    make = MultipleChoice().reader(rows, lambda purpose, row: 0)
    with pytest.raises(DropRow) as caught:
        make(rows[0])
    assert caught.value.reason == reason


def test_case_tells_answers_apart() -> None:
    (entry,) = read(MultipleChoice(), [quiz(1)[0] | {"correct_answer": "mW", "distractor1": "MW"}])
    assert json.loads(entry.fields)["options"].count("MW") == 1


def test_wrong_types_and_columns() -> None:
    number = refusal(MultipleChoice(), [*quiz(2), quiz(1)[0] | {"correct_answer": 7}])
    assert number.message == "row 3: `correct_answer` is a number (7), not text"
    listed = refusal(MultipleChoice(), [quiz(1)[0] | {"question": ["a"]}])
    assert "`question` is a list, not text" in listed.message
    near = refusal(MultipleChoice(correct="corect_answer"), quiz(2))
    assert near.message == "there is no column `corect_answer`"
    assert "did you mean `correct_answer`" in near.help
    inner = refusal(
        Choices(options=["choices.texts"]), [{"question": "q", "choices": {"text": ["a"]}}]
    )
    assert "`choices.text`" in inner.help


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ correct }}", "names `correct`, which it can't see"),
        ("{{ question }} {{ correct_answer }}", "names `correct_answer`, which it can't see"),
        ("{{ question", "can't be used"),
        ("{{ question.__class__.__mro__ }}", "can't be used"),
        ("{{ question / 2 }}", "can't be used"),
        ("{{ passage }} {{ question }}", "the format shows none"),
    ],
)
def test_templates_that_are_refused(template: str, words: str) -> None:
    assert words in refusal(MultipleChoice(prompt=template), quiz(1)).message


# Lists of options


def choice(answer: Any, **more: Any) -> dict[str, Any]:
    return {"question": "q", "choices": {"text": ["a", "b", "c"]}, "answerKey": answer, **more}


@pytest.mark.parametrize(
    ("answer", "right"), [("A", "a"), ("C", "c"), (1, "b"), ("2", "c"), ("b", "b")]
)
def test_answers_by_letter_place_and_text(answer: Any, right: str) -> None:
    (entry,) = read(Choices(), [choice(answer)])
    assert entry.items[0].candidate == right


def test_answers_by_label() -> None:
    row = choice("1")
    row["choices"]["label"] = ["1", "2", "3"]
    (entry,) = read(Choices(labels="choices.label"), [row])
    assert entry.items[0].candidate == "a"
    row["choices"]["label"] = ["1", "2"]
    assert "3 options, but 2 labels" in refusal(Choices(labels="choices.label"), [row]).message


def test_options_in_columns() -> None:
    rows = [{"question": "q", "a0": "yes", "a1": "no", "label": 1}]
    (entry,) = read(Choices(options=["a0", "a1"], answer="label"), rows)
    assert [item.candidate for item in entry.items] == ["no", "yes"]


@pytest.mark.parametrize("answer", ["D", 3, "nothing", "", None, -1])
def test_unknown_answers(answer: Any) -> None:
    problem = refusal(Choices(), [choice("A"), choice(answer)])
    assert "row 2: the answer" in problem.message


# Binary


def test_binary() -> None:
    first, second = read(Binary(), reviews(2))
    assert [i.gold for e in (first, second) for i in e.items] == [1.0, 0.0]
    item = first.items[0]
    assert (item.prompt, item.candidate, item.rival) == ("review number 0", "", "")
    assert json.loads(first.fields) == {"text": "review number 0", "source": "s0"}


def test_binary_with_a_passage() -> None:
    rows = [{"p": "All cats.", "h": "Some cats.", "label": 0}, {"p": "x", "h": "y", "label": 2}]
    form = Binary(text="h", passage="p", positive=0, negative=[1, 2])
    first, second = read(form, rows)
    assert first.items[0].prompt == "All cats. Some cats."
    assert [first.items[0].gold, second.items[0].gold] == [1.0, 0.0]
    asked = Binary(text="h", passage="p", positive=0, prompt="{{ text }}? {{ passage }}")
    assert read(asked, rows)[0].items[0].prompt == "Some cats.? All cats."


@pytest.mark.parametrize(
    ("labels", "positive"),
    [(["Yes", "No"], "Yes"), ([True, False], True), (["1", "0"], 1), ([1.0, 0.0], 1)],
)
def test_label_words(labels: list[Any], positive: Any) -> None:
    rows = [{"text": f"t{n}", "label": label} for n, label in enumerate(labels)]
    assert [e.items[0].gold for e in read(Binary(positive=positive), rows)] == [1.0, 0.0]


def test_unknown_labels() -> None:
    rows = [
        {"text": f"t{n}", "label": label} for n, label in enumerate(["yes", "no", "no", "maybe"])
    ]
    assert '"no" (2)' in refusal(Binary(), rows).message
    assert "holds 3 labels" in refusal(Binary(positive="yes"), rows).message
    unlisted = refusal(Binary(positive="yes", negative=["no"]), rows)
    assert unlisted.message.startswith('row 4: the label "maybe"')
    assert (
        "both positive and negative"
        in refusal(Binary(positive="yes", negative=["yes"]), rows).message
    )
    only = [{"text": "t", "label": 1}]
    assert "holds 1 labels" in refusal(Binary(), only).message
    assert "`label` is a list" in refusal(Binary(), [{"text": "t", "label": [1]}]).message


def test_scores_are_cut() -> None:
    rows = [{"text": f"t{n}", "label": score} for n, score in enumerate([0.5, 0.49, "0.9", 0])]
    form = Binary(at_least=0.5)
    assert [e.items[0].gold for e in read(form, rows)] == [1.0, 0.0, 1.0, 0.0]
    assert [e.items[0].gold for e in read(Binary(at_least=0), rows)] == [1.0] * 4
    assert drop_reason(form, {"text": "t", "label": None}) == "empty text or label"
    word = refusal(form, [*rows, {"text": "t", "label": "high"}])
    assert word.message.startswith("row 5: the label `high` is no number")
    # float() reads it, and it is below every bound: without a look it would count as 0.
    none = refusal(form, [*rows, {"text": "t", "label": "nan"}])
    assert none.message.startswith("row 5: the label `nan` is no number")
    both = refusal(Binary(at_least=0.5, positive="yes"), rows)
    assert "and so do positive: and negative:" in both.message


def test_a_row_too_large_for_a_prompt_is_named_and_not_the_template() -> None:
    rows = [{"text": "fine", "label": 1}, {"text": "long " * 250_000, "label": 0}]
    large = refusal(Binary(), rows)
    assert large.message.startswith("the `text` of a row has 1,249,999 characters, and a prompt")
    assert "'long long" in large.message


def test_empty_texts_are_dropped() -> None:
    rows = rows_from(
        [{"text": "", "label": 1}, {"text": "b", "label": 0}, {"text": "c", "label": None}]
    )
    make = Binary().reader(rows, lambda purpose, row: 0)
    for row in (rows[0], rows[2]):
        with pytest.raises(DropRow, match="empty text or label"):
            make(row)


# Columns


def test_renamed_columns() -> None:
    rows = rows_from([{"prompt": "p", "is_safe": 1, "label": "other", "deep": {"er": "x"}}])
    renamed = rename_columns(rows, {"text": ["prompt"], "label": ["is_safe"], "word": ["deep.er"]})
    assert renamed[0].values == {"text": "p", "label": 1, "word": "x", "deep": {"er": "x"}}
    swapped = rename_columns(rows_from([{"a": 1, "b": 2}]), {"a": ["b"], "b": ["a"]})
    assert swapped[0].values == {"a": 2, "b": 1}
    with pytest.raises(PrerequisiteError, match="no column `promt`"):
        rename_columns(rows, {"text": ["promt"]})
    with pytest.raises(PrerequisiteError, match="columns: makes `text` of no column"):
        rename_columns(rows, {"text": []})
    (both,) = rename_columns(rows, {"text": ["prompt", "is_safe"]})
    assert both.values["text"] == "p\n1"
    assert both.pieces == {"prompt": "p", "is_safe": "1"}
    assert both.values["prompt"] == "p"
