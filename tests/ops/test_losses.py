"""The test vectors of the methods reference, section 3."""

from __future__ import annotations

import pytest
import torch  # noqa: TID253

from w2sdl_runtime.variants.losses import Loss
from w2sdl_runtime.variants.losses.entropy import Entropy
from w2sdl_runtime.variants.losses.kl import Kl
from w2sdl_runtime.variants.losses.lm import Lm
from w2sdl_runtime.variants.losses.logconf import Logconf, balanced
from w2sdl_runtime.variants.losses.product import Product
from w2sdl_runtime.variants.losses.thresholds import ClassShare, Median, Recent
from w2sdl_runtime.variants.losses.warmups import LinearWarmup, OpenaiJump, StepsWarmup
from w2sdl_runtime.variants.losses.window import Midweak, Window
from w2sdl_runtime.variants.losses.xent import Xent
from w2sdl_runtime.variants.schedules import Constant, Cosine, Linear, rate_factor

STUDENT = torch.tensor([0.9, 0.6, 0.4, 0.2], dtype=torch.float64)
WEAK = {
    "first": torch.tensor([0.8, 0.3, 0.7, 0.1], dtype=torch.float64),
    "second": torch.tensor([0.2, 0.1, 0.4, 0.3], dtype=torch.float64),
}
ONES = torch.ones(4, dtype=torch.float64)


#: Steps of a training: at 0.99 of them every warm-up below is over.
STEPS = 1000
AT_ONCE = LinearWarmup(share=0.0)


def value(loss, weak, weight=ONES, progress=0.99):
    begun = loss.begun(WEAK[weak], STEPS)
    return float(begun.value(torch.logit(STUDENT), WEAK[weak], weight, progress))


def gradient(loss, weak="first", logits=None):
    """The slopes of a batch of a training that has just begun, at the end of all warm-ups."""
    logits = (torch.logit(STUDENT) if logits is None else logits).requires_grad_()
    target = WEAK[weak]
    begun = loss.begun(target, STEPS)
    (slopes,) = torch.autograd.grad(begun.value(logits, target, ONES, 0.99), logits)
    return slopes


@pytest.mark.parametrize(
    ("loss", "weak", "expected"),
    [
        (Xent(), "first", 0.623970),
        (Xent(), "second", 1.012732),
        (Logconf(alpha=0.5, threshold=Median()), "first", 0.480755),
        (Logconf(alpha=0.75, threshold=Median()), "first", 0.409147),
        (Logconf(alpha=0.5, threshold=Median()), "second", 0.675135),
        (Logconf(alpha=0.75, threshold=Median()), "second", 0.506337),
        (Logconf(alpha=0.5, threshold=ClassShare()), "first", 0.480755),
        (Logconf(alpha=0.75, threshold=ClassShare()), "first", 0.409147),
        (Logconf(alpha=0.5, threshold=ClassShare()), "second", 0.725819),
        (Logconf(alpha=0.75, threshold=ClassShare()), "second", 0.582362),
        (Product(), "first", 0.485154),
        (Kl(), "first", 0.112167),
        (Entropy(), "first", 0.583424),
        (Window(), "first", 0.397326),
        (Window(r=Midweak()), "first", 0.397326),
        (Window(r=0.51), "first", 0.623970),
        (Window(r=0.51), "second", 1.012732),
    ],
)
def test_vectors(loss, weak, expected):
    assert value(loss, weak) == pytest.approx(expected, abs=1e-6)


def test_class_share_cuts_where_the_reference_cuts():
    hardened = {name: ClassShare().harden(STUDENT, weak).tolist() for name, weak in WEAK.items()}
    assert hardened == {"first": [1, 1, 0, 0], "second": [1, 0, 0, 0]}


def test_the_targets_between():
    first = WEAK["first"]
    log_odds = torch.logit(STUDENT) + torch.logit(first)
    product = [0.972973, 0.391304, 0.608696, 0.027027]
    assert torch.sigmoid(log_odds).tolist() == pytest.approx(product, abs=1e-6)
    # The product's gradient is p - target, so its target shows there.
    shown = STUDENT - 4 * gradient(Product())
    assert shown.tolist() == pytest.approx(product, abs=1e-6)
    assert balanced(first).tolist() == pytest.approx(
        [0.830479, 0.344215, 0.740781, 0.119783], abs=1e-6
    )
    assert Midweak().of(first) == pytest.approx(0.25)
    assert value(Xent(), "first") - value(Kl(), "first") == pytest.approx(0.511804, abs=1e-6)


def test_the_balanced_form_is_the_loss_of_balanced_labels():
    balance = Logconf(balance=True, warmup=AT_ONCE)
    plain = Logconf(warmup=AT_ONCE)
    by_hand = plain.value(torch.logit(STUDENT), balanced(WEAK["first"]), ONES, 0.0)
    assert value(balance, "first", progress=0.0) == pytest.approx(float(by_hand))
    hard = torch.tensor([1.0, 0.0, 1.0, 1.0], dtype=torch.float64)
    assert bool(torch.isfinite(balanced(hard)).all())


