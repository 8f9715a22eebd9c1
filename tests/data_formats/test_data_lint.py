"""The lint finds the leaks of released formatters (methods reference, 4.3), and no others."""

from __future__ import annotations

import math
import random
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.ops.helpers_data import Bench, quiz, write_jsonl
from w2sdl_runtime.data.lint import auroc, guessability, suspicious_marks
from w2sdl_runtime.data.tables import hard_labels, items_of
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.values import ITEM_COLUMNS, Items
from w2sdl_runtime.variants.formats.binary import Binary
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice

MARKS = {"length", "first_token", "last_token", "bag_of_words"}


def marks(
    candidates: list[str], golds: list[float], prompt: str = "p", rivals: list[str] | None = None
) -> dict[str, float]:
    import pyarrow as pa

    columns = {name: [""] * len(golds) for name in ITEM_COLUMNS}
    columns["candidate"] = candidates
    columns["rival"] = rivals or columns["rival"]
    columns["prompt"] = [f"{prompt} {n}" for n in range(len(golds))]
    columns["group"] = [f"{random.Random(n).getrandbits(64):016x}" for n in range(len(golds))]
    items = Items(
        pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    )
    labels = hard_labels([str(n) for n in range(len(golds))], golds, "")
    return guessability(items, replace(labels, label_kind="pairwise") if rivals else labels)


def test_auroc_agrees_with_counting_pairs() -> None:
    dice = np.random.default_rng(0)
    scores = dice.integers(0, 5, 60).astype(float)
    right = dice.random(60) < 0.4
    wins = [(a > b) + (a == b) / 2 for a in scores[right] for b in scores[~right]]
    assert math.isclose(auroc(scores, right), float(np.mean(wins)))
    assert auroc(np.zeros(4), np.array([True, False, True, False])) == 0.5


def test_letter_against_text_is_found() -> None:
    """OpenBookQA as in two released repositories: the letter when right, the text when wrong."""
    golds = [1.0, 0.0] * 100
    candidates = [
        "ABCD"[n % 4] if gold else f"some longer text {n}" for n, gold in enumerate(golds)
    ]
    found = marks(candidates, golds)
    assert found["length"] == 1.0
    assert found["first_token"] > 0.95
    assert set(suspicious_marks(found, 100, 100)) >= {"length", "first_token"}


def test_an_answer_at_the_end_is_found() -> None:
    """ETHICS as in a released fork: the text ends in the label."""
    golds = [1.0, 0.0] * 100
    found = marks(["x " + ("yes" if gold else "no") for gold in golds], golds)
    assert found["last_token"] == 1.0
    assert found["first_token"] == pytest.approx(0.5, abs=0.05)


def test_words_anywhere_are_found() -> None:
    """Neither the length nor the ends tell it: only what stands in the middle."""
    golds = [1.0, 0.0] * 100
    words = {1.0: ("surely", "indeed"), 0.0: ("hardly", "barely")}
    found = marks([f"a {words[gold][n // 2 % 2]} b" for n, gold in enumerate(golds)], golds)
    assert found["bag_of_words"] == 1.0
    assert set(suspicious_marks(found, 100, 100)) == {"bag_of_words"}


def test_words_that_only_come_once_tell_nothing() -> None:
    golds = [1.0, 0.0] * 100
    found = marks([f"w{n} x{n} y{n}" for n in range(200)], golds)
    assert found["bag_of_words"] == 0.5
    dice = random.Random(0)
    noise = [" ".join(dice.choices("abcdefghijklmnop", k=6)) for _ in range(400)]
    assert abs(marks(noise, [1.0, 0.0] * 200)["bag_of_words"] - 0.5) < 0.1


def test_pairs_are_judged_by_their_difference() -> None:
    """Which of two is longer, not how long they are; a word that both have tells nothing."""
    dice = random.Random(1)
    golds = [float(dice.random() < 0.5) for _ in range(300)]
    base = ["z" * dice.randint(1, 40) for _ in golds]
    long, short = [f"sorry {b} zz" for b in base], [f"sorry {b} z" for b in base]
    swap = [(c, r) if gold else (r, c) for c, r, gold in zip(long, short, golds, strict=True)]
    found = marks([c for c, _ in swap], golds, rivals=[r for _, r in swap])
    assert found["length"] == found["last_token"] == found["bag_of_words"] == 1.0
    assert found["first_token"] == pytest.approx(0.5, abs=0.02)
    fair = marks(long, golds, rivals=[f"sorry {b} zz" for b in base])
    assert set(fair.values()) == {0.5}


def test_five_thousand_texts_take_less_than_a_second() -> None:
    dice = random.Random(2)
    words = [f"word{n}" for n in range(3000)]
    texts = [" ".join(dice.choices(words, k=60)) for _ in range(5000)]
    start = time.process_time()
    marks(texts, [1.0, 0.0] * 2500)
    assert time.process_time() - start < 1.0


def test_rare_tokens_give_nothing_away() -> None:
    golds = [1.0, 0.0] * 100
    found = marks([f"w{n}" for n in range(200)], golds)
    assert found["first_token"] == found["last_token"] == 0.5
    assert abs(found["length"] - 0.5) < 0.05


def test_prompts_are_read_where_there_are_no_candidates() -> None:
    golds = [1.0, 0.0] * 40
    assert marks([""] * 80, golds)["length"] == pytest.approx(0.5, abs=0.05)
    assert marks([""] * 80, [1.0] * 80) == {}


def test_few_items_are_no_evidence() -> None:
    assert suspicious_marks({"length": 0.7}, 8, 8) == {}
    assert suspicious_marks({"length": 0.7}, 80, 80) == {"length": 0.7}
    assert suspicious_marks({"length": 0.9}, 0, 80) == {}


def test_a_warning_is_logged_and_the_numbers_are_noted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    clean = write_jsonl(tmp_path / "clean.jsonl", quiz(100))
    data = table(bench.context(), clean.name, format=MultipleChoice(), parts={"a": 150})
    assert set(data.notes["guessability"]) == MARKS
    assert bench.said == []
    leaky = [row | {"correct_answer": f"the long {row['correct_answer']}"} for row in quiz(100)]
    write_jsonl(tmp_path / "leaky.jsonl", leaky)
    table(bench.context(), "leaky.jsonl", format=MultipleChoice(), parts={"a": 150})
    assert any("guessed from the length alone (AUROC 1.00)" in line for line in bench.said)


def test_items_of_nothing_have_all_columns() -> None:
    assert items_of("a", []).table.column_names == list(ITEM_COLUMNS)
    assert Binary().balanced
