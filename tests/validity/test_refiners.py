"""Refiners of labels under the rules, with the operations as they are: how gold reaches a student."""

from __future__ import annotations

import pytest

from w2sdl.errors.validity import RULES
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.registry import load_signatures

DESIGN = """
experiment refined
data qa = science_qa(parts: {{supervise: 400, transfer: 400, validation: 100, test: 200}})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 60)
strong S = pretrain(corpus(qa), layers: 1, width: 32, steps: 60)
W' = finetune(W, gold(qa.supervise))
y  = label(W', qa.transfer)
S0 = zero_shot(S)
own = label(S0, qa.transfer)
right = was_right(label(S0, qa.{part}), gold(qa.{part}))
knows = finetune(S, right)
p_ik  = label(knows, qa.transfer)
told  = was_right(own, gold(qa.transfer))
S' = Ψ(S, {labels})
ceiling = Ψ(S, gold(qa.transfer))
measure recovered = pgr(weak: W', student: S', ceiling: ceiling) on qa.test
"""

REFINED = [
    "route(by: p_ik, threshold: 0.7, then: own, otherwise: y)",
    "select(y, by: p_ik, how: above(threshold: 0.7))",
]


def judged(labels: str, part: str = "supervise") -> tuple[list[str], set[tuple[str, str]]]:
    compilation = Compilation(
        Source("a.w2s", DESIGN.format(labels=labels, part=part)), load_signatures()
    )
    graph = compilation.graph
    extra = graph.validity.extra_gold if graph and graph.validity else ()
    found = {(one.part, one.channel) for one in extra if one.student == "S'"}
    return [one.code for one in compilation.diagnostics], found


@pytest.mark.parametrize("labels", REFINED)
def test_a_classifier_that_knows_gold_of_other_rows_selects(labels: str) -> None:
    """Selective W2SG: gold of supervise reaches the student by selection alone, and is listed."""
    assert judged(labels) == ([], {("qa.supervise", "select")})


@pytest.mark.parametrize("labels", REFINED)
def test_one_that_knows_gold_of_the_students_rows_may_not(labels: str) -> None:
    assert judged(labels, "transfer")[0] == [RULES["student_gold"]]


@pytest.mark.parametrize(
    "labels",
    [
        "select(y, by: told)",
        "route(by: told, then: own, otherwise: y)",
        "select(y, by: weigh(told, by: y), how: confident())",
        "route(by: y, then: y, otherwise: gold(qa.transfer))",
        "told",
    ],
)
def test_what_is_right_tells_gold(labels: str) -> None:
    """By whatever refiners it comes: rows chosen by gold of the student's own rows are told gold."""
    assert judged(labels)[0] == [RULES["student_gold"]]


@pytest.mark.parametrize(
    "labels",
    [
        "weigh(y, by: votes(y, label(ceiling, qa.transfer)), how: reliability())",
        "select(y, by: votes(y, label(ceiling, qa.transfer)), how: entropy())",
        "smooth(y, embed(ceiling, items(qa.transfer)))",
        'concat(y, retold(gold(qa.transfer), retell(items(qa.transfer), how: wording(template: "x"))))',
        "subsample(concat(y, gold(qa.transfer)))",
    ],
)
def test_what_weighs_smooths_or_asks_anew_hides_no_gold(labels: str) -> None:
    """Votes of one that was fitted on gold of these rows, its states, or gold under another prompt."""
    assert judged(labels)[0] in ([RULES["student_gold"]], [RULES["self_marking"]])


@pytest.mark.parametrize(
    "labels",
    [
        "select(y, how: entropy())",
        "smooth(y, embed(S, items(qa)))",
        "subsample(concat(y, own))",
    ],
)
def test_what_is_unsupervised_tells_nothing(labels: str) -> None:
    assert judged(labels) == ([], set())


def test_gold_of_other_rows_that_voters_learned_from_is_listed() -> None:
    """The weak model's own gold, by the weights that its votes make: legal, and said."""
    weighed = "weigh(y, by: votes(y, own), how: reliability())"
    assert judged(weighed) == ([], {("qa.supervise", "weight")})
