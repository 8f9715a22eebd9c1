"""`confidence`: the probability of the answer that labels give, and labels that give none."""

from __future__ import annotations

import math

import pytest
from test_named_classes import some, told
from workbench import Workbench, make_labels

import w2sdl
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.auroc import auroc
from w2sdl_runtime.ops.confidence import confidence
from w2sdl_runtime.ops.was_right import was_right


def test_either_class_may_be_the_sure_one(bench: Workbench) -> None:
    items = some(bench, 4)
    said = make_labels(bench, items, [0.9, 0.5, 0.2, 0.0], weight=[2.0, 1.0, 1.0, 0.0])
    found = bench.run(confidence, said)
    assert found.table.column("value").to_pylist() == [0.9, 0.5, 0.8, 1.0]
    assert found.table.column("weight").to_pylist() == [1.0] * 4
    assert (found.label_kind, found.origin) == ("soft", "confidence: gold")


def test_of_named_classes_it_is_the_likeliest_and_no_class_is_left(bench: Workbench) -> None:
    said = told(bench, some(bench, 2), [[0.2, 0.5, 0.3], [0.0, 0.1, 0.9]], "abc")
    found = bench.run(confidence, said)
    assert found.table.column("value").to_pylist() == [0.5, 0.9]
    assert (found.classes, found.table.column("text").to_pylist()) == ((), [None, None])


def test_a_dropped_row_stays_dropped_and_needs_no_number(bench: Workbench) -> None:
    items = some(bench, 2)
    meta = [None, '{"drop_reason":"unread"}']
    said = make_labels(bench, items, [0.3, None], keep=[True, False], meta=meta)
    found = bench.run(confidence, said)
    assert found.table.column("value")[0].as_py() == 0.7
    assert math.isnan(found.table.column("value")[1].as_py())
    assert found.table.column("keep").to_pylist() == [True, False]
    assert found.table.column("meta").to_pylist() == meta
    with pytest.raises(PrerequisiteError, match="the labels lack a number for 1 of 2 rows"):
        bench.run(confidence, make_labels(bench, items, [0.3, None]))


def test_it_ranks_answers_by_whether_they_are_right(bench: Workbench) -> None:
    """Sure 0.9 and 0.6 where right, 0.8 and 0.6 where wrong: 2 wins and a tie of 4 pairs."""
    items = some(bench, 4)
    said = make_labels(bench, items, [0.9, 0.4, 0.2, 0.6])
    gold = make_labels(bench, items, [1.0, 0.0, 1.0, 0.0], kind="hard")
    right = bench.run(was_right, said, gold)
    metric = bench.run(auroc, bench.run(confidence, said), gold, right)
    assert metric.value == pytest.approx(2.5 / 4)


def test_hard_labels_and_words_are_refused_when_it_runs(bench: Workbench) -> None:
    items = some(bench, 1)
    with pytest.raises(PrerequisiteError, match="don't say how sure"):
        bench.run(confidence, make_labels(bench, items, [1.0], kind="hard"))
    with pytest.raises(PrerequisiteError, match="are texts, which have no probability"):
        bench.run(confidence, make_labels(bench, items, [None], kind="text", text=["a"]))


@pytest.mark.parametrize(
    ("made", "code", "fact"),
    [
        ("gold(qa.transfer)", "W2S0405", "hard labels don't say how sure they are"),
        (
            'label_file(qa.transfer, file: "y.jsonl", kind: "text", origin: human())',
            "W2S0404",
            "`labels` are words without probabilities",
        ),
    ],
)
def test_what_says_nothing_of_how_sure_it_is_does_not_compile(
    made: str, code: str, fact: str
) -> None:
    (found,) = w2sdl.compile_text(
        f"""experiment kinds
data qa = science_qa(parts: {{supervise: 20, transfer: 20, test: 20}})
y       = {made}
sure    = confidence(y)
"""
    ).diagnostics
    assert found.code == code
    assert fact in found.title()
