"""What an operation can't use is said before anything runs, where the spec tells how it is made."""

from __future__ import annotations

import pytest

import w2sdl
from w2sdl.errors.graph import BadCombination

START = """experiment late
axis seed = 0..1
axis share = {tenth: 10%, half: 50%, end: 100%}
data qa  = science_qa(parts: {supervise: 20, transfer: 20, test: 20})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
strong S = pretrain(corpus(qa), layers: 1, width: 32, steps: 10)
t = finetune(W, gold(qa.supervise), snapshots: [10%, 50%], seed: seed)
bare = finetune(W, gold(qa.supervise), seed: seed)
seen = finetune(W, gold(qa.supervise), head: features())
both = ensemble(t, over: seed)
T = D(S, S, items(qa))
TT = D(S, S, items(qa), stance: both_orders())
"""


def refusal(more: str) -> tuple[str, str]:
    (found,) = w2sdl.compile_text(START + more).diagnostics
    assert isinstance(found, BadCombination)
    return found.title(), found.advice


def compiles(more: str) -> bool:
    return w2sdl.compile_text(START + more).diagnostics == ()


@pytest.mark.parametrize(
    ("more", "fact", "advice"),
    [
        (
            "c = checkpoint(t, at: 20%)",
            "no snapshot at 20% (it keeps 10%, 50%)",
            "snapshots: [20%]",
        ),
        (
            "c = checkpoint(bare, at: 10%)",
            "no snapshot at 10% (it keeps none)",
            "snapshots: [10%]",
        ),
        ("c = checkpoint(both, at: 30%)", "no snapshot at 30% (it keeps 10%, 50%)", "[30%]"),
        (
            "c = checkpoint(zero_shot(S), at: 50%)",
            "zero_shot() is not trained in steps",
            "finetune()",
        ),
        (
            "g = bootstrap([W, S], label(bare, qa.transfer), snapshots: [50%])\n"
            "c = checkpoint(g, at: 25%)",
            "no snapshot at 25% (it keeps 50%)",
            "[25%]",
        ),
    ],
)
def test_a_share_that_no_training_keeps(more: str, fact: str, advice: str) -> None:
    """Breaks where the mistake is found after the training that it is about."""
    title, help_text = refusal(more)
    assert fact in title
    assert advice in help_text


@pytest.mark.parametrize(
    "more",
    [
        "c = checkpoint(t, at: share)",
        "c = checkpoint(bare, at: 100%)",
        "c = checkpoint(both, at: 50%)",
        "g = bootstrap([W, S], label(bare, qa.transfer), snapshots: [50%])\n"
        "c = checkpoint(g, at: 50%)",
    ],
)
def test_a_share_that_is_kept(more: str) -> None:
    assert compiles(more)


@pytest.mark.parametrize(
    ("more", "fact"),
    [
        ("x = judge(both, context: T)", "`model` has to write, and what ensemble() makes"),
        ("x = embed(both, items(qa))", "ensemble()"),
        ("x = embed(checkpoint(both, at: 50%), items(qa))", "ensemble()"),
        ("x = embed(seen, items(qa))", "finetune(head: features())"),
        ("x = zero_shot(both)", "ensemble()"),
        ("x = few_shot(judge(S, context: TT), gold(qa.supervise))", "judge()"),
        ("x = finetune(both, gold(qa.supervise))", "ensemble()"),
        ("x = adapt(both, corpus(qa))", "ensemble()"),
        ("x = D(S, both, items(qa))", "`second` has to write"),
        ("x = D(S, S, items(qa), protocol: interactive(judge: both))", "`judge` has to write"),
        (
            "x = D(S, S, items(qa), debater: generative(best_of: 2, preference: both))",
            "`preference` needs one network",
        ),
    ],
)
def test_what_has_no_network_of_its_own(more: str, fact: str) -> None:
    title, help_text = refusal(more)
    assert fact in title
    assert "models that it was made of" in help_text


@pytest.mark.parametrize(
    "more",
    ["x = judge(S, context: T)", "x = embed(t, items(qa))", "x = adapt(bare, corpus(qa))"],
)
def test_what_has_one(more: str) -> None:
    assert compiles(more)


@pytest.mark.parametrize(
    "read",
    [
        "judge(S, context: T)",
        "finetune(W, gold(qa.supervise))",
        "finetune(W, gold(qa.supervise), context: T)",
        "zero_shot(S)",
    ],
)
def test_the_accuracy_of_one_order(read: str) -> None:
    title, help_text = refusal(f"measure m = order_accuracy({read}) on qa.test")
    assert "reads no debates in both orders" in title
    assert "stance: both_orders()" in help_text


def test_the_accuracy_of_both_orders() -> None:
    assert compiles("measure m = order_accuracy(judge(S, context: TT)) on qa.test")
    reader = "r = finetune(W, gold(qa.supervise), context: TT)\n"
    assert compiles(f"{reader}measure m = order_accuracy(r) on qa.test")


