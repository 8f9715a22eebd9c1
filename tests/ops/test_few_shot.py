"""`few_shot`: the examples it draws, the numbers of the language model itself, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from workbench import Workbench, make_items, make_labels

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.ensemble import ensemble
from w2sdl_runtime.ops.few_shot import few_shot
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.values import Labels, Model, Predictor

SHORT = "{{ prompt }} {{ candidate }}"


def labelled(bench: Workbench, values: list[float], **columns: object) -> Labels:
    rows = [{"prompt": f"p{n}", "candidate": "c"} for n in range(len(values))]
    return make_labels(bench, bench.keep(make_items(rows)), values, **columns)


def examples(bench: Workbench, labels: Labels, shots: int, seed: int = 0) -> list[str]:
    model = bench.keep(Model({"reader": "causal", "tune": {"variant": "full"}}))
    made = bench.run(few_shot, model, labels, shots=shots, template=SHORT, seed=seed)
    return [text for text in made.facts["examples"].split("\n\n") if text]


def test_as_many_right_as_wrong_an_odd_one_right(bench: Workbench) -> None:
    labels = labelled(bench, [0.9, 0.8, 0.7, 0.6, 0.1, 0.2, 0.3, 0.4])
    shown = examples(bench, labels, 5)
    assert sorted(text.split()[-1] for text in shown) == ["no", "no", "yes", "yes", "yes"]
    known = {f"p{n} c {'yes' if n < 4 else 'no'}" for n in range(8)}
    assert set(shown) <= known
    assert len(set(shown)) == 5
    assert examples(bench, labels, 0) == []


def test_the_seed_draws_them_and_dropped_rows_are_not_among_them(bench: Workbench) -> None:
    labels = labelled(bench, [1.0, 0.0] * 20)
    assert examples(bench, labels, 4) == examples(bench, labels, 4)
    assert examples(bench, labels, 4) != examples(bench, labels, 4, seed=1)
    few = labelled(bench, [1.0, 0.0] * 4, keep=[True] * 4 + [False] * 4)
    assert {text.split()[0] for text in examples(bench, few, 4)} == {"p0", "p1", "p2", "p3"}
    with pytest.raises(
        PrerequisiteError, match="6 examples need 3 right ones, and the labels keep 2"
    ):
        examples(bench, few, 6)


def by_transformers(tiny, text: str, verdicts: list[str]) -> float:
    """Log-odds of the verdicts as next words, by transformers on the row alone."""
    import torch

    from w2sdl_runtime.learning.opening import open_network

    network = open_network(tiny.model, tiny.bench.context("label"))
    ids = torch.tensor([network.tokenizer(text)["input_ids"]])
    with torch.inference_mode():
        logits = network.module(input_ids=ids).logits[0, -1]
    wrong, right = (network.tokenizer.convert_tokens_to_ids(word) for word in verdicts)
    return float(logits[right] - logits[wrong])


def test_p_is_what_the_language_model_says_of_the_verdicts(tiny) -> None:
    words = ["desert", "river"]  # of its vocabulary
    how = {"shots": 2, "template": SHORT, "verdicts": words, "calibrate": "none", "seed": 0}
    made: Predictor = tiny.bench.run(few_shot, tiny.model, tiny.gold, **how)
    told = predict(made, tiny.test, tiny.bench.context("label"))
    for row in (0, 5):
        text = made.facts["examples"] + tiny.test.texts()[row]
        odds = by_transformers(tiny, text, words)
        assert np.log(told[row] / (1 - told[row])) == pytest.approx(odds, abs=1e-3)


def test_the_median_makes_half_of_the_rows_right(tiny) -> None:
    how = {"shots": 2, "template": SHORT, "verdicts": ["desert", "river"]}
    made = tiny.bench.run(few_shot, tiny.model, tiny.gold, **how)
    told = predict(made, tiny.test, tiny.bench.context("label"))
    assert (told > 0.5).mean() == pytest.approx(0.5, abs=0.05)


def test_several_predictors_write_no_verdict(tiny, bench: Workbench) -> None:
    one = tiny.bench.run(few_shot, tiny.model, tiny.gold, shots=0)
    both = tiny.bench.run(ensemble, [one])
    with pytest.raises(PrerequisiteError, match="one causal language model"):
        tiny.bench.run(few_shot, both, tiny.gold)
