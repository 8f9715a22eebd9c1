"""Two experiments side by side read like a sentence of a section on related work."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import w2sdl
from w2sdl.diff.as_markdown import as_markdown
from w2sdl.diff.as_text import as_text
from w2sdl.diff.changes import Comparison
from w2sdl.diff.compare import compare

SPECS = Path(__file__).parents[2] / "specs"

TOLD = """experiment {name} "x"
axis seed = 0..1
axis loss = [xent(), logconf()]
data qa  = science_qa(parts: {{supervise: 20, transfer: 20, test: 20}})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 10, seed: seed)
strong S = pretrain(corpus(qa), layers: 1, width: {width}, steps: 10, seed: seed)
floor    = finetune(W, gold(qa.supervise), seed: seed)
S'       = finetune(S, {labels}, loss: {loss}, seed: seed)
ceiling  = finetune(S, gold(qa.transfer), seed: seed)
measure recovered = pgr(weak: floor, student: S', ceiling: ceiling, over: seed) on qa.test
"""


def graph(**words: object) -> w2sdl.graph.Graph:  # type: ignore[name-defined]
    given = {"name": "a", "width": 32, "labels": "label(floor, qa.transfer)", "loss": "loss"}
    found = w2sdl.compile_text(TOLD.format(**(given | words))).graph
    assert found is not None
    return found


def compared(a: dict[str, object], b: dict[str, object]) -> Comparison:
    return compare(graph(**a), graph(**b), w2sdl.load_signatures())


REFINED = "weigh(label(zero_shot(S), qa.transfer), by: label(floor, qa.transfer))"


def test_two_experiments_are_told_apart_by_who_teaches_the_student() -> None:
    found = compared({}, {"name": "b", "labels": REFINED, "loss": "xent()"})
    assert found.in_words == (
        "Both have the same weak model `W`, strong model `S`, baseline `floor` and ceiling. "
        "In `a`, the student `S'` learns from labels by `floor` (`W` finetuned on gold labels); "
        "what varies is the loss (xent, logconf). In `b`, the student `S'` learns from "
        "labels by `zero_shot(S)` and "
        "labels by `floor` (`W` finetuned on gold labels), refined by weigh."
    )
    assert found.in_words in as_text(found)
    assert "In `a`, the student" in as_markdown(found)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ({}, {"labels": REFINED, "loss": "xent()"}),  # two versions of one experiment
        ({}, {"name": "b", "loss": "logconf()"}),  # one factor: the verdict says it
        ({}, {"name": "b"}),  # the same under another name
        ({"width": 16, "loss": "xent()"}, {"name": "b", "width": 32, "loss": "xent()"}),
    ],
)
def test_where_a_list_of_changes_says_more_there_is_no_such_sentence(
    a: dict[str, object], b: dict[str, object]
) -> None:
    assert compared(a, b).in_words == ""


def test_what_two_experiments_share_is_the_very_same() -> None:
    """Breaks where models of one role but of two sizes are called the same."""
    b = {"name": "b", "labels": REFINED, "width": 64}
    assert "strong model" not in compared({}, b).in_words
    assert "weak model `W`" in compared({}, b).in_words


def test_students_that_belong_together_are_told_of_also_where_another_is_measured_first() -> None:
    other = """other = finetune(S, label(zero_shot(W), qa.transfer), seed: seed)
measure first = pgr(weak: floor, student: other, ceiling: ceiling, over: seed) on qa.test
measure recovered"""
    text = TOLD.format(name="b", width=32, labels=REFINED, loss="xent()")
    b = w2sdl.compile_text(text.replace("measure recovered", other)).graph
    assert b is not None
    words = compare(graph(), b, w2sdl.load_signatures()).in_words
    assert "In `b`, the student `S'` learns" in words


@cache
def shipped(name: str) -> w2sdl.graph.Graph:  # type: ignore[name-defined]
    found = w2sdl.compile_file(SPECS / f"{name}.w2s").graph
    assert found is not None
    return found


BURNS = (
    "In `burns_nlp`, the student `S'` learns from labels by `W'` (`W` finetuned on gold labels); what "
    "varies is the gap (near, far) and the loss (naive, confident, product)."
)
DEBATE = (
    "In `debate_sciq`, the student `S'` learns from labels by `supervisor`, an ensemble of four models "
    "`W'` (each `W` finetuned on gold labels, reading what two copies of `S` argue); what varies is the "
    "evidence (none, random_quotes, consultancy, market_making, debate)."
)


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ("burns_nlp", "debate_sciq", [f"Both have the same strong model `S` and ceiling. {BURNS}", DEBATE]),
        # through intermediate models: one teacher after the other, no brackets in brackets
        (
            "burns_nlp",
            "burns_chess",
            ["by `S'.step2`, which is `M2` finetuned on labels by `S'.step1`, which is `M1` finetuned on "
             "labels by `M0'` (`M0` finetuned on gold labels)."],
        ),
        # the pair that belongs together is told of, not whichever student comes first
        ("debate_sciq", "debate_boolq", [DEBATE, "In `debate_boolq`, the student `told.S'` learns"]),
        ("burns_reward", "eda", ["In `eda`, the student `S'` learns from labels by `W'`, which is `W`"]),
        # where no two belong together, the student of each design's first measure
        ("debate_hh", "burns_reward", ["the student `told.S'`", "`told.supervisor`, an ensemble of four"]),
    ],
)  # fmt: skip
def test_the_shipped_specs_read_like_related_work(a: str, b: str, said: list[str]) -> None:
    words = compare(shipped(a), shipped(b), w2sdl.load_signatures()).in_words
    for sentence in said:
        assert sentence in words
