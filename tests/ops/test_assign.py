"""`assign`: each row by one teacher, as the student's belief says; and what can't be assigned."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from test_named_classes import some, told
from test_probe import words_of
from workbench import Workbench, make_items, make_labels

from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.data.named_classes import chances_of
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.assign import assign
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.values import Labels
from w2sdl_runtime.variants.assignments import Mean, NearestKl, Oracle, Ranges


def teacher_of(labels: Labels) -> list[int]:
    return [json.loads(meta)["teacher"] for meta in labels.table.column("meta").to_pylist()]


def test_a_specialist_labels_what_the_student_holds_for_its_own(bench: Workbench) -> None:
    items = some(bench, 3)
    student = told(
        bench, items, [[0.6, 0.2, 0.1, 0.1], [0.1, 0.1, 0.2, 0.6], [0, 0.9, 0.1, 0]], "abcd"
    )
    first = told(bench, items, [[0.3, 0.7]] * 3, "ab")
    second = told(bench, items, [[0.8, 0.2]] * 3, "cd")
    found = bench.run(assign, student, [first, second], how=Ranges())
    assert teacher_of(found) == [1, 2, 1]
    assert found.classes == ("a", "b", "c", "d")
    assert chances_of(found).tolist() == [[0.3, 0.7, 0, 0], [0, 0, 0.8, 0.2], [0.3, 0.7, 0, 0]]
    assert found.table.column("text").to_pylist() == ["b", "c", "b"]


def test_ranges_hold_every_class_once(bench: Workbench) -> None:
    items = some(bench, 1)
    student = told(bench, items, [[0.1, 0.9]], "ab")
    alone = told(bench, items, [[0.5, 0.5]], "ac")
    with pytest.raises(PrerequisiteError, match="no teacher knows class `b`"):
        bench.run(assign, student, [alone], how=Ranges())
    both = told(bench, items, [[0.5, 0.5]], "ab")
    with pytest.raises(PrerequisiteError, match="class `a` is in the ranges of two teachers"):
        bench.run(assign, student, [alone, both], how=Ranges())


def test_the_nearest_by_kl_is_by_hand(bench: Workbench) -> None:
    """KL(student || teacher): the other direction would take the other teacher in the first row."""
    items = some(bench, 2)
    student = make_labels(bench, items, [0.9, 0.2])
    teachers = [[0.999, 0.25], [0.6, 0.9]]
    p, q = np.array([0.9, 0.2]), np.array(teachers)
    by_hand = p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))
    other = q * np.log(q / p) + (1 - q) * np.log((1 - q) / (1 - p))
    made = [make_labels(bench, items, values) for values in teachers]
    found = bench.run(assign, student, made, how=NearestKl())
    assert teacher_of(found) == (by_hand.argmin(0) + 1).tolist() == [2, 1]
    assert (other.argmin(0) + 1).tolist() == [1, 1]
    assert found.table.column("value").to_pylist() == [0.6, 0.25]


def test_what_a_teacher_leaves_out_counts_against_it(bench: Workbench) -> None:
    items = some(bench, 1)
    student = told(bench, items, [[0.1, 0.2, 0.3, 0.4]], "abcd")
    teachers = [told(bench, items, [[0.5, 0.5]], pair) for pair in ("ab", "cd")]
    assert teacher_of(bench.run(assign, student, teachers, how=NearestKl())) == [2]


def test_the_mean_is_of_all_and_hard_labels_become_soft(bench: Workbench) -> None:
    items = some(bench, 2)
    made = [
        make_labels(bench, items, [1.0, 0.0], kind="hard", weight=[1.0, 3.0]),
        make_labels(bench, items, [0.0, 0.0], kind="hard", keep=[True, False]),
    ]
    found = bench.run(assign, make_labels(bench, items, [0.5, 0.5]), made, how=Mean())
    assert found.label_kind == "soft"
    assert found.table.column("value").to_pylist() == [0.5, 0.0]
    assert found.table.column("weight").to_pylist() == [1.0, 2.0]
    assert found.table.column("keep").to_pylist() == [True, False]


def test_the_oracle_takes_who_is_right(bench: Workbench) -> None:
    items = some(bench, 2)
    made = [make_labels(bench, items, [0.9, 0.9]), make_labels(bench, items, [0.4, 0.6])]
    gold = make_labels(bench, items, [1.0, 0.0], kind="hard")
    student = make_labels(bench, items, [0.5, 0.5])
    assert teacher_of(bench.run(assign, student, made, how=Oracle(gold=gold))) == [1, 2]
    classes = [told(bench, items, [[0.9, 0.1], [0.2, 0.8]], pair) for pair in ("ab", "cd")]
    words = words_of(bench, items, ["a", "d"])
    soft = told(bench, items, [[0.25] * 4] * 2, "abcd")
    assert teacher_of(bench.run(assign, soft, classes, how=Oracle(gold=words))) == [1, 2]


def test_a_row_comes_with_its_teachers_weight_and_rows_are_joined_by_id(bench: Workbench) -> None:
    items = some(bench, 2)
    turned = bench.keep(type(items)(items.table.take([1, 0])))
    made = [
        make_labels(bench, items, [0.9, 0.1], weight=[2.0, 3.0]),
        make_labels(bench, turned, [0.2, 0.8], keep=[False, True]),
    ]
    found = bench.run(assign, make_labels(bench, items, [0.95, 0.25]), made, how=NearestKl())
    assert teacher_of(found) == [1, 2]
    assert found.table.column("value").to_pylist() == [0.9, 0.2]
    assert found.table.column("weight").to_pylist() == [2.0, 1.0]
    assert found.table.column("keep").to_pylist() == [True, False]


def test_what_can_not_be_compared_is_said(bench: Workbench) -> None:
    items = some(bench, 1)
    soft, words = make_labels(bench, items, [0.5]), words_of(bench, items, ["a"])
    classes = told(bench, items, [[0.5, 0.5]], "ab")
    other = make_labels(bench, bench.keep(make_items([{"prompt": "q"}], "other")), [0.5])
    for student, teachers, message in [
        (soft, [classes], "some labels are words, others are not"),
        (words, [classes], "the student's labels are words without probabilities"),
        (classes, [words], "the teachers' labels are words without probabilities"),
        (soft, [soft, other], "the labels of another teacher are of other rows"),
        (soft, [], "assign\\(\\) has no teachers"),
    ]:
        with pytest.raises(PrerequisiteError, match=message):
            bench.run(assign, student, teachers, how=NearestKl())


DESIGN = """
experiment gated
axis seed = 0..1
data qa = science_qa(parts: {supervise: 100, transfer: 100, test: 100})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 20, seed: seed)
strong S = pretrain(corpus(qa), layers: 1, width: 32, steps: 20)
knows = finetune(W, gold(qa.supervise), seed: seed)
first = Ψ(S, label(knows[seed: 0], qa.transfer))
y     = assign(label(first, qa.transfer), label(knows, qa.transfer), over: seed, how: HOW)
S'    = Ψ(S, y)
ceiling = Ψ(S, gold(qa.transfer))
measure recovered = pgr(weak: knows[seed: 0], student: S', ceiling: ceiling) on qa.test
"""


def judged(how: str) -> tuple[str, Any]:
    found = Compilation(Source("a.w2s", DESIGN.replace("HOW", how)), load_signatures())
    return render_diagnostics(found.diagnostics), found.graph


def test_weak_teachers_are_legal_and_an_oracle_is_marked_as_a_control() -> None:
    for how in ("kl()", "mean()"):
        told, graph = judged(how)
        assert told == ""
        assert graph.validity.controls == ()
    told, graph = judged("oracle(gold(qa.transfer))")
    assert told == ""
    assert set(graph.validity.controls) >= {"y"}


def test_teachers_who_judge_have_no_ranges() -> None:
    assert "ranges() looks for the teacher of a class" in judged("ranges()")[0]


def test_a_gate_that_saw_gold_reaches_the_student_by_selection() -> None:
    """Breaks where the student's labels count as labels that are handed on."""
    design = DESIGN.replace(
        "assign(label(first, qa.transfer)", "assign(label(ceiling, qa.transfer)"
    )
    shown = render_diagnostics(
        Compilation(Source("a.w2s", design.replace("HOW", "kl()")), load_signatures()).diagnostics
    )
    assert "gold labels of `qa.transfer` reach the student `S'`, by selection" in shown
