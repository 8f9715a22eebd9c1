"""Labels of one kind where another is needed: known before anything runs."""

from __future__ import annotations

import pytest

import w2sdl

START = """experiment kinds
data qa  = science_qa(parts: {supervise: 20, transfer: 20, test: 20})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
strong S = pretrain(corpus(qa), layers: 1, width: 32, steps: 10)
judge    = finetune(W, gold(qa.supervise))
"""

_TOLD = 'y = label_file(qa.transfer, file: "y.jsonl", kind: "text", origin: human())\n'

WRONG = {
    "writer = finetune(W, gold(qa.supervise), head: lm(), loss: lm())": (
        "head: lm() takes text labels, and these are hard labels"
    ),
    "rm = finetune(W, gold(qa.supervise), head: reward(), loss: bce())": (
        "head: reward() takes pairwise labels, and these are hard labels"
    ),
    "student = finetune(S, label(judge, qa.transfer), head: linear(), loss: lm())": (
        "head: linear() takes soft or hard labels, and loss: lm() text"
    ),
    "student = finetune(S, label(judge, qa.transfer), head: linear(), loss: bce())": (
        "head: linear() takes soft or hard labels, and loss: bce() pairwise"
    ),
    'y = label_file(qa.transfer, file: "y.jsonl", kind: "text", origin: human())\n'
    "student = finetune(S, y)": "head: linear() takes soft or hard labels, and these are text labels",
    'y = label_file(qa.transfer, file: "y.jsonl", kind: "text", origin: human())\n'
    "w = finetune(S, y, head: lm(), loss: lm())\n"
    "z = label(w, qa.transfer)": (
        "this predictor's labels are words; labels of these items judge one candidate"
    ),
    'y = label_file(qa.transfer, file: "y.jsonl", kind: "text", origin: human())\n'
    "w = finetune(S, y, head: lm(), loss: lm())\n"
    "v = finetune(S, y, head: lm(), loss: lm(), seed: 1)\n"
    "e = ensemble([w, v])": "texts have no mean",
    f"{_TOLD}measure area = auroc(y) on qa.transfer": (
        "these labels are words, and this measure needs probabilities or classes"
    ),
    f"{_TOLD}z = corrupt(gold(qa.transfer), like: y)": (
        "only labels of two classes can be corrupted"
    ),
    f"{_TOLD}measure right = accuracy(y) on qa.transfer": (
        "`scored` and `gold` can't be compared: the labels of one are words, those of the other "
        "judge one candidate"
    ),
}

RIGHT = [
    "student = finetune(S, label(judge, qa.transfer), loss: logconf())",
    'student = finetune(S, label(judge, qa.transfer, kind: "hard"))',
    f'{_TOLD}measure named = accuracy(y, against: gold(qa.transfer, field: "domain")) on qa.transfer',
    'probe = finetune(S, gold(qa.supervise, field: "domain"))',  # known when the rows are read
    'y = label_file(qa.transfer, file: "y.jsonl", kind: "text", origin: human())\n'
    "writer = finetune(S, y, head: lm(), loss: lm())",
]


def messages(more):
    found = w2sdl.compile_text(START + more).diagnostics
    return [(one.code, one.title()) for one in found]


@pytest.mark.parametrize(("more", "message"), WRONG.items())
def test_labels_of_another_kind_do_not_compile(more, message):
    assert messages(more) == [("W2S0405", message)]


@pytest.mark.parametrize("more", RIGHT)
def test_labels_of_a_fitting_kind_do(more):
    assert messages(more) == []


def test_a_head_that_may_stay_is_told_its_loss() -> None:
    """`head: dpo()` and no loss: what is wrong is the default loss, and no other head is advised."""
    pairs = 'data hh = table("hh.jsonl", format: pairs(), parts: {supervise: 20})\n'
    for head in ("dpo()", "simpo()", "reward()"):
        spec = f"{START}{pairs}p = finetune(S, gold(hh.supervise), head: {head})\n"
        (found,) = w2sdl.compile_text(spec).diagnostics
        assert ("help", f"head: {head} goes with loss: bce()") in found.notes()


def test_a_value_that_may_be_of_two_sorts_is_told_of_both() -> None:
    """Of `"median" or a number >= 0` it isn't said that -1 "must be `median`"."""
    for at in ('"mean"', "-1"):
        spec = (
            f"{START}y = label(judge, qa.transfer)\nz = select(y, how: entropy(threshold: {at}))\n"
        )
        (found,) = w2sdl.compile_text(spec).diagnostics
        assert 'takes "median" or a number >= 0' in found.title()
        assert found.facts()["reason"] == "none of these"
