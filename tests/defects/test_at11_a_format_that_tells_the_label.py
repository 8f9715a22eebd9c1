"""AT-11: a label that a format gives away is found when the data are read, and said."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.ops.helpers_data import Bench, write_jsonl
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.formats.binary import Binary
from w2sdl_runtime.variants.formats.choices import Choices
from w2sdl_runtime.variants.formats.eleuther2024 import Eleuther2024
from w2sdl_runtime.variants.formats.pairs import Pairs
from w2sdl_runtime.variants.parts import Rest

WORDS = [
    "red",
    "tall",
    "old",
    "warm",
    "round",
    "quiet",
    "heavy",
    "green",
    "small",
    "bright",
    "cold",
    "deep",
]


def phrase(dice: random.Random, most: int = 4) -> str:
    return " ".join(dice.choices(WORDS, k=dice.randint(1, most)))


def questions(count: int) -> list[dict[str, Any]]:
    """In the columns of OpenBookQA; right and wrong answers are drawn alike."""
    dice = random.Random(0)
    made = []
    for n in range(count):
        options = [f"{phrase(dice)} {n}{letter}" for letter in "wxyz"]
        choices = {"text": options, "label": list("ABCD")}
        stem = f"What is at place {n}?"
        made.append({"question_stem": stem, "choices": choices, "answerKey": dice.choice("ABCD")})
    return made


def said(folder: Path, rows: list[dict[str, Any]], form: Format, **more: Any) -> list[str]:
    """The warnings of guessable labels."""
    bench = Bench(folder)
    cut = len(rows) * 3 // 4
    write_jsonl(folder / "set" / "train.jsonl", rows[:cut])
    write_jsonl(folder / "set" / "test.jsonl", rows[cut:])
    table(bench.context(), "set", format=form, **{"parts": {"a": Rest()}, **more})
    return [line for line in bench.said if "the label can be guessed from" in line]


def test_the_letter_for_the_right_answer_and_the_text_for_a_wrong_one(tmp_path: Path) -> None:
    """OpenBookQA in both EleutherAI repositories."""
    leaky = Eleuther2024(dataset="openbookqa", defects="keep", n_val=10)
    found = said(tmp_path / "peer", questions(400), leaky)
    assert any("from the length alone (AUROC 1.00)" in line for line in found)
    assert any("from the bag of words alone" in line for line in found)
    ours = Choices(question="question_stem", labels="choices.label")
    assert said(tmp_path / "ours", questions(400), ours) == []


@pytest.mark.parametrize("where", ["at the end", "in the middle"])
def test_the_answer_in_the_text(tmp_path: Path, where: str) -> None:
    """ETHICS in a fork: the text ends in the label."""
    dice = random.Random(1)
    rows = []
    for n in range(400):
        label = n % 2
        answer = f"A: {'yes' if label else 'no'}"
        text = f"Q: Is it fair? I gave my {phrase(dice)} to number {n}."
        shown = f"{text} {answer}" if where == "at the end" else f"{answer} {text}"
        rows.append({"bare": text, "scenario": f"So. {shown}", "label": label})
    found = said(tmp_path / "leaky", rows, Binary(text="scenario"))
    marks = {"last token", "bag of words"} if where == "at the end" else {"bag of words"}
    for mark in marks:
        assert any(f"from the {mark} alone (AUROC 1.00)" in line for line in found)
    assert said(tmp_path / "fair", rows, Binary(text="bare")) == []


def test_a_preference_for_the_longer_one(tmp_path: Path) -> None:
    """Lengths vary more between pairs than within: only their difference tells."""
    dice = random.Random(2)
    rows = []
    for n in range(400):
        long = [f"{phrase(dice, 30)} {n}", f"{phrase(dice, 30)} {n}!"]
        long.sort(key=len)
        rows.append({"dialogue": f"Say {n}.", "chosen": long[1], "rejected": long[0]})
    found = said(tmp_path / "longer", rows, Pairs(dialogue="dialogue"))
    assert any("from the length alone (AUROC 1.00)" in line for line in found)
    fair = [row if n % 2 else _turned(row) for n, row in enumerate(rows)]
    assert said(tmp_path / "fair", fair, Pairs(dialogue="dialogue")) == []


def _turned(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "chosen": row["rejected"], "rejected": row["chosen"]}
