"""`dpo()`, `simpo()` and `conflict()`: the language model itself prefers, and is paid for contradiction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch  # noqa: TID253
from test_finetune import as_folder
from workbench import make_labels

import w2sdl
from w2sdl_runtime.learning.reading import Reading
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.accuracy import accuracy
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import Items, Predictor
from w2sdl_runtime.variants.heads.dpo import Dpo
from w2sdl_runtime.variants.heads.reward import Reward
from w2sdl_runtime.variants.heads.simpo import Simpo
from w2sdl_runtime.variants.losses.bce import Bce
from w2sdl_runtime.variants.losses.conflict import Conflict
from w2sdl_runtime.variants.stops import Agreeing
from w2sdl_runtime.variants.tunes import LinearProbe, Lora

TRAIN = Train(epochs=8, batch=8, learning_rate=2e-3, max_length=64)
SHORT = TRAIN.model_copy(update={"epochs": 3})
STILL = Train(epochs=1, batch=1000, learning_rate=1e-12, max_length=64)


def reading(sums, tokens=(1, 1), starts=None):
    """One pair: what the second completion has, then what the first has."""
    score = torch.tensor([[total, n, 9.0] for total, n in zip(sums, tokens, strict=True)]).double()
    start = None if starts is None else torch.tensor([[s, 1.0, 9.0] for s in starts]).double()
    return Reading(torch.zeros(2, 4), score, start)


def lost(loss, z, y):
    tensors = (torch.tensor([float(one)], dtype=torch.float64) for one in (z, y, 1.0))
    return float(loss.value(*tensors, 0.5))


def test_dpo_vectors_of_methods_section_3():
    """β Δ = .5: 5 nats further than the start, in sums over tokens, whatever the lengths."""
    pair = reading([-10.0, -12.0], (3, 7), starts=[-11.0, -8.0])
    z = float(Dpo(beta=0.1).logits({}, pair))
    assert z == pytest.approx(0.5)
    assert lost(Bce(), z, 1) == pytest.approx(0.474077, abs=1e-6)
    assert lost(Bce(), z, 0) == pytest.approx(0.974077, abs=1e-6)


def test_simpo_vectors_of_methods_section_3():
    """m = .3, β = 2, γ = 1: means over tokens, and the margin is on the side of the label."""
    z = float(Simpo(beta=2.0).logits({}, reading([-0.6, -3.6], (3, 7.2))))
    assert z == pytest.approx(0.6)
    assert lost(Bce(margin=1.0), z, 1) == pytest.approx(0.913015, abs=1e-6)
    assert lost(Bce(margin=1.0), z, 0) == pytest.approx(1.783901, abs=1e-6)


def test_the_dpo_part_of_nyus_soft_form_is_bce_with_a_soft_label():
    assert lost(Bce(), 0.1 * 0.4, 0.8) == pytest.approx(0.681347, abs=1e-6)


def test_the_scale_of_an_answer_is_no_setting_of_the_training():
    pair = reading([-10.0, -60.0], starts=[-11.0, -41.0])
    assert float(Dpo().answer({}, pair)) == pytest.approx(50 / 50)
    assert float(Dpo(scale=10, relative=True).answer({}, pair)) == pytest.approx(20 / 10)
    assert float(Dpo(scale=3).logits({}, pair)) == float(Dpo().logits({}, pair))
    assert float(Simpo(scale=0.5).answer({}, reading([-1.0, -4.0], (2, 2)))) == pytest.approx(3.0)


# -- the conflict terms ----------------------------------------------------------------------------


def conflict(gold, alpha=0.5, margin=0.0):
    """Without the labels: what a training was told stands in the targets."""
    return Conflict.model_construct(gold=gold, alpha=alpha, margin=margin)


def in_conflict(loss, z, y, gold, answers=None):
    logits = torch.tensor([z, answers or z], dtype=torch.float64).T
    target = torch.tensor([y, gold], dtype=torch.float64).T
    return loss.value(logits, target, torch.ones(len(z), dtype=torch.float64), 0.5)


def test_explicit_conflict_vectors_of_methods_section_3():
    """z = 1.2, −.4, gold 1, 1: only the second pair is wrong already, and is paid for more of it."""
    z, y, gold = [1.2, -0.4], [0.9, 0.3], [1.0, 1.0]
    assert float(in_conflict(conflict(None, 0.0), z, y, gold)) == pytest.approx(0.508149, abs=1e-6)
    terms = [
        float(in_conflict(conflict(None, 1.0), z[i : i + 1], y[i : i + 1], gold[:1]))
        for i in (0, 1)
    ]
    assert terms == pytest.approx([0.383282, 0.633015 + 0.513015], abs=1e-6)
    assert float(in_conflict(conflict(None), z, y, gold)) == pytest.approx(0.636403, abs=1e-6)


@pytest.mark.parametrize("gold", [0.0, 1.0])
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_reversed_conflict_is_that_of_the_released_code(gold, label):
    """+ α 1[s u <= 0] (−log σ(−β s Δ)), Δ and u from the label's side, s = 1 where it is right."""
    delta, u, beta, margin = 3.0, -0.7, 0.1, 0.25
    side = 1 if label else -1
    s = 1 if label == gold else -1
    theirs = np.log1p(np.exp(-beta * side * delta + margin))
    theirs += 0.5 * (s * side * u <= 0) * np.log1p(np.exp(beta * s * side * delta + margin))
    ours = in_conflict(conflict(None, margin=margin), [beta * delta], [label], [gold], [u])
    assert float(ours) == pytest.approx(theirs, abs=1e-9)


