"""Pairs of completions, and prompts with a text as gold: what an item holds, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.data_formats.test_data_formats import drop_reason, read, refusal
from tests.ops.helpers_data import Bench, write_jsonl
from w2sdl.errors.graph import BadCombination
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.ops.gold import gold as ops_gold
from w2sdl_runtime.ops.science_qa import science_qa
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.variants.formats.completion import Completion
from w2sdl_runtime.variants.formats.pairs import Pairs
from w2sdl_runtime.variants.parts import PartSize

OWN = Pairs(dialogue="d", first="a", second="b", label="y")


def dialogues(count: int) -> list[dict[str, Any]]:
    """Two-turn dialogues whose last answers differ: kind ones were chosen."""
    lead = (
        "\n\nHuman: question {n}?\n\nAssistant: what do you mean?\n\nHuman: say {n}.\n\nAssistant:"
    )
    return [
        {
            "chosen": f"{lead.format(n=n)} gladly: {n}",
            "rejected": f"{lead.format(n=n)} no",
            "source": "hh",
        }
        for n in range(count)
    ]


def own(label: Any, **more: Any) -> dict[str, Any]:
    return {"d": "Hi.", "a": "one", "b": "two", "y": label, **more}


# Dialogues


def test_dialogues_are_split_at_the_last_turn() -> None:
    for n, entry in enumerate(read(Pairs(), dialogues(30))):
        (item,) = entry.items
        assert item.prompt == (
            f"Human: question {n}?\n\nAssistant: what do you mean?\n\nHuman: say {n}.\n\nAssistant:"
        )
        assert {item.candidate, item.rival} == {f"gladly: {n}", "no"}
        assert item.gold == float(item.candidate == f"gladly: {n}")
        order = ["rejected", "chosen"] if item.gold else ["chosen", "rejected"]
        assert json.loads(item.meta or "") == {"pair_order": order}
        assert json.loads(entry.fields) == {"source": "hh"}


def test_the_order_is_a_coin_of_the_row() -> None:
    rows = dialogues(400)
    golds = [entry.items[0].gold for entry in read(Pairs(), rows)]
    assert 160 < sum(map(float, golds)) < 240
    assert [read(Pairs(), [row])[0].items[0].gold for row in rows[:40]] == golds[:40]
    assert [entry.items[0].gold for entry in read(Pairs(), rows, draw=1)] != golds


def test_a_prompt_around_the_dialogue() -> None:
    row = {"q": "Why?", "chosen": "so", "rejected": "no"}
    (plain,) = read(Pairs(dialogue="q"), [row])
    (asked,) = read(Pairs(dialogue="q", prompt="Question: {{ dialogue }} Answer:"), [row])
    assert asked.items[0].prompt == "Question: Why? Answer:"
    assert (asked.items[0].item_id, asked.items[0].gold) == (
        plain.items[0].item_id,
        plain.items[0].gold,
    )
    telling = refusal(Pairs(dialogue="q", prompt="{{ chosen }}"), [row])
    assert "names `chosen`, which it can't see" in telling.message


def test_generated_questions_make_pairs(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    form = Pairs(dialogue="question", chosen="correct_answer", rejected="distractor1")
    parts: dict[str, int | PartSize] = {"a": 60, "b": 40}
    data = science_qa(bench.context("science_qa"), parts=parts, format=form)
    assert bench.gold(data, "a").label_kind == "pairwise"
    assert max(data.notes["guessability"].values()) < 0.65


def test_completions_beside_their_dialogue() -> None:
    row = {"prompt": "Hi.", "chosen": "A\n\nAssistant: b", "rejected": "c"}
    (entry,) = read(Pairs(dialogue="prompt"), [row])
    assert entry.items[0].prompt == "Hi."
    assert {entry.items[0].candidate, entry.items[0].rival} == {"A\n\nAssistant: b", "c"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rejected": "\n\nHuman: other\n\nAssistant: no"}, "the two dialogues differ"),
        ({"rejected": "no turn at all"}, "the two dialogues differ"),
        ({"chosen": "no turn", "rejected": "none"}, "a dialogue without a turn"),
        ({"chosen": "q\n\nAssistant: ", "rejected": "q\n\nAssistant: a"}, "empty completion"),
        ({"chosen": "q\n\nAssistant: a", "rejected": "q\n\nAssistant:  a"}, "are equal"),
    ],
)
def test_dropped_pairs(change: dict[str, Any], reason: str) -> None:
    assert reason in drop_reason(Pairs(), dialogues(1)[0] | change)


# Own pairs


@pytest.mark.parametrize(
    ("label", "gold"),
    [(1, 1.0), (0, 0.0), ("second", 1.0), ("First", 0.0), (True, 1.0), ("A", 0.0), ("B", 1.0)],
)
def test_own_pairs_keep_their_order(label: Any, gold: float) -> None:
    (entry,) = read(OWN, [own(label)])
    (item,) = entry.items
    assert (item.prompt, item.rival, item.candidate, item.gold) == ("Hi.", "one", "two", gold)
    assert json.loads(item.meta or "") == {"pair_order": ["first", "second"]}
    assert json.loads(entry.fields) == {"d": "Hi.", "a": "one", "b": "two"}


def test_own_pairs_that_can_not_be_read() -> None:
    rows = [own(1), own(0, a="three"), own("both")]
    assert refusal(OWN, rows).message == (
        "row 3: the label `both` in `y` says neither first nor second"
    )
    assert "no column `chosen`" in refusal(Pairs(), rows).message
    assert "the order tells" in refusal(OWN, [own(1), own(1, a="x")]).message
    assert drop_reason(OWN, own(None)) == "empty label"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ('pairs(first: "a", label: "y")', "there is no second:"),
        ('pairs(first: "a", second: "b", label: "y", chosen: "c")', "chosen: has no effect"),
        ('pairs(dialogue: "d", turn: "Bot:")', "no turn: splits it off"),
        ('eleuther2024(dataset: "sciq", test_split: "test")', "test_split: has no effect"),
        ('pairs(dialogue: "d", first: "a", second: "b", label: "y")', ""),
        ('pairs(turn: "Bot:", chosen: "c")', ""),
    ],
)
def test_nothing_is_accepted_and_ignored(form: str, words: str) -> None:
    part = 'take(10, of: "D1")' if "2024" in form else "10"
    data = f'data d = table("f.csv", format: {form}, parts: {{a: {part}}})'
    text = f"experiment e\n{data}\nx = items(d)"
    compiled = Compilation(Source("p.w2s", text), load_signatures())
    errors = [d for d in compiled.diagnostics if d.level == "error"]
    assert [type(error) for error in errors] == ([BadCombination] if words else [])
    assert all(isinstance(e, BadCombination) and words in e.reason and e.advice for e in errors)


def test_the_same_pair_the_other_way_round_repeats_or_contradicts(tmp_path: Path) -> None:
    rows = [own(n % 2, d=f"Question number {n}.") for n in range(20)]
    turned = {"d": rows[0]["d"], "a": "two", "b": "one"}
    for label, reason, left in ((1, "repeats another row", 20), (0, "contradicts another row", 19)):
        write_jsonl(tmp_path / "own.jsonl", [*rows, {**turned, "y": label}])
        data = table(Bench(tmp_path).context(), "own.jsonl", format=OWN, parts={"a": 10})
        assert reason in data.notes["rows_dropped"]
        assert data.notes["rows_kept"] == left


def test_a_part_of_pairs(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    write_jsonl(tmp_path / "hh.jsonl", dialogues(200))
    data = table(bench.context(), "hh.jsonl", format=Pairs(), parts={"a": 100, "b": 80})
    gold = bench.gold(data, "a")
    assert gold.label_kind == "pairwise"
    items = bench.items(data, "a")
    metas = [json.loads(text)["pair_order"] for text in gold.table.column("meta").to_pylist()]
    kind = [candidate.startswith("gladly") for candidate in items.column("candidate")]
    assert [order == ["rejected", "chosen"] for order in metas] == kind
    assert bench.golds(data, "a") == [float(is_kind) for is_kind in kind]
    assert data.notes["guessability"]["bag_of_words"] == 1.0
    assert any("guessed from the first token alone" in line for line in bench.said)


# Texts as gold


def sums(count: int) -> list[dict[str, Any]]:
    return [
        {"question": f"What is {n} + {n}?", "answer": f"{n} + {n} is even.\n#### {2 * n}"}
        for n in range(count)
    ]


def test_completions_are_texts(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    write_jsonl(tmp_path / "sums.jsonl", sums(60))
    form = Completion(text="question", after="####", prompt="Q: {{ text }} A:")
    data = table(bench.context(), "sums.jsonl", format=form, parts={"a": 20, "b": 30})
    gold, items = bench.gold(data, "a"), bench.items(data, "a")
    assert gold.label_kind == "text"
    assert gold.table.column("value").null_count == 20
    numbers = [int(prompt.split()[3]) for prompt in items.column("prompt")]
    assert gold.table.column("text").to_pylist() == [str(2 * n) for n in numbers]
    assert items.column("prompt")[0] == f"Q: What is {numbers[0]} + {numbers[0]}? A:"
    assert set(items.column("candidate")) == {""}
    assert json.loads(items.column("fields")[0]) == {"question": items.column("prompt")[0][3:-3]}
    assert data.notes["parts"] == {"a": {"items": 20}, "b": {"items": 30}}
    both = ops_gold(bench.context("gold"), data)
    assert both.label_kind == "text"
    assert all(both.table.column("text").to_pylist())
    assert bench.said == []


def test_whole_answers_and_numbers() -> None:
    rows = [{"text": "a", "answer": " two words "}, {"text": "b", "answer": 7}]
    assert [entry.items[0].gold for entry in read(Completion(), rows)] == ["two words", "7"]


def test_completions_that_can_not_be_read() -> None:
    form = Completion(text="question", after="####")
    assert drop_reason(Completion(text="question"), sums(1)[0] | {"answer": " "}) == (
        "empty text or answer"
    )
    bare = [sums(1)[0] | {"answer": "six"}, *sums(2)]
    assert "no `answer` holds the mark `####`" in refusal(form, bare[:1]).message
    with pytest.raises(Exception, match="no mark before the answer"):
        read(form, bare)
    asked = refusal(Completion(text="question", prompt="{{ answer }}"), sums(1))
    assert "names `answer`, which it can't see" in asked.message


def test_answers_that_differ_contradict_each_other(tmp_path: Path) -> None:
    rows = [*sums(20), sums(1)[0] | {"answer": "#### 1"}]
    write_jsonl(tmp_path / "sums.jsonl", rows)
    form = Completion(text="question", after="####")
    data = table(Bench(tmp_path).context(), "sums.jsonl", format=form, parts={"a": 10})
    assert data.notes["rows_dropped"] == {"contradicts another row": 2}
