"""Warnings about calls that bring together what is one result, and about names that hide operations."""

from __future__ import annotations

import pytest

from w2sdl.messages.diagnostics import Level
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.registry import load_signatures

DESIGN = """
experiment doubts
axis member = 0..2
data qa = science_qa(parts: {{supervise: 400, transfer: 400, test: 200}})
weak W = pretrain(corpus(qa), layers: 1, width: 16, steps: 60)
A = finetune(W, gold(qa.supervise))
B = finetune(W, gold(qa.supervise))
C = finetune(W, gold(qa.supervise), seed: 1)
M = finetune(W, gold(qa.supervise), seed: member)
{lines}
"""


def compiled(lines: str) -> Compilation:
    return Compilation(Source("a.w2s", DESIGN.format(lines=lines)), load_signatures())


def warned(lines: str) -> list[tuple[str, str]]:
    compilation = compiled(lines)
    assert compilation.graph is not None, compilation.diagnostics
    assert {one.level for one in compilation.diagnostics} <= {Level.WARNING}
    return [(one.lint, one.title()) for one in compilation.diagnostics]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("x = ensemble(A, A)", "`ensemble` gets `A` as 2 results"),
        ("x = ensemble(A, B, C)", "`ensemble` gets `A` and `B` as 2 results"),
        (
            "a = label(A, qa.test)\nb = label(B, qa.test)\nx = votes(a, b, label(C, qa.test))",
            "`votes` gets `a` and `b` as 2 results",
        ),
    ],
)
def test_one_result_that_counts_more_than_once(lines: str, said: str) -> None:
    """Also where two names stand for it: a forgotten seed."""
    ((lint, title),) = warned(lines)
    assert (lint, title.startswith(said)) == ("repeated_input", True)


@pytest.mark.parametrize(
    "lines",
    [
        "x = ensemble(A, C)",
        "x = ensemble(M, over: member)",
        "x = ensemble(M[member: 0], M[member: 1])",
        "g = gold(qa.supervise)\nx = finetune(W, concat(g, g))",
        "x = bootstrap([W, W], gold(qa.supervise))",
        "x = ensemble(A)",
    ],
    ids=["seeds", "over", "points", "rows side by side", "a chain", "one that varies not"],
)
def test_what_is_no_doubt(lines: str) -> None:
    assert warned(lines) == []


def test_a_forgotten_over() -> None:
    ((lint, title),) = warned("x = ensemble(M)")
    assert lint == "not_reduced"
    assert title == "`ensemble` gets one of `members` at each point of `member`"


@pytest.mark.parametrize("name", ["ensemble", "align", "Φ"])
def test_a_sub_graph_that_hides_an_operation(name: str) -> None:
    lines = f"def {name}(m) -> out {{ out = label(m, qa.test) }}\nx = {name}(A)\nq = votes(x.out, x.out)"
    found = dict(warned(lines))
    assert f"`{name}` is also an operation" in found["shadowed_operation"]


def test_a_binding_hides_no_operation() -> None:
    """Values and operations have names of their own."""
    assert warned("ensemble = label(A, qa.test)") == []


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_waiver_needs_a_reason(reason: str) -> None:
    allow = f'allow(test_teaches, "{reason}")'
    compilation = compiled(f"measure scores = accuracy(A) on qa.supervise {allow}")
    assert [one.code for one in compilation.diagnostics] == ["W2S0232"]
    assert compilation.graph is None
