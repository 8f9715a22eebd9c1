"""`checkpoint`: one training gives all points; they are what it passed, also after a kill."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tiny_world import Tiny
from workbench import Workbench, make_labels

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.checkpoint import checkpoint
from w2sdl_runtime.ops.ensemble import ensemble
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.storage.references import artifact_of, required
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import FOLD, Items, Predictor
from w2sdl_runtime.variants.heads.features import Features
from w2sdl_runtime.variants.heads.likelihood import Likelihood

TRAIN = Train(epochs=2, batch=8, schedule={"variant": "constant"}, warmup=0.0)


def trained(tiny: Tiny, **named: object) -> Predictor:
    given = {"head": Likelihood(), "train": TRAIN, "seed": 0, **named}
    made: Predictor = tiny.bench.run(finetune, tiny.model, tiny.gold, **given)
    return made


def says(tiny: Tiny, predictor: Predictor) -> np.ndarray:
    return predict(predictor, tiny.test, tiny.bench.context("label"))


def test_half_of_two_epochs_is_one_epoch(tiny: Tiny) -> None:
    """At a constant rate: the same bytes as a training that ends there."""
    whole = trained(tiny, snapshots=[0.5])
    half = tiny.bench.run(checkpoint, whole, at=0.5)
    short = trained(tiny, train=TRAIN.model_copy(update={"epochs": 1}))
    assert np.array_equal(says(tiny, half), says(tiny, short))
    assert not np.array_equal(says(tiny, half), says(tiny, whole))
    assert half.facts["rows"]["steps"] == whole.facts["rows"]["steps"] / 2


def test_shares_of_few_steps_may_be_the_same_step(tiny: Tiny) -> None:
    """Of two steps: a tenth and a half are both after the first."""
    two = trained(tiny, snapshots=[0.1, 0.5], train=TRAIN.model_copy(update={"batch": 52}))
    assert two.facts["rows"]["steps"] == 2
    assert len(set(two.facts["snapshots"].values())) == 1


def test_what_is_kept_changes_nothing_of_the_training(tiny: Tiny) -> None:
    plain, kept = trained(tiny), trained(tiny, snapshots=[0.1, 0.5])
    assert np.array_equal(says(tiny, plain), says(tiny, kept))
    assert "snapshots" not in plain.facts
    assert list(kept.facts["snapshots"]) == ["0.1", "0.5"]


def test_at_the_end_it_is_the_predictor_itself(tiny: Tiny) -> None:
    whole = trained(tiny)
    assert tiny.bench.run(checkpoint, whole, at=1.0).digest == whole.digest


def test_a_share_that_was_not_kept(tiny: Tiny) -> None:
    whole = trained(tiny, snapshots=[0.1, 0.5])
    with pytest.raises(
        PrerequisiteError, match=r"no snapshot at 25% \(it kept 10%, 50%\)"
    ) as found:
        tiny.bench.run(checkpoint, whole, at=0.25)
    assert "snapshots: [25%]" in found.value.help


def test_of_several_each_as_it_was(tiny: Tiny) -> None:
    both = [trained(tiny, snapshots=[0.5], seed=seed) for seed in (0, 1)]
    half = tiny.bench.run(checkpoint, tiny.bench.run(ensemble, both), at=0.5)
    each = [says(tiny, tiny.bench.run(checkpoint, one, at=0.5)) for one in both]
    assert np.allclose(says(tiny, half), np.mean(each, axis=0))


def test_of_folds_each_as_it_was(tiny: Tiny) -> None:
    import pyarrow as pa

    folds = pa.array([str(n % 2) for n in range(len(tiny.train))], pa.string())
    items = tiny.bench.keep(Items(tiny.train.table.append_column(FOLD, folds)))
    values = tiny.gold.table.column("value").to_pylist()
    gold = make_labels(tiny.bench, items, values)
    how = {"head": Likelihood(), "train": TRAIN, "snapshots": [0.5], "seed": 0}
    folded = tiny.bench.run(finetune, tiny.model, gold, **how)
    half = tiny.bench.run(checkpoint, folded, at=0.5)
    assert half.facts["type"] == "folded"
    assert not np.array_equal(says(tiny, half), says(tiny, folded))


def test_a_regression_has_nothing_on_its_way() -> None:
    from w2sdl_runtime.json_forms import to_json

    plain = {"loss": {"variant": "xent"}, "stop": {"variant": "at_end"}, "train": to_json(Train())}
    values = {**plain, "snapshots": [0.5]}
    assert Features.check is not None
    refused = Features.check(values)
    assert refused is not None
    assert "nothing on its way" in refused[0]


def test_a_snapshot_that_is_gone_is_made_again(bench: Workbench, tiny: Tiny) -> None:
    """A training that went past it begins anew, rather than ends without it."""
    from w2sdl_runtime.learning.snapshots import Snapshots
    from w2sdl_runtime.op import Context
    from w2sdl_runtime.partials import Partial, Partials

    context = replace(bench.context("finetune"), partials=Partials(bench.root / "partial", every=0))
    left = Predictor({"type": "zero_shot", "base": tiny.model.digest})

    def save(ctx: Context, step: int) -> Predictor:
        return left

    context.partials.save("training", Partial({"x": np.zeros(1)}, {"step": 6}))
    first = Snapshots(context, [0.5, 0.9], save, "training")
    assert first.training_label("training", 10) == ""  # step 5 was passed, and nothing is there
    first.passed(5, 10)
    again = Snapshots(context, [0.5, 0.9], save, "training")
    assert again.training_label("training", 10) == "training"
    assert list(again.facts()["snapshots"]) == ["0.5"]
    more = Snapshots(context, [0.3, 0.5], save, "training")
    assert more.training_label("training", 10) == ""  # one of the two that were passed is there


def test_snapshots_are_kept_and_copied_with_the_predictor(tiny: Tiny) -> None:
    whole = trained(tiny, snapshots=[0.5])
    needed = required(artifact_of(tiny.bench.store, whole.digest))
    assert whole.facts["snapshots"]["0.5"] in needed
