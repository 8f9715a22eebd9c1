"""R4 in expectations, with real metrics: which parameters make another metric, and which do not."""

from __future__ import annotations

import pytest

from w2sdl.errors.validity import RULES
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.registry import load_signatures

DESIGN = """
experiment yardsticks
data qa = science_qa(parts: {{supervise: 400, transfer: 400, test: 200}})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 60)
strong S = pretrain(corpus(qa), layers: 1, width: 32, steps: 60)
W' = finetune(W, gold(qa.supervise))
S' = Ψ(S, label(W', qa.transfer))
ceiling = Ψ(S, gold(qa.transfer))
{lines}
"""
PGR = "pgr(weak: W', student: S', ceiling: ceiling"


def messages(lines: str) -> list[tuple[str, str]]:
    compilation = Compilation(Source("a.w2s", DESIGN.format(lines=lines)), load_signatures())
    return [(one.code, one.title()) for one in compilation.diagnostics]


def test_two_settings_of_a_metric_are_two_metrics() -> None:
    lines = f"""
measure one   = {PGR}) on qa.test
measure other = {PGR}, metric: "auroc") on qa.test
expect higher: other > one"""
    assert messages(lines) == [
        (
            RULES["two_yardsticks"],
            '`higher` compares `other` by `pgr(metric: "auroc")` with `one` by `pgr(metric: "accuracy")`: '
            "another metric",
        )
    ]


def test_two_settings_along_an_axis_are_two_metrics() -> None:
    lines = """
axis sure = [0.6, 0.9]
measure agree = car(S', W', threshold: sure) on qa.test
expect more: agree[sure: 0.6] > agree[sure: 0.9]"""
    ((code, title),) = messages(lines)
    assert code == RULES["two_yardsticks"]
    assert "`agree[sure: 0.6]` by `car(threshold: 0.6)`" in title


@pytest.mark.parametrize("how", ["resamples: 100", "seed: 7"])
def test_how_an_interval_is_drawn_makes_no_other_metric(how: str) -> None:
    lines = f"""
measure one   = {PGR}) on qa.test
measure other = {PGR}, {how}) on qa.test
expect higher: other >= one"""
    assert messages(lines) == []


def test_settings_that_both_sides_have_are_one_yardstick() -> None:
    lines = """
axis sure = [0.6, 0.9]
axis draw = [0, 1]
again = Ψ(S, label(W', qa.transfer), seed: draw)
measure agree = car(again, W', threshold: sure) on qa.test
expect same: mean(agree[draw: 0], over: sure) == mean(agree[draw: 1], over: sure) within 0.05"""
    assert messages(lines) == []
