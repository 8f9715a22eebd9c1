from __future__ import annotations

import pytest

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.ensemble import ensemble
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.zero_shot import zero_shot
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.registry import load_signatures


def test_probabilities_are_averaged(tiny):
    members = [tiny.bench.run(finetune, tiny.model, tiny.gold, seed=seed) for seed in (0, 1)]
    members.append(tiny.bench.run(zero_shot, tiny.model))
    together = tiny.bench.run(ensemble, members)
    context = tiny.bench.context("test")
    each = [predict(member, tiny.test, context) for member in members]
    assert predict(together, tiny.test, context) == pytest.approx(sum(each) / 3)
    assert together.facts["members"] == [member.digest for member in members]


def test_ensembles_nest(tiny):
    student = tiny.bench.run(finetune, tiny.model, tiny.gold, seed=0)
    nested = tiny.bench.run(ensemble, [tiny.bench.run(ensemble, [student])])
    context = tiny.bench.context("test")
    assert predict(nested, tiny.test, context) == pytest.approx(
        predict(student, tiny.test, context)
    )


def test_no_member_is_an_error(bench):
    with pytest.raises(PrerequisiteError, match="needs a member"):
        bench.run(ensemble, [])


def test_it_reduces_axes_and_runs_in_the_driver():
    signature = load_signatures().ops["ensemble"]
    assert signature.reduces
    assert signature.inline
    assert signature.ports[0].many