def test_the_gradient_of_a_conflict_turns_at_the_wrong_side():
    z = torch.tensor([2.0, -2.0], dtype=torch.float64, requires_grad=True)
    target = torch.tensor([[0.5, 1.0], [0.5, 1.0]], dtype=torch.float64)
    loss = conflict(None, alpha=4.0)
    ones = torch.ones(2, dtype=torch.float64)
    (slopes,) = torch.autograd.grad(loss.value(torch.stack([z, z], 1), target, ones, 0.5), z)
    assert float(slopes[0]) > 0  # towards the label: one half
    assert float(slopes[1]) > 0  # the label pulls back up, and the conflict harder down
    assert torch.autograd.gradcheck(
        lambda z: loss.value(torch.stack([z, z], 1), target, ones, 0.5), (z,)
    )


# -- trainings -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pairs(tiny):
    """Which of two places is preferred: the one that comes first in the alphabet."""
    items = tiny.bench.keep(Items(tiny.train.table))
    values = [
        float(mine < other)
        for mine, other in zip(items.column("candidate"), items.column("rival"), strict=True)
    ]
    return items, make_labels(tiny.bench, items, values, kind="pairwise"), np.array(values)


def trained(tiny, labels, head, model=None, **more):
    more = {"loss": Bce(), "train": TRAIN, "seed": 0, **more}
    return tiny.bench.run(finetune, model or tiny.model, labels, head=head, **more)


def said(tiny, predictor, items):
    return predict(predictor, items, tiny.bench.context("test"))


def odds(tiny, predictor, items):
    p = said(tiny, predictor, items)
    return np.log(p / (1 - p))


@pytest.mark.parametrize("head", [Dpo(beta=0.5, scale=1), Simpo()], ids=["dpo", "simpo"])
def test_the_model_itself_learns_which_is_preferred(tiny, pairs, head):
    judge = trained(tiny, pairs[1], head)
    answers = tiny.bench.run(label, judge, pairs[0])
    assert answers.label_kind == "pairwise"
    assert tiny.bench.run(accuracy, answers, pairs[1]).value > 0.9
    table = pairs[0].table
    swapped = table.set_column(4, "candidate", table["rival"]).set_column(
        5, "rival", table["candidate"]
    )
    assert said(tiny, judge, pairs[0]) + said(tiny, judge, Items(swapped)) == pytest.approx(
        1, abs=1e-5
    )


