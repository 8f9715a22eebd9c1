"""The same rows may lie in two data sets: which parts are compared once they are read (R1, R2, R8)."""

from __future__ import annotations

import pytest

from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.registry import load_signatures

DESIGN = """
experiment two "one source, drawn twice"
data qa    = science_qa(parts: {{supervise: 400, transfer: 400, test: 200}})
data again = science_qa(parts: {{supervise: 400, transfer: 400, test: 200}}, draw: 1)
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 60)
strong S = pretrain(corpus(qa), layers: 1, width: 32, steps: 60)
W' = finetune(W, gold(qa.supervise))
y  = label(W', qa.transfer)
{lines}
measure scores = accuracy(S') on qa.test
"""
TAUGHT = ("again.transfer", "qa.transfer", "S'")


def compiled(lines: str) -> Compilation:
    return Compilation(Source("a.w2s", DESIGN.format(lines=lines)), load_signatures())


def apart(lines: str) -> set[tuple[str, ...]]:
    graph = compiled(lines).graph
    assert graph is not None
    return {(*one.texts, one.student) for one in graph.validity.apart}


@pytest.mark.parametrize(
    "lines",
    [
        "S' = Ψ(S, concat(y, gold(again.transfer)))",
        "V' = finetune(W, gold(again.transfer))\nS' = Ψ(S, label(V', qa.transfer))",
        "right = was_right(label(W', again.transfer), gold(again.transfer))\n"
        "S' = Ψ(S, select(y, by: right, how: above(threshold: 0.5)))",
        "S' = Ψ(S, weigh(y, by: gold(again.transfer)))",
        'told = show(gold(again), template: "{{ label }}")\nS\' = Ψ(S, y, context: told)',
    ],
    ids=["value", "supervisor", "select", "weight", "context"],
)
def test_gold_of_another_data_set_is_compared_with_the_students_rows(lines: str) -> None:
    assert TAUGHT in apart(lines)


def test_what_is_read_beside_measured_rows_is_compared_with_them() -> None:
    """A judge reads by item id what was said of the same rows in another data set."""
    pairs = apart(
        'told = show(gold(again), template: "{{ label }}")\nS\' = judge(S, context: told)'
    )
    assert ("again.test", "qa.test", "") in pairs


def test_one_data_set_at_two_points_of_an_axis_is_two() -> None:
    lines = """
axis draw = [2, 3]
q = science_qa(parts: {supervise: 400, transfer: 400}, draw: draw)
V' = finetune(W, gold(q.supervise[draw: 2]))
S' = Ψ(S, label(V', q.transfer[draw: 3]))"""
    assert ("q.supervise", "q.transfer", "S'") in apart(lines)


def test_gold_that_makes_no_student_is_compared_with_measured_rows_only() -> None:
    """A weak model may learn from any gold: only what a student learns from weakly counts."""
    assert apart("S' = finetune(W, gold(again.transfer))") == {("again.transfer", "qa.test", "")}


@pytest.mark.parametrize(
    ("data", "rule"),
    [("again = science_qa", "shared_rows"), ("S' = Ψ", "student_gold")],
    ids=["data", "student"],
)
def test_it_can_be_allowed_where_it_happens(data: str, rule: str) -> None:
    lines = "S' = Ψ(S, concat(y, gold(again.transfer)))"
    text = DESIGN.format(lines=lines)
    at = text.index("\n", text.index(data))
    text = f'{text[:at]} allow({rule}, "a bound"){text[at:]}'
    compilation = Compilation(Source("a.w2s", text), load_signatures())
    assert not compilation.diagnostics
    assert compilation.graph is not None
    validity = compilation.graph.validity
    assert TAUGHT not in {(*one.texts, one.student) for one in validity.apart}
    assert (rule, "a bound") in {(one.rule, one.reason) for one in validity.excused}