# -- what the student predicted before -----------------------------------------------------------------


def cuts(rule, *batches, target=None):
    """What a training's threshold makes of its batches of P(class 1), one after another."""
    begun = rule.begun(WEAK["first"])
    hard = []
    for batch in batches:
        probability = torch.tensor(batch, dtype=torch.float64)
        label = torch.full_like(probability, 0.5) if target is None else torch.tensor(target)
        hard.append(begun.harden(probability, label.double()).tolist())
    return hard


def test_each_row_is_cut_by_what_was_predicted_until_then():
    """p_0 = .1, .4, .6, .8: the medians so far are .1, .25, .4, .5, and only less is class 1."""
    assert cuts(Recent(), [0.9, 0.6, 0.4, 0.2]) == [[0, 0, 0, 0]]
    assert cuts(Recent(), [0.2, 0.4, 0.6, 0.9]) == [[0, 1, 1, 1]]


def test_a_threshold_remembers_earlier_batches_and_forgets_the_oldest():
    high, low = [0.9, 0.9, 0.9], [0.3, 0.2, 0.25]
    assert cuts(Recent(), high, low)[1] == [0, 0, 0]
    assert cuts(Recent(predictions=2), high, low)[1] == [0, 0, 1], "only the row before counts"
    assert cuts(Recent(), low)[0] == [0, 0, 0]


def test_a_minibatch_of_the_whole_batch_cuts_like_the_released_code_of_openai():
    """Memory of one batch, cut at the labels' share: that is `class_share`."""
    whole = Recent(predictions=4, minibatch=4, at="labels")
    for name, weak in WEAK.items():
        expected = ClassShare().harden(STUDENT, weak).tolist()
        assert cuts(whole, STUDENT.tolist(), target=weak.tolist()) == [expected], name
    assert value(Logconf(threshold=whole, warmup=AT_ONCE), "second") == pytest.approx(
        0.725819, abs=1e-6
    )


def test_two_trainings_share_no_memory():
    loss = Logconf(threshold=Recent())
    one, two = (loss.begun(WEAK["first"], 10) for _ in range(2))
    one.value(torch.logit(STUDENT), WEAK["first"], ONES, 0.0)
    assert bool(one.memory()[0].isfinite().any())
    assert not bool(two.memory()[0].isfinite().any())


# -- gradients -----------------------------------------------------------------------------------------

SMOOTH: list[Loss] = [
    Xent(),
    Kl(),
    Window(r=0.2),
    Window(r=Midweak()),
    Logconf(warmup=AT_ONCE),
    Logconf(threshold=ClassShare(), warmup=AT_ONCE),
    Logconf(threshold=Recent(), warmup=AT_ONCE, balance=True),
]


@pytest.mark.parametrize("loss", SMOOTH, ids=repr)
@pytest.mark.parametrize("weak", WEAK)
def test_gradients_are_the_slopes_of_the_values(loss, weak):
    """Against finite differences; what is hardened or masked is flat between its cuts."""

    def whole(logits):
        return loss.begun(WEAK[weak], STEPS).value(logits, WEAK[weak], ONES * 2, 0.5)

    assert torch.autograd.gradcheck(whole, (torch.logit(STUDENT).requires_grad_(),))


def test_the_gradient_of_kl_is_that_of_cross_entropy():
    assert torch.allclose(gradient(Kl()), gradient(Xent()))
    assert torch.allclose(gradient(Xent()), (STUDENT - WEAK["first"]) / 4)


def test_the_entropy_loss_is_cross_entropy_scaled():
    assert torch.allclose(gradient(Entropy(alpha=0.3)), 0.7 * gradient(Xent()))


def test_the_window_lets_unsure_rows_teach_as_in_the_whole_batch():
    expected = torch.tensor([0.0, 1.0, 1.0, 0.0], dtype=torch.float64) * gradient(Xent())
    assert torch.allclose(gradient(Window()), expected)


def test_at_agreement_kl_is_nothing():
    assert float(Kl().value(torch.logit(STUDENT), STUDENT, ONES, 0.0)) == pytest.approx(0)
    hard = torch.tensor([1.0, 0.0], dtype=torch.float64)
    far = torch.tensor([9.0, -9.0], dtype=torch.float64)
    assert float(Kl().value(far, hard, ONES[:2], 0.0)) == pytest.approx(
        float(Xent().value(far, hard, ONES[:2], 0.0))
    )