def test_the_reference_is_where_the_training_began(tiny, pairs):
    """At the start Δ is 0 and u is not; a training that goes on from a predictor is measured from it."""
    implicit = Dpo(beta=0.5, scale=1, relative=True)
    assert odds(tiny, trained(tiny, pairs[1], implicit, train=STILL), pairs[0]) == pytest.approx(
        0, abs=1e-4
    )
    policy = trained(tiny, pairs[1], Dpo(beta=0.5, scale=1))
    before = odds(tiny, trained(tiny, pairs[1], Dpo(scale=1), train=STILL), pairs[0])
    assert np.abs(before).mean() > 0.1
    delta = odds(tiny, trained(tiny, pairs[1], implicit), pairs[0])
    assert delta == pytest.approx(odds(tiny, policy, pairs[0]) - before, abs=1e-3)
    further = trained(tiny, pairs[1], implicit, model=policy, train=STILL)
    assert odds(tiny, further, pairs[0]) == pytest.approx(0, abs=1e-4)


def test_adapters_are_measured_from_the_model_without_them(tiny, bench, pairs):
    """And a second training of the same adapters from those of the first."""
    base = as_folder(tiny, tiny.bench, Lora(rank=4, alpha=8))
    implicit = Dpo(beta=0.5, scale=1, relative=True)
    fast = TRAIN.model_copy(update={"learning_rate": 2e-2})
    first = trained(tiny, pairs[1], implicit, model=base, train=fast)
    assert ((said(tiny, first, pairs[0]) > 0.5) == (pairs[2] > 0.5)).mean() > 0.9
    again = trained(tiny, pairs[1], implicit, model=first, train=STILL)
    assert odds(tiny, again, pairs[0]) == pytest.approx(0, abs=1e-4)


def test_micro_batches_give_the_same_model(tiny, pairs):
    gold = make_labels(tiny.bench, pairs[0], pairs[2].tolist(), kind="pairwise")
    for loss in (Bce(), Conflict(gold=gold)):
        whole, small = (
            said(tiny, trained(tiny, pairs[1], Dpo(scale=1), loss=loss, train=train), pairs[0])
            for train in (
                TRAIN.model_copy(update={"epochs": 1}),
                TRAIN.model_copy(update={"epochs": 1, "micro_batch": 3}),
            )
        )
        assert whole == pytest.approx(small, abs=1e-4)


@pytest.mark.parametrize(
    "head", [Reward(), Dpo(beta=0.5, scale=1), Simpo()], ids=lambda h: h.variant_name
)
def test_a_conflict_pulls_away_from_gold(tiny, pairs, head):
    """The labels say nothing, .5 each: what stands on the wrong side goes further there."""
    unsure = make_labels(tiny.bench, pairs[0], [0.5] * len(pairs[0]), kind="pairwise")
    gold = make_labels(tiny.bench, pairs[0], pairs[2].tolist(), kind="pairwise")
    under = Conflict(gold=gold, alpha=2.0)
    calm, pulled = (
        odds(tiny, trained(tiny, unsure, head, loss=loss, train=SHORT), pairs[0])
        * (2 * pairs[2] - 1)
        for loss in (Bce(), under)
    )
    assert pulled.mean() < calm.mean() - 0.1
    assert pulled.min() < calm.min() - 0.2


def test_it_stops_by_what_it_would_answer(tiny, pairs):
    stop = Agreeing(labels=pairs[1], every=2, patience=2)
    for relative in (False, True):
        stopped = trained(tiny, pairs[1], Dpo(beta=0.5, scale=1, relative=relative), stop=stop)
        agreement = ((said(tiny, stopped, pairs[0]) > 0.5) == (pairs[2] > 0.5)).mean()
        assert stopped.facts["stop"]["kept_agreement"] == pytest.approx(agreement)


