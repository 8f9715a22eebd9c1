"""The analyses of Burns et al. 2023 under the rules, with the operations as they are."""

from __future__ import annotations

import pytest

from w2sdl.errors.validity import RULES
from w2sdl.graph import Validity
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl.validity.words import selection_text
from w2sdl_runtime.registry import load_signatures

DESIGN = """
experiment analyses
data qa = science_qa(parts: {supervise: 400, transfer: 400, validation: 100, test: 200})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 60)
strong S = pretrain(corpus(qa), layers: 1, width: 32, steps: 60)
W' = finetune(W, gold(qa.supervise))
y  = label(W', qa.transfer)
S' = Ψ(S, y)
ceiling = Ψ(S, gold(qa.transfer))
measure recovered = pgr(weak: W', student: S', ceiling: ceiling) on qa.test
"""

PROBE = """
after = probe(embed(S', items(qa)), gold(qa.{part}, field: "domain"))
measure saliency = accuracy(after, against: gold(qa.test, field: "domain")) on qa.test
"""

CONTROL = """
control = Ψ(S, {labels})
measure beside = accuracy(control) on qa.test
"""


def judged(more: str) -> tuple[list[str], Validity | None]:
    found = Compilation(Source("a.w2s", DESIGN + more), load_signatures())
    graph = found.graph
    return [one.code for one in found.diagnostics], graph.validity if graph else None


@pytest.mark.parametrize("part", ["validation", "supervise", "transfer"])
def test_a_probe_is_no_sink(part: str) -> None:
    """Gold that a probe of the student is fitted on does not reach the student."""
    assert judged(PROBE.replace("{part}", part))[0] == []


def test_a_probe_on_the_rows_that_measure_it_is_refused() -> None:
    assert judged(PROBE.replace("{part}", "test"))[0] == [RULES["test_teaches"]]


def test_a_probe_can_not_launder_gold_into_a_student() -> None:
    """Its labels of the student's rows were given by one who saw their gold."""
    laundered = """
probed = probe(embed(S, items(qa)), gold(qa.transfer))
S''    = Ψ(S, label(probed, qa.transfer))
measure again = pgr(weak: W', student: S'', ceiling: ceiling) on qa.test
"""
    assert judged(laundered)[0] == [RULES["self_marking"]]


@pytest.mark.parametrize(
    "form",
    [
        "random_flips()",
        "longest_prompts()",
        "ceiling_least_confident(ceiling)",
        "ceiling_confidently_right(ceiling)",
    ],
)
def test_corrupted_gold_is_marked_as_a_control(form: str) -> None:
    labels = f"corrupt(gold(qa.transfer), like: y, form: {form})"
    codes, validity = judged(CONTROL.format(labels=labels))
    assert codes == []
    assert validity is not None
    assert len(validity.controls) == 1


def test_corrupted_gold_of_test_rows_is_refused() -> None:
    """A control may read gold of the student's rows, and of no measured ones."""
    labels = "corrupt(gold(qa.test), like: label(W', qa.test))"
    assert judged(CONTROL.format(labels=labels))[0] == [RULES["test_teaches"]]


def test_the_imitation_control_is_valid_with_weak_labels_and_not_with_gold() -> None:
    told = """
told = show({labels}, template: "Someone thinks this is {{{{ label }}}}.")
imitator = Ψ(S, y, context: told)
measure copied = pgr(weak: W', student: imitator, ceiling: ceiling) on qa.test
"""
    weak = told.format(labels="label(W', [qa.transfer, qa.test])")
    assert judged(weak)[0] == []
    gold = told.format(labels="concat(gold(qa.transfer), label(W', qa.test))")
    assert judged(gold)[0] == [RULES["student_gold"]]


CURVE = """
axis progress = {tenth: 10%, half: 50%, end: 100%}
student = Ψ(S, y, snapshots: [10%, 50%])
then    = checkpoint(student, at: progress)
measure curve = accuracy(then) on qa.test
measure then_recovered = pgr(weak: W', student: then, ceiling: ceiling) on qa.test
"""


def test_an_overfitting_curve_is_measured_from_outside() -> None:
    """Checkpoints start where their training does, so student and ceiling stay comparable."""
    assert judged(CURVE)[0] == []


def test_a_checkpoint_knows_what_its_training_saw() -> None:
    """Half a ceiling has seen gold of the rows that it labels."""
    half = """
half  = checkpoint(Ψ(S, gold(qa.transfer), snapshots: [50%]), at: 50%)
again = Ψ(S, label(half, qa.transfer))
measure taught = accuracy(again) on qa.test
"""
    assert judged(half)[0] == [RULES["self_marking"]]


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("ax ay", "S'[a: x or y]"),
        ("bx", "S'[b: x]"),
        ("", "S'"),
        ("corners", "S'[a: x, b: x], S'[a: y, b: y]"),
    ],
)
def test_points_that_are_meant_are_named_by_what_tells_them_apart(points: str, said: str) -> None:
    """Breaks when an arm that reads no gold is called a control, or one that does is left out."""
    every = [{"seed": s, "a": a, "b": b} for s in "01" for a in "xyz" for b in "xy"]
    chosen = {
        "ax ay": [p for p in every if p["a"] in "xy"],
        "bx": [p for p in every if p["b"] == "x"],
        "": every,
        "corners": [{"a": "x", "b": "x"}, {"a": "y", "b": "y"}],
    }[points]
    whole = [{"a": p["a"], "b": p["b"]} for p in every[:6]] if points == "corners" else every
    assert selection_text("S'", chosen, whole) == said