@pytest.mark.parametrize(
    ("warmup", "expected"),
    [
        (OpenaiJump(), [0, 0.025, 0.05, 0.5, 0.5]),
        (LinearWarmup(share=0.1), [0, 0.25, 0.5, 0.5, 0.5]),
        (LinearWarmup(share=0.2), [0, 0.125, 0.25, 0.275, 0.5]),
        (LinearWarmup(share=0.0), [0.5, 0.5, 0.5, 0.5, 0.5]),
        (StepsWarmup(), [0, 0.25, 0.5, 0.5, 0.5]),
        (StepsWarmup(count=2000), [0, 0.0125, 0.025, 0.0275, 0.125]),
    ],
)
def test_coefficients(warmup, expected):
    progress = [0, 0.05, 0.10, 0.11, 0.50]
    begun = warmup.begun(STEPS)
    assert [begun.coefficient(0.5, f) for f in progress] == pytest.approx(expected)


def test_confidence_starts_at_plain_cross_entropy():
    assert value(Logconf(), "first", progress=0.0) == pytest.approx(value(Xent(), "first"))


def test_confidence_needs_the_whole_batch():
    """A threshold of half a batch is another threshold: micro-batches would change the loss."""
    loss, weak = Logconf(warmup=LinearWarmup(share=0.0)), WEAK["first"]
    halves = [
        float(loss.value(torch.logit(STUDENT[part]), weak[part], ONES[part], 1.0))
        for part in (slice(0, 2), slice(2, 4))
    ]
    assert sum(halves) / 2 != pytest.approx(value(loss, "first"), abs=1e-3)


def test_no_gradient_through_the_hardened_student():
    logits = torch.logit(STUDENT).requires_grad_()
    Logconf(alpha=1.0, warmup=LinearWarmup(share=0.0)).value(
        logits, WEAK["first"], ONES, 1.0
    ).backward()
    hardened = Median().harden(STUDENT, WEAK["first"])
    assert torch.allclose(logits.grad, (STUDENT - hardened) / 4)


@pytest.mark.parametrize(
    "loss", [Xent(), Logconf(), Product(), Kl(), Window(), Entropy(warmup=AT_ONCE)]
)
def test_a_weight_of_two_counts_as_two_rows(loss):
    logits, target = torch.logit(STUDENT), WEAK["first"]
    weighted = loss.value(logits, target, torch.tensor([2.0, 1.0, 1.0, 1.0]).double(), 0.0)
    twice = torch.tensor([0, 0, 1, 2, 3])
    repeated = loss.value(logits[twice], target[twice], torch.ones(5).double(), 0.0)
    assert float(weighted) == pytest.approx(float(repeated))


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_product_takes_hard_labels(target):
    targets = torch.full((4,), target, dtype=torch.float64)
    plain = Xent().value(torch.logit(STUDENT), targets, ONES, 0.0)
    assert float(Product().value(torch.logit(STUDENT), targets, ONES, 0.0)) == pytest.approx(
        float(plain)
    )


def test_schedules():
    assert [Cosine(floor=0.05).factor(f) for f in (0, 0.5, 1)] == pytest.approx([1, 0.525, 0.05])
    assert [Linear().factor(f) for f in (0, 0.25, 1)] == pytest.approx([1, 0.75, 0])
    assert Constant().factor(0.7) == 1


def test_warmup_is_a_share_or_a_number_of_steps():
    share = [rate_factor(Constant(), 0.4, step, 10) for step in range(6)]
    assert share == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1])
    assert share == [rate_factor(Constant(), 4.0, step, 10) for step in range(6)]
    assert [rate_factor(Linear(), 0.0, step, 4) for step in range(4)] == pytest.approx(
        [1, 0.75, 0.5, 0.25]
    )


@pytest.mark.parametrize(
    ("normalise", "expected"),
    [("all_positions", 0.1875), ("answer_tokens", 0.75), ("weights", 1.5)],
)
def test_weighted_language_modelling(normalise: str, expected: float) -> None:
    """8 positions, 6 of them masked, cross-entropies 1 and 2, weight 1/2 (Guo & Yang 2024)."""
    row = torch.tensor([[-3.0, 2.0, 8.0]], dtype=torch.float64)
    found = Lm(normalise=normalise).value(row, torch.zeros(1), torch.tensor([0.5]), 0.0)
    assert float(found) == pytest.approx(expected)


def test_language_modelling_without_weights_is_a_mean_over_answer_tokens() -> None:
    rows = torch.tensor([[-3.0, 2.0, 8.0], [-1.0, 1.0, 4.0]], dtype=torch.float64)
    for normalise, tokens in (("weights", 3), ("answer_tokens", 3), ("all_positions", 12)):
        found = Lm(normalise=normalise).value(rows, torch.zeros(2), torch.ones(2), 0.0)
        assert float(found) == pytest.approx(4 / tokens)
    weighted = Lm().value(rows, torch.zeros(2), torch.tensor([2.0, 1.0]), 0.0)
    assert float(weighted) == pytest.approx((2 * 3 + 1) / (2 * 2 + 1))
