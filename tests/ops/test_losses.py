"""The test vectors of the methods reference, section 3."""

from __future__ import annotations

import pytest
import torch  # noqa: TID253

from w2sdl_runtime.variants.losses.logconf import (
    ClassShare,
    LinearWarmup,
    Logconf,
    Median,
    OpenaiJump,
)
from w2sdl_runtime.variants.losses.product import Product
from w2sdl_runtime.variants.losses.xent import Xent
from w2sdl_runtime.variants.schedules import Constant, Cosine, Linear, rate_factor

STUDENT = torch.tensor([0.9, 0.6, 0.4, 0.2], dtype=torch.float64)
WEAK = {
    "first": torch.tensor([0.8, 0.3, 0.7, 0.1], dtype=torch.float64),
    "second": torch.tensor([0.2, 0.1, 0.4, 0.3], dtype=torch.float64),
}
ONES = torch.ones(4, dtype=torch.float64)


def value(loss, weak, weight=ONES, progress=0.99):
    return float(loss.value(torch.logit(STUDENT), WEAK[weak], weight, progress))


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
    ],
)
def test_vectors(loss, weak, expected):
    assert value(loss, weak) == pytest.approx(expected, abs=1e-6)


def test_class_share_cuts_where_the_reference_cuts():
    hardened = {name: ClassShare().harden(STUDENT, weak).tolist() for name, weak in WEAK.items()}
    assert hardened == {"first": [1, 1, 0, 0], "second": [1, 0, 0, 0]}


@pytest.mark.parametrize(
    ("warmup", "expected"),
    [
        (OpenaiJump(), [0, 0.025, 0.05, 0.5, 0.5]),
        (LinearWarmup(share=0.1), [0, 0.25, 0.5, 0.5, 0.5]),
        (LinearWarmup(share=0.2), [0, 0.125, 0.25, 0.275, 0.5]),
        (LinearWarmup(share=0.0), [0.5, 0.5, 0.5, 0.5, 0.5]),
    ],
)
def test_coefficients(warmup, expected):
    progress = [0, 0.05, 0.10, 0.11, 0.50]
    assert [warmup.coefficient(0.5, f) for f in progress] == pytest.approx(expected)


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


@pytest.mark.parametrize("loss", [Xent(), Logconf(), Product()])
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
