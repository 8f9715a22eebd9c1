"""`corrupt`: as many mistakes as the weak labels have, in the rows that the form says, and marked."""

from __future__ import annotations

import numpy as np
import pytest
from workbench import Workbench, make_items, make_labels

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.corrupt import corrupt
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.values import Labels
from w2sdl_runtime.variants.heads.likelihood import Likelihood
from w2sdl_runtime.variants.mistakes import (
    CeilingConfidentlyRight,
    CeilingLeastConfident,
    LongestPrompts,
    Mistakes,
    RandomFlips,
    ShortestPrompts,
)

TRUTH = [1.0, 0.0] * 10
TOLD = [0.9, 0.1] * 7 + [0.2, 0.8] * 3  # six are wrong


def gold_and_weak(bench: Workbench) -> tuple[Labels, Labels]:
    rows = [{"prompt": "p" * (3 + 7 * n % 20), "candidate": "c"} for n in range(20)]
    items = bench.keep(make_items(rows))
    return make_labels(bench, items, TRUTH, kind="hard"), make_labels(bench, items, TOLD)


def wrong_rows(bench: Workbench, form: Mistakes, seed: int = 0) -> list[int]:
    gold, weak = gold_and_weak(bench)
    made = bench.run(corrupt, gold, weak, form=form, seed=seed)
    assert (made.label_kind, made.items) == ("hard", gold.items)
    assert made.origin.startswith("control: gold with ")
    found = made.table.column("value").to_numpy() != np.array(TRUTH)
    return [int(row) for row in np.flatnonzero(found)]


@pytest.mark.parametrize("form", [RandomFlips(), LongestPrompts(), ShortestPrompts()])
def test_there_are_exactly_as_many_mistakes(bench: Workbench, form: Mistakes) -> None:
    assert len(wrong_rows(bench, form)) == 6


def test_the_longest_and_the_shortest(bench: Workbench) -> None:
    lengths = np.array([3 + 7 * n % 20 for n in range(20)])
    assert set(lengths[wrong_rows(bench, LongestPrompts())]) == {17, 18, 19, 20, 21, 22}
    assert set(lengths[wrong_rows(bench, ShortestPrompts())]) == {3, 4, 5, 6, 7, 8}


def test_flips_are_drawn_by_seed_and_id(bench: Workbench) -> None:
    first = wrong_rows(bench, RandomFlips())
    assert first == wrong_rows(bench, RandomFlips())
    assert first != wrong_rows(bench, RandomFlips(), seed=1)


def test_only_what_the_weak_labels_keep_is_counted(bench: Workbench) -> None:
    """Three of the kept ten are wrong: six of twenty."""
    gold, _ = gold_and_weak(bench)
    keep = [False] * 10 + [True] * 10
    told = [1 - value for value in TRUTH[:10]] + [1 - v for v in TRUTH[10:13]] + TRUTH[13:]
    weak = make_labels(bench, gold.open_items(), told, keep=keep)
    made = bench.run(corrupt, gold, weak, form=LongestPrompts())
    assert (made.table.column("value").to_numpy() != np.array(TRUTH)).sum() == 6
    none = make_labels(bench, gold.open_items(), told, keep=[False] * 20)
    with pytest.raises(PrerequisiteError, match="keep no row"):
        bench.run(corrupt, gold, none)


def test_forms_that_ask_the_ceiling(tiny) -> None:
    """Wrong are the rows with the least |P − ½|, or with the largest P of the right class."""
    ceiling = tiny.bench.run(finetune, tiny.model, tiny.gold, head=Likelihood(), seed=0)
    chance = predict(ceiling, tiny.train, tiny.bench.context("label"))
    truth = tiny.gold.table.column("value").to_numpy()
    weak = make_labels(tiny.bench, tiny.train, [0.9] * len(truth))  # half of them are wrong
    for form, key in (
        (CeilingLeastConfident(ceiling=ceiling), np.abs(chance - 0.5)),
        (CeilingConfidentlyRight(ceiling=ceiling), np.abs(chance - (1 - truth)) * -1),
    ):
        made = tiny.bench.run(corrupt, tiny.gold, weak, form=form)
        wrong = made.table.column("value").to_numpy() != truth
        assert wrong.sum() == len(truth) // 2
        assert key[wrong].max() <= key[~wrong].min()
