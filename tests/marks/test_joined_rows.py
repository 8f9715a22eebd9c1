"""Rows that are joined and can't be: said where it is certain, by the marks of ports."""

from __future__ import annotations

import pytest
from compiling import compiled

from w2sdl.errors.graph import OtherRows
from w2sdl_runtime.op import PortMark

START = """experiment marks
axis seed = 0..1
data qa  = science_qa(parts: {supervise: 20, transfer: 20, test: 20})
data again = science_qa(parts: {transfer: 20, extra: 20}, draw: 1)
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
W' = finetune(W, gold(qa.supervise), seed: seed)
y = label(W', qa.transfer)
z = label(W', qa.test)
states = embed(W, items(qa))
"""

APART = [
    "weigh(y, by: z)",
    "select(y, by: z, how: above(0.5))",
    "select(y, by: z, how: consistent(top: 1))",
    "route(by: z, then: y, otherwise: y)",
    "route(by: y, then: y, otherwise: z)",
    "votes(y, z)",
    "assign(z, y, how: mean())",
    "assign(y, y, confidence(y), how: oracle(z))",
    "was_right(y, gold(qa.test))",
    "corrupt(gold(qa.transfer), like: z)",
    "retold(y, items(qa.test))",
    # through what changes labels and leaves their rows as they are
    'weigh(subsample(only(y, field: "domain", block: 0, blocks: 2)), by: smooth(z, states))',
    "votes(label(W', folds(qa.transfer, k: 2)), label(W', fits(qa, [W]).test))",
    "weigh(concat(y, gold(qa.supervise)), by: z)",
    # by operations of one's own
    "either(y, z)",
    "either(stacked([y, gold(qa.supervise)]), z)",
    "either(label(W', without_short(qa).transfer), z)",
]


@pytest.mark.parametrize("call", APART)
def test_rows_of_two_parts_are_not_joined(call: str) -> None:
    """Once, though it is wrong for every seed. Breaks where it is found after both were made."""
    (found,) = compiled(f"{START}x = {call}").diagnostics
    assert isinstance(found, OtherRows)
    assert found.span is not None
    assert found.span.text == call


@pytest.mark.parametrize(
    "call",
    [
        "weigh(y, by: label(zero_shot(W), qa.transfer))",
        "either(y, y, tuned_on: z)",
        "concat(y, z)",
        # in part the same rows: which, is known when they are there
        "weigh(concat(y, z), by: z)",
        # two data sets may hold the same rows, items go by their content
        "weigh(y, by: label(W', again.transfer))",
        "weigh(y, by: label(W', again.extra))",
        # of which rows these are, no mark says
        "weigh(y, by: spread_to(z, qa.transfer))",
        "either(label(W', cut_anew(qa, parts: {test: 5}).test), y)",
        'either(y, concat(z, written_down(place: "a")))',
        'either(y, written_down(place: "a"))',
        "either(label(W', qa), y)",
    ],
)
def test_nothing_is_said_where_it_is_not_certain(call: str) -> None:
    assert compiled(f"{START}x = {call}").diagnostics == ()


def test_transcripts_of_other_rows_than_those_that_are_measured() -> None:
    text = (
        "T = D(W, W, items(qa.transfer))\n"
        "measure m = error_types(student: W', supervisor: W', before: W', transcripts: T) on qa.test"
    )
    found = [one for one in compiled(START + text).diagnostics if isinstance(one, OtherRows)]
    assert [one.ports for one in found] == ["`transcripts` and `gold`"]


def test_a_misspelled_word_is_no_silent_hole() -> None:
    with pytest.raises(TypeError, match="there is no `join`"):
        PortMark(rows="join")