@pytest.mark.parametrize(
    ("more", "fact"),
    [
        ('x = judge(S, context: T, template: "{{ story }}")', "names `story`, which it can't see"),
        ('x = judge(S, context: T, template: "{{ prompt ")', "has a mistake in line 1"),
        ('x = few_shot(S, gold(qa.supervise), template: "{{ rival }}")', "names `rival`"),
        ('x = show(label(bare, qa.transfer), template: "{{ gold }}")', "names `gold`"),
        ('x = D(S, S, items(qa), debater: generative(template: "{{ a }}"))', "names `a`"),
        (
            'x = D(S, S, items(qa), debater: generative(best_of: 2, stock: "{{ rival }}"))',
            "names `rival`",
        ),
        (
            "x = D(S, S, items(qa), protocol: simultaneous(), "
            'debater: generative(critique: 1, refine: "{{ drafts }}"))',
            "`refine` names `drafts`",
        ),
        (
            'x = D(S, S, items(qa), protocol: interactive(judge: W, question: "{{ b }}"))',
            "`question` names `b`",
        ),
    ],
)
def test_a_template_that_names_what_it_is_not_shown(more: str, fact: str) -> None:
    assert fact in refusal(more)[0]


@pytest.mark.parametrize(
    ("more", "fact"),
    [
        (
            "r = finetune(W, gold(qa.supervise), context: D(S, S, items(qa.supervise)))\n"
            "measure m = accuracy(r) on qa.test",
            "rows of part `test` are read, and there is a transcript for those of `supervise`",
        ),
        ("r = finetune(W, gold(qa.transfer), context: D(S, S, items(qa.supervise)))", "`transfer`"),
        (
            "r = finetune(W, gold(qa.supervise), context: D(S, S, items(qa.supervise)),\n"
            "  stop: agreeing(label(bare, qa.transfer)))",
            "part `transfer` are read",
        ),
        (
            "j = judge(S, context: D(S, S, items([qa.supervise, qa.test])))\n"
            "y = label(j, qa.transfer)",
            "for those of `supervise`, `test`",
        ),
        (
            'h = show(label(bare, qa.transfer), template: "{{ label }}")\n'
            "r = finetune(S, label(bare, qa.transfer), context: h)\n"
            "e = ensemble([r, bare])\nmeasure m = accuracy(e) on qa.test",
            "part `test` are read",
        ),
        (
            "p = probe(embed(S, items(qa.supervise)), gold(qa.supervise))\n"
            "measure m = accuracy(p) on qa.test",
            "there is a state for those of `supervise`",
        ),
        ("p = probe(embed(S, items(qa.test)), gold(qa.supervise))", "part `supervise` are read"),
        (
            "r = finetune(W, gold(qa.supervise), context: D(S, S, items(folds(qa.supervise, k: 2))))\n"
            "x = embed(r, items(qa.test))",
            "part `test` are read",
        ),
    ],
)
def test_rows_that_nothing_is_told_of(more: str, fact: str) -> None:
    """Breaks where a debate that leaves out the measured rows stops a run after all trainings."""
    title, help_text = refusal(more)
    assert fact in title
    assert "items(" in help_text


@pytest.mark.parametrize(
    "more",
    [
        "r = finetune(W, gold(qa.supervise), context: T)\nmeasure m = accuracy(r) on qa.test",
        "r = finetune(W, gold(qa.supervise), context: D(S, S, items([qa.supervise, qa.test])))\n"
        "measure m = accuracy(r) on qa.test",
        # of other data nothing is known: it may hold the same rows
        "data other = science_qa(parts: {test: 20})\n"
        "r = finetune(W, gold(qa.supervise), context: D(S, S, items([qa.supervise, other.test])))",
        "data other = science_qa(parts: {test: 30})\n"
        "r = finetune(W, gold(qa.supervise), context: D(S, S, items(qa.supervise)))\n"
        "x = label(r, other.test)",
        "r = finetune(W, gold(fits(qa, [W], max_length: 64).supervise), "
        "context: D(S, S, items(qa.supervise)))",
        "r = finetune(W, concat(gold(qa.supervise), label(bare, qa.transfer)), context: T)",
    ],
)
def test_rows_that_all_is_told_of(more: str) -> None:
    assert compiles(more)


def test_words_move_with_a_body() -> None:
    start = (
        "experiment words\ndata c = chess_puzzles(parts: {a: 20, b: 20})\n"
        "model_ = retune(pretrain(corpus(c), layers: 1, width: 32, steps: 10), {tune})\n"
        "x = finetune(model_, gold(c.a), head: lm(), loss: lm())\n"
    )
    (found,) = w2sdl.compile_text(start.replace("{tune}", "linear_probe()")).diagnostics
    assert "linear_probe() moves none of them" in found.title()
    assert w2sdl.compile_text(start.replace("{tune}", "lora()")).diagnostics == ()
