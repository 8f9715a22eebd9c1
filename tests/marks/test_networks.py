"""Whose network a predictor has is a mark of the operation that makes it, from wherever it comes."""

from __future__ import annotations

import pytest
from compiling import compiled

from w2sdl.errors.graph import BadCombination
from w2sdl.messages.diagnostics import Diagnostic
from w2sdl_runtime.op import op

START = """experiment marks
data qa  = science_qa(parts: {supervise: 20, transfer: 20, test: 20})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
W' = finetune(W, gold(qa.supervise))
seen = finetune(W, gold(qa.supervise), head: features())
both = committee([W', seen])
far = service(place: "there")
own = learner(W, gold(qa.supervise))
"""


def messages(more: str) -> tuple[Diagnostic, ...]:
    return compiled(START + more).diagnostics


@pytest.mark.parametrize(
    ("more", "fact"),
    [
        ("x = embed(both, items(qa))", "what committee() makes has none"),
        ("x = embed(shifted(both), items(qa))", "what committee() makes has none"),
        ("x = embed(shifted(seen), items(qa))", "finetune(head: features())"),
        ("x = embed(far, items(qa))", "from service() only answers come back"),
        ("x = sample(both, qa.test)", "has to write, and what committee() makes can't"),
        ("x = checkpoint(both, at: 50%)", "committee() is not trained in steps"),
        ("x = sample(far, qa.test, top_k: 5)", "no setting of an OpenAI-compatible endpoint"),
    ],
)
def test_what_can_not_be_read_is_said_before_it_runs(more: str, fact: str) -> None:
    """Breaks where the compiler knows operations by their names."""
    (found,) = messages(more)
    assert isinstance(found, BadCombination)
    assert fact in found.title()


@pytest.mark.parametrize(
    "more",
    [
        "x = embed(own, items(qa))",
        "x = embed(shifted(own), items(qa))",
        "x = embed(zero_shot(W), items(qa))",
        "x = sample(far, qa.test)",
        "x = checkpoint(own, at: 50%)",
    ],
)
def test_what_can(more: str) -> None:
    assert messages(more) == ()


def test_a_misspelled_word_is_no_silent_hole() -> None:
    with pytest.raises(TypeError, match="it is one of own, given, none, remote"):
        op("misspelled", network="nothing")(lambda ctx: None)
