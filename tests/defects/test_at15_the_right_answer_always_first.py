"""AT-15: the right answer is always argued first, or by the same debater."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import w2sdl
from tests.defects.debates import Debates
from tests.ops.workbench import make_labels
from w2sdl.messages.render import render_diagnostics
from w2sdl_runtime.json_forms import to_json
from w2sdl_runtime.ops.order_accuracy import order_accuracy
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.variants.stances import BothOrders, CorrectFirst, RandomSide

SPECS = Path(__file__).parents[2] / "specs"


@pytest.fixture(scope="module")
def debates(tmp_path_factory: pytest.TempPathFactory) -> Debates:
    return Debates(tmp_path_factory.mktemp("at15"))


def _a_is_right(rows: list[dict[str, str]], truth: list[float]) -> list[bool]:
    sides = [json.loads(row["stances"])["A"] for row in rows]
    return [(side == "correct") == (t == 1) for side, t in zip(sides, truth, strict=True)]


def test_sides_are_drawn_unless_a_spec_says_otherwise(debates: Debates) -> None:
    signature = load_signatures().op("D")
    assert signature is not None
    stance = next(param.default for param in signature.params if param.name == "stance")
    assert stance == to_json(RandomSide())
    shares = [np.mean(_a_is_right(debates.hold(seed=s), debates.truth)) for s in range(6)]
    assert 0.35 < np.mean(shares) < 0.65
    assert len(set(shares)) > 1


def test_no_stance_knows_which_candidate_is_right(debates: Debates) -> None:
    """correct_first argues for the candidate, right or wrong; both_orders for it and against it."""
    assert np.mean(_a_is_right(debates.hold(stance=CorrectFirst()), debates.truth)) == 0.5
    both = debates.hold(stance=BothOrders())
    assert np.mean(_a_is_right(both, debates.truth * 2)) == 0.5


def test_a_judge_that_follows_the_first_speaker_is_found_out(debates: Debates) -> None:
    """Its mean answer says nothing, and no row is right in both orders."""
    from w2sdl_runtime.ops.label import _in_each_order

    orders = {"correct_first": np.full(24, 0.9), "incorrect_first": np.full(24, 0.1)}
    meta = _in_each_order(orders, 24)
    told = make_labels(debates.bench, debates.items, [0.5] * 24, meta=meta)
    gold = make_labels(debates.bench, debates.items, debates.truth, kind="hard")
    metric = order_accuracy(debates.bench.context("order_accuracy"), told, gold)
    assert metric.value == 0
    assert [part["value"] for part in metric.facts["parts"]] == [0.5, 0.5]
    assert metric.facts["swayed"] == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("gold(folded)", "gold(sciq.supervise)"),
        ("against: naive", "against: floor"),
    ],
)
def test_sides_by_a_model_that_saw_their_gold_do_not_compile(before: str, after: str) -> None:
    text = (SPECS / "debate_sciq.w2s").read_text("utf-8")
    assert w2sdl.compile_text(text).graph is not None
    assert before in text
    told = [d.code for d in w2sdl.compile_text(text.replace(before, after)).diagnostics]
    assert "W2S0606" in told


@pytest.mark.parametrize("stance", ["both_orders", "correct_first"])
def test_the_market_maker_takes_no_other_stance(stance: str) -> None:
    text = (SPECS / "debate_sciq.w2s").read_text("utf-8")
    asked = text.replace("debater: argues, seed", f"debater: argues, stance: {stance}(), seed")
    assert asked != text
    told = render_diagnostics(w2sdl.compile_text(asked).diagnostics)
    assert f"market_making() gives out the sides itself; it has no use for {stance}()" in told
