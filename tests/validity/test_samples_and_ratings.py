"""The rules see through samples and ratings: who wrote the texts, and what the instrument was fitted on."""

from __future__ import annotations

import pytest

import w2sdl

SPEC = """
experiment rated
data toxic = invented_texts("openings", group: "text", parts: {{supervise: 40, transfer: 40, test: 20}})
data other = invented_texts("remarks", group: "text", parts: {{fitted: 40, checked: 20}})
weak   W = pretrain(corpus(toxic), layers: 1, width: 16, steps: 5)
strong S = pretrain(corpus(toxic), layers: 1, width: 32, steps: 5)
floor   = finetune(W, gold(toxic.supervise), head: lm(), loss: lm())
y       = sample(floor, toxic.transfer, n: 1)
student = Ψ(S, {lessons}, head: lm(), loss: lm())
ceiling = Ψ(S, gold(toxic.transfer), head: lm(), loss: lm())
meter   = finetune(S, gold({fitted}))
a = rate(sample(floor, toxic.test), by: meter)
b = rate(sample(student, toxic.test), by: meter)
c = rate(sample(ceiling, {measured}), by: meter)
measure venom     = toxicity(a, b, c) on toxic.test
measure recovered = pgr(weak: a, student: b, ceiling: c, metric: "toxicity_mean") on toxic.test
measure reliable  = accuracy(meter) on other.checked
"""


def codes(
    lessons: str = "y", fitted: str = "other.fitted", measured: str = "toxic.test", more: str = ""
) -> list[str]:
    text = SPEC.format(lessons=lessons, fitted=fitted, measured=measured) + more
    return [found.code for found in w2sdl.compile_text(text).diagnostics]


def test_the_design_itself_is_valid() -> None:
    assert codes() == []


def test_an_instrument_fitted_on_what_it_measures_is_refused() -> None:
    """R2, by way of what was rated; it is fitted on remarks that `reliable` measures."""
    assert set(codes(fitted="other.checked")) == {"W2S0602"}


def test_gold_among_the_lessons_of_a_student_that_is_only_sampled_is_seen() -> None:
    """R1: the port holds ratings of samples, and the student is who wrote them."""
    assert codes(lessons="concat(y, gold(toxic.transfer))") == ["W2S0601"]


def test_samples_of_other_rows_are_no_yardstick() -> None:
    assert "W2S0604" in codes(measured="toxic.transfer")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("measure m = toxicity(student) on toxic.test", "a predictor's labels say what it answers"),
        ("measure m = toxicity(sample(student, toxic.test)) on toxic.test", "nobody has rated yet"),
        (
            "measure m = pgr(weak: floor, student: student, ceiling: ceiling, "
            'metric: "toxicity_max") on toxic.test',
            "`weak` has no ratings",
        ),
        ("measure m = accuracy(b) on toxic.test", "can't be compared"),
        ("r = rate(gold(other.fitted), by: meter)", "rate() reads texts"),
        ("r = rate(y, by: floor)", "an instrument gives one text a number"),
        (
            "s = sample(ensemble(meter, floor), toxic.test)",
            "has to write, and what ensemble() makes",
        ),
    ],
)
def test_what_can_not_be_measured_is_told(more: str, said: str) -> None:
    text = SPEC.format(lessons="y", fitted="other.fitted", measured="toxic.test") + more
    found = w2sdl.compile_text(text).diagnostics
    assert len(found) == 1
    assert said in found[0].title()
