"""`stop: agreeing(labels)` over the real operations: what stops a student reaches it by selection."""

from __future__ import annotations

import pytest

from w2sdl.discover import load_signatures
from w2sdl.pipeline import Compilation
from w2sdl.source import Source

SPEC = """experiment e "?"
axis seed = 0..1
data qa = science_qa(parts: {{supervise: 80, transfer: 80, validation: 20, test: 60}})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 60, seed: seed)
strong S = pretrain(corpus(qa), layers: 1, width: 32, steps: 60, seed: seed)
teacher = finetune(W, gold(qa.supervise), seed: seed)
y       = label(teacher, qa.transfer)
student = Ψ(S, y, stop: agreeing({labels}), seed: seed)
ceiling = Ψ(S, gold(qa.transfer), seed: seed)
measure scores = accuracy(teacher, student, ceiling) on qa.test
"""


def compiled(labels: str) -> Compilation:
    return Compilation(Source("stop.w2s", SPEC.format(labels=labels)), load_signatures())


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        ("gold(qa.transfer)", "W2S0601"),  # R1: gold of the student's rows chooses its weights
        ("concat(y, gold(qa.transfer))", "W2S0601"),
        ("gold(qa.test)", "W2S0602"),  # R2: the measured rows choose them
        ("label(teacher, qa.test)", "W2S0602"),
    ],
)
def test_what_may_not_stop_a_student(labels: str, code: str) -> None:
    found = compiled(labels)
    assert [message.code for message in found.diagnostics] == [code]
    assert found.graph is None


@pytest.mark.parametrize(
    ("labels", "by"),
    [
        ("label(teacher, qa.validation)", "qa.supervise"),  # what the supervisor was fitted on
        ("gold(qa.validation)", "qa.validation"),
    ],
)
def test_gold_of_other_rows_that_stops_a_student_is_listed(labels: str, by: str) -> None:
    found = compiled(labels)
    assert found.diagnostics == ()
    assert found.graph is not None
    extra = [(gold.student, gold.part, gold.channel) for gold in found.graph.validity.extra_gold]
    assert extra == [("student", by, "select")]


def test_a_strong_model_on_gold_alone_is_no_student_and_lists_nothing() -> None:
    text = SPEC.replace("Ψ(S, y, stop", "Ψ(S, gold(qa.validation), stop")
    found = Compilation(
        Source("gold.w2s", text.format(labels="gold(qa.supervise)")), load_signatures()
    )
    assert found.graph is not None
    assert found.graph.validity.extra_gold == ()