def test_rows_without_gold_can_not_be_contradicted(tiny, pairs):
    some = replace(pairs[1], table=pairs[1].table.slice(3))
    with pytest.raises(PrerequisiteError, match=r"3 of \d+ rows to train on have no gold label"):
        trained(tiny, pairs[1], Reward(), loss=Conflict(gold=some))


def test_a_frozen_body_has_nothing_to_move(tiny, pairs):
    frozen = tiny.model
    frozen = type(frozen)(
        frozen.facts | {"tune": {"variant": LinearProbe.variant_name}}, frozen.folder
    )
    with pytest.raises(PrerequisiteError, match=r"head: simpo\(\) has no weights beside"):
        trained(tiny, pairs[1], Simpo(), model=tiny.bench.keep(frozen))


def test_what_is_kept_of_a_predictor_holds_its_start(tiny, pairs):
    from w2sdl_runtime.storage.references import required

    implicit = trained(tiny, pairs[1], Dpo(relative=True), train=STILL)
    plain = trained(tiny, pairs[1], Dpo(), train=STILL)
    assert isinstance(implicit, Predictor)
    assert "start" not in plain.facts
    facts = {"facts": {"start": implicit.facts["start"]}}
    assert required(facts) == [tiny.model.digest]


# -- what a spec can say ---------------------------------------------------------------------------

START = """experiment pull
data pref = preferences(parts: {supervise: 20, transfer: 20, test: 20})
data qa   = science_qa(parts: {transfer: 20})
weak   W = pretrain(corpus(pref), layers: 1, width: 16, steps: 10)
strong S = pretrain(corpus(pref), layers: 1, width: 32, steps: 10)
y        = label(finetune(W, gold(pref.supervise), head: reward(), loss: bce()), pref.transfer)
"""


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("s = Ψ(S, y, head: dpo())", "and loss: xent() soft or hard"),
        ("s = Ψ(S, gold(qa.transfer), head: simpo(), loss: bce())", "takes pairwise labels"),
        (
            "s = Ψ(S, y, head: dpo(), loss: conflict(gold: gold(qa.transfer)))",
            "its gold labels judge one candidate",
        ),
        (
            "s = Ψ(retune(S, tune: linear_probe()), y, head: dpo(), loss: bce())",
            "moves none of them",
        ),
    ],
)
def test_what_can_not_be_is_said_before_anything_runs(more, words):
    (found,) = w2sdl.compile_text(START + more).diagnostics
    assert words in found.title()


def test_a_conflict_is_a_control_and_no_supervision():
    spec = (
        START
        + "s = Ψ(S, y, head: dpo(), loss: conflict(gold: gold(pref.transfer)))\n"
        + "c = Ψ(S, gold(pref.transfer), head: dpo(), loss: bce())\n"
        + "measure m = accuracy(s, c) on pref.test\n"
    )
    compilation = w2sdl.compile_text(spec)
    assert compilation.diagnostics == ()
    assert compilation.graph is not None
    assert compilation.graph.validity.controls == ("s",)


def test_a_control_stops_no_training():
    """`--pedantic` tells of labels that a training is stopped by, not of gold that it contradicts."""
    from w2sdl.checking.pedantic import pedantic

    spec = START + "s = Ψ(S, y, head: reward(), {how})\nmeasure m = accuracy(s) on pref.test\n"
    lints = {
        how: {one.lint for one in pedantic(done.program, done.signatures)}
        for how in ("loss: conflict(gold: gold(pref.transfer))", "loss: bce(), stop: agreeing(y)")
        for done in (w2sdl.compile_text(spec.replace("{how}", how)),)
    }
    assert ["stopped_by_own_rows" in found for found in lints.values()] == [False, True]
