"""Types of predictors: each is one class, found by the name in the facts, also somebody else's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tiny_world import Tiny

from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.predictors import answer_kind, predict, predict_orders, words_by
from w2sdl_runtime.predictors.exporting import write_predictor
from w2sdl_runtime.predictors.types import PredictorType, type_of
from w2sdl_runtime.values import Items, Predictor

BUILT_IN = [
    "neural",
    "generator",
    "features",
    "judge",
    "zero_shot",
    "few_shot",
    "ensemble",
    "folded",
    "classifier",
    "probe",
]


class Stubborn(PredictorType):
    """Says the same of every item."""

    name = "stubborn"
    no_folder = ("it has no weights", "keep the number")

    def predict(self, predictor: Predictor, items: Items, ctx: Context) -> np.ndarray[Any, Any]:
        return np.full(len(items), predictor.facts["value"])


def test_a_type_of_ones_own_is_a_predictor_like_any_other(tiny: Tiny) -> None:
    bench = tiny.bench
    low, high = (
        bench.keep(Predictor({"type": "stubborn", "value": value})) for value in (0.2, 0.6)
    )
    both = bench.keep(Predictor({"type": "ensemble", "members": [low.digest, high.digest]}))
    context = bench.context("test")
    assert predict(both, tiny.test, context) == pytest.approx(np.full(len(tiny.test), 0.4))
    assert predict_orders(both, tiny.test, context) == {}
    assert answer_kind(both, context) == "soft"
    with pytest.raises(PrerequisiteError, match="of type stubborn doesn't write answers"):
        words_by(low, tiny.test, context)
    with pytest.raises(PrerequisiteError, match="it has no weights"):
        write_predictor(low, context.scratch(), context)


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_type_is_found(name: str) -> None:
    assert type_of(Predictor({"type": name})).name == name


def test_a_type_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="unknown type crystal_ball"):
        type_of(Predictor({"type": "crystal_ball"}))
