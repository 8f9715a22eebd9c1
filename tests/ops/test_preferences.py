"""Reward models: pairs in, one number for each completion, their difference as log-odds."""

from __future__ import annotations

import numpy as np
import pytest
import torch  # noqa: TID253
from workbench import make_items, make_labels

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.accuracy import accuracy
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import Items
from w2sdl_runtime.variants.heads.linear import Linear
from w2sdl_runtime.variants.heads.reward import Reward
from w2sdl_runtime.variants.losses.bce import Bce
from w2sdl_runtime.variants.losses.xent import Xent

TRAIN = Train(epochs=20, batch=16, learning_rate=3e-3)
ONES = torch.ones(2, dtype=torch.float64)


def test_the_vectors_of_methods_section_3():
    z, y = torch.tensor([1.2, -0.4]).double(), torch.tensor([0.9, 0.3]).double()
    each = [float(Bce().value(z[i : i + 1], y[i : i + 1], ONES[:1], 0.5)) for i in (0, 1)]
    assert each == pytest.approx([0.383282, 0.633015], abs=1e-6)
    assert float(Bce().value(z, y, ONES, 0.5)) == pytest.approx(0.508149, abs=1e-6)
    one = torch.tensor([1.2]).double(), torch.tensor([1.0]).double(), ONES[:1]
    assert float(Bce().value(*one, 0.5)) == pytest.approx(0.263282, abs=1e-6)
    assert float(Bce(margin=0.5).value(*one, 0.5)) == pytest.approx(0.403186, abs=1e-6)


def test_gradients_are_those_of_the_formula():
    z = torch.tensor([1.2, -0.4, 3.0]).double().requires_grad_()
    y, w = torch.tensor([0.9, 0.3, 1.0]).double(), torch.tensor([1.0, 2.0, 0.5]).double()
    for loss in (Bce(), Bce(margin=0.5)):
        assert torch.autograd.gradcheck(lambda z, loss=loss: loss.value(z, y, w, 0.5), (z,))


@pytest.fixture(scope="module")
def pairs(tiny):
    """Which of two places is preferred: the one that comes first in the alphabet."""
    table = tiny.train.table
    items = tiny.bench.keep(Items(table))
    values = [
        float(mine < other)
        for mine, other in zip(items.column("candidate"), items.column("rival"), strict=True)
    ]
    return items, make_labels(tiny.bench, items, values, kind="pairwise"), np.array(values)


@pytest.fixture(scope="module")
def judge(tiny, pairs):
    return tiny.bench.run(
        finetune, tiny.model, pairs[1], head=Reward(), loss=Bce(), train=TRAIN, seed=0
    )


def test_it_learns_which_of_two_is_preferred(tiny, pairs, judge):
    said = tiny.bench.run(label, judge, pairs[0])
    assert said.label_kind == "pairwise"
    assert tiny.bench.run(accuracy, said, pairs[1]).value > 0.9


def test_swapping_the_two_completions_swaps_the_answer(tiny, pairs, judge):
    """Breaks where a side is read twice, or the halves of a reading are mixed up."""
    table = pairs[0].table
    swapped = table.set_column(4, "candidate", table["rival"]).set_column(
        5, "rival", table["candidate"]
    )
    there = predict(judge, pairs[0], tiny.bench.context("test"))
    back = predict(judge, Items(swapped), tiny.bench.context("test"))
    assert np.allclose(there + back, 1, atol=1e-5)
    assert there.std() > 0.1


def test_micro_batches_of_pairs_give_the_same_model(tiny, pairs, judge):
    small = TRAIN.model_copy(update={"micro_batch": 3, "epochs": 1})
    whole = TRAIN.model_copy(update={"epochs": 1})
    by = {"head": Reward(), "loss": Bce(), "seed": 0}
    said = [
        predict(
            tiny.bench.run(finetune, tiny.model, pairs[1], train=train, **by),
            pairs[0],
            tiny.bench.context("test"),
        )
        for train in (small, whole)
    ]
    assert np.allclose(*said, atol=1e-4)


def test_a_loss_for_classes_refuses_preferences(tiny, pairs):
    with pytest.raises(PrerequisiteError, match=r"loss: xent\(\) takes soft or hard labels"):
        tiny.bench.run(finetune, tiny.model, pairs[1], head=Linear(), loss=Xent(), train=TRAIN)


def test_bodies_that_stay_as_they_are_learn_preferences_too(tiny, pairs):
    from w2sdl_runtime.variants.tunes import LinearProbe

    frozen = tiny.model
    frozen = type(frozen)(frozen.facts | {"tune": {"variant": "linear_probe"}}, frozen.folder)
    assert LinearProbe.variant_name == "linear_probe"
    probe = tiny.bench.run(
        finetune, tiny.bench.keep(frozen), pairs[1], head=Reward(), loss=Bce(), train=TRAIN, seed=0
    )
    said = predict(probe, pairs[0], tiny.bench.context("test"))
    assert ((said > 0.5) == pairs[2]).mean() > 0.75


def test_rows_of_one_candidate_can_be_read_beside_the_pairs(tiny, pairs, judge):
    """The rows that are kept for a warm worker are told apart by how many sides they have."""
    single = make_labels(tiny.bench, pairs[0], pairs[2].tolist())
    alone = tiny.bench.run(finetune, tiny.model, single, head=Linear(), train=TRAIN, seed=0)
    assert len(predict(alone, pairs[0], tiny.bench.context("test"))) == len(pairs[0])


def test_an_item_without_a_rival_still_has_a_prompt_to_read(tiny, judge):
    items = make_items([{"prompt": "Question: where?", "candidate": "forest", "rival": ""}])
    assert predict(judge, items, tiny.bench.context("test")).shape == (1,)
