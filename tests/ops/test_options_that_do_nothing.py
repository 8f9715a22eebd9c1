"""An option that would do nothing can't be written, and a control is made of gold alone."""

from __future__ import annotations

import pytest
from workbench import make_items, make_labels

import w2sdl
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.corrupt import corrupt
from w2sdl_runtime.values import Labels

START = """experiment nothing
data qa  = science_qa(parts: {supervise: 20, transfer: 20, test: 20})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
strong S = pretrain(corpus(qa), layers: 1, width: 32, steps: 10)
T = D(S, S, items(qa))
"""


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('j = judge(W, context: T, how: likelihood(), template: "x")', "asks nothing"),
        ('f = few_shot(S, gold(qa.supervise), verdicts: ["yes"])', "names 1 different words"),
        ('f = few_shot(S, gold(qa.supervise), verdicts: ["yes", "yes"])', "names 1 different"),
        ('f = few_shot(S, gold(qa.supervise), verdicts: ["a", "b", "c"])', "names 3 different"),
        (
            'U = D(S, S, items(qa), protocol: simultaneous(), debater: generative(critic: "x"))',
            "there are none",
        ),
        (
            "U = D(S, S, items(qa), protocol: consultancy(judge: W))",
            "before all turns but the first",
        ),
        (
            "U = D(S, S, items(qa), protocol: interactive(judge: W, rounds: 1))",
            "before all rounds but the first",
        ),
        (
            "U = D(S, S, items(qa), protocol: consultancy(turns: 3, question_tokens: 9))",
            "consultancy() has no judge",
        ),
        (
            'U = D(S, S, items(qa), protocol: consultancy(turns: 3, question: "?"))',
            "consultancy() has no judge",
        ),
        ("U = D(S, S, items(qa), debater: generative(preference: W))", "there is one to choose"),
        (
            "U = D(S, S, items(qa), protocol: simultaneous(), "
            "debater: generative(critique: 1, preference: W))",
            "there is one to choose",
        ),
        ('U = D(S, S, items(qa), debater: generative(stock: "x"))', "there is one draft"),
    ],
)
def test_what_would_do_nothing_does_not_compile(more: str, words: str) -> None:
    (found,) = w2sdl.compile_text(START + more).diagnostics
    assert found.code == "W2S0404"
    assert words in found.title()


@pytest.mark.parametrize(
    "more",
    [
        "j = judge(W, context: T, how: likelihood())",
        'j = judge(W, context: T, how: logprob(), template: "{{ prompt }}")',
        'f = few_shot(S, gold(qa.supervise), verdicts: ["wrong", "right"])',
        "U = D(S, S, items(qa), protocol: consultancy(turns: 2, judge: W, question_tokens: 9))",
        "U = D(S, S, items(qa), protocol: interactive(judge: W))",
        "U = D(S, S, items(qa), debater: generative(best_of: 2, preference: W))",
        "U = D(S, S, items(qa), protocol: simultaneous(), "
        "debater: generative(critique: 2, preference: W))",
    ],
)
def test_what_does_something_compiles(more: str) -> None:
    assert w2sdl.compile_text(START + more).diagnostics == ()


def labels_of(bench, values, origin, kind):
    rows = [{"prompt": str(at), "candidate": "x"} for at in range(len(values))]
    made = make_labels(bench, bench.keep(make_items(rows)), values, kind=kind)
    return bench.keep(Labels(made.table, made.items, kind, origin))


def test_weak_labels_are_no_gold_to_corrupt(bench):
    """Breaks where a control called "gold with random flips" is made of a model's labels."""
    weak = labels_of(bench, [1.0, 0.0, 1.0, 0.0], "model", "hard")
    with pytest.raises(PrerequisiteError, match="of other origin: model"):
        bench.run(corrupt, weak, weak, seed=0)


def test_corrupted_preferences_are_preferences(bench):
    gold = labels_of(bench, [1.0, 0.0, 1.0, 0.0], "gold", "pairwise")
    like = labels_of(bench, [0.1, 0.2, 0.9, 0.3], "model", "pairwise")
    made = bench.run(corrupt, gold, like, seed=0)
    assert made.label_kind == "pairwise"
    wrong = [a != b for a, b in zip(made.table["value"], gold.table["value"], strict=True)]
    assert sum(wrong) == 1
