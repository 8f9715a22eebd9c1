"""`stop: agreeing(...)`: ends a training by weak labels of other rows, and keeps the best weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch  # noqa: TID253
from attempts import Ended, Work, run
from tiny_world import Tiny
from workbench import make_items, make_labels

import w2sdl
from w2sdl_runtime.learning.stopping import Training, Watch
from w2sdl_runtime.op import PrerequisiteError, variant
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.train import Train
from w2sdl_runtime.variants.heads.likelihood import Likelihood
from w2sdl_runtime.variants.schedules import Constant
from w2sdl_runtime.variants.stops import Agreeing, Stop
from w2sdl_runtime.variants.tunes import LinearProbe, Lora, Tune

#: A rate that does not know how long the training is: a shorter one is the beginning of a longer.
STEADY = {"batch": 8, "schedule": Constant(), "warmup": 0.0, "learning_rate": 3e-3}


# -- the rule ------------------------------------------------------------------------------------------


def watched(agreements: list[float], patience: int, every: int = 1, steps: int = 99) -> Watch:
    """A training whose one weight is the number of its steps, until it is over."""
    weight = torch.zeros(1)
    values = iter(agreements)
    watch = Watch([weight], lambda: next(values), steps, every=every, patience=patience)
    for step in range(1, steps + 1):
        if watch.is_over:
            break
        weight.fill_(step)
        watch.passed(step)
    watch.put_back()
    assert float(weight) == watch.facts()["kept_step"]
    return watch


@pytest.mark.parametrize(
    ("agreements", "patience", "every", "kept", "last"),
    [
        ([0.5, 0.7, 0.6, 0.6], 2, 1, 2, 4),
        ([0.5, 0.7, 0.6, 0.7, 0.7], 3, 1, 2, 5),  # as good is not better
        ([0.5, 0.7, 0.6, 0.8, 0.1, 0.2], 2, 1, 4, 6),
        ([0.9, 0.8], 1, 1, 1, 2),
        ([0.5, 0.7, 0.6, 0.6], 2, 10, 20, 40),
    ],
)
def test_it_waits_so_many_looks_for_something_better(agreements, patience, every, kept, last):
    facts = watched(agreements, patience, every).facts()
    assert (facts["kept_step"], facts["last_step"]) == (kept, last)
    assert facts["kept_agreement"] == max(agreements)
    assert facts["last_agreement"] == agreements[-1]


def test_it_looks_after_the_last_step_too():
    facts = watched([0.1, 0.2, 0.3], patience=3, every=4, steps=9).facts()
    assert facts["curve"] == [[4, 0.1], [8, 0.2], [9, 0.3]]


# -- trainings -----------------------------------------------------------------------------------------


def test_the_weights_are_those_of_a_training_that_ended_there(tiny: Tiny) -> None:
    """Labels by a student of one epoch are what the longer training agrees with best after one."""
    bench = tiny.bench
    short = bench.run(finetune, tiny.model, tiny.gold, train=Train(epochs=1, **STEADY), seed=1)
    steps = short.facts["rows"]["steps"]
    y = bench.run(label, short, tiny.test, kind="hard")
    stop = Agreeing(labels=y, patience=1, every=steps)
    train = Train(epochs=6, **STEADY)
    stopped = bench.run(finetune, tiny.model, tiny.gold, train=train, stop=stop, seed=1)
    assert stopped.facts["stop"]["kept_step"] == steps
    assert stopped.facts["stop"]["kept_agreement"] == 1
    assert stopped.facts["rows"]["steps"] == stopped.facts["stop"]["last_step"] < 6 * steps
    values = [predict(p, tiny.test, bench.context("test")) for p in (short, stopped)]
    assert (values[0] == values[1]).all()
    assert any("agree on 1.000 of the rows" in line for line in bench.logs)


@variant("bored")
class Bored(Stop):
    """Finds every look as good as the first."""

    def watch(self, training: Training) -> Watch:
        return Watch(training.moving, lambda: 0.5, training.steps, every=2, patience=3)


def test_a_rule_of_ones_own_ends_a_training(tiny: Tiny) -> None:
    """Breaks where the training asks which rule it has, in place of asking the rule."""
    train = Train(epochs=6, **STEADY)
    stopped = tiny.bench.run(finetune, tiny.model, tiny.gold, train=train, stop=Bored(), seed=1)
    assert stopped.facts["stop"]["kept_step"] == 2
    assert stopped.facts["rows"]["steps"] == stopped.facts["stop"]["last_step"] == 8


@pytest.mark.parametrize("tune", [None, LinearProbe(), Lora(rank=2)], ids=["full", "probe", "lora"])
@pytest.mark.parametrize("head", [Likelihood(), None], ids=["likelihood", "linear"])
def test_what_it_says_of_the_kept_weights_is_what_they_do(
    tiny: Tiny, tune: Tune | None, head: Likelihood | None
) -> None:
    from test_resume import tuned

    bench = tiny.bench
    model = tiny.model if tune is None else bench.store.open(tuned(tiny, tune))
    values = [0.9, 0.2] * (len(tiny.test) // 2)
    weight = [float(1 + at % 3) for at in range(len(values))]
    keep = [at % 5 != 0 for at in range(len(values))]
    y = make_labels(bench, tiny.test, values, weight=weight, keep=keep)
    stop = Agreeing(labels=y, patience=2, every=2)
    options = {"head": head} if head else {}
    train = Train(epochs=2, dropout=0.1, **STEADY)
    student = bench.run(finetune, model, tiny.gold, train=train, stop=stop, seed=0, **options)
    told = predict(student, tiny.test, bench.context("test")) > 0.5
    counted = np.array(weight) * np.array(keep)
    expected = ((told == (np.array(values) > 0.5)) * counted).sum() / counted.sum()
    assert student.facts["stop"]["kept_agreement"] == pytest.approx(expected)


def test_looking_changes_nothing_of_the_training(tiny: Tiny) -> None:
    """Dropout draws the same, whether anybody looks: with patience for ever and the last look best."""
    bench = tiny.bench
    train = Train(epochs=2, dropout=0.2, **STEADY)
    plain = bench.run(finetune, tiny.model, tiny.gold, train=train, seed=2)
    y = bench.run(label, plain, tiny.test, kind="hard")
    stop = Agreeing(labels=y, patience=99, every=3)
    watched = bench.run(finetune, tiny.model, tiny.gold, train=train, stop=stop, seed=2)
    assert watched.facts["stop"]["last_agreement"] == 1
    assert watched.facts["rows"]["steps"] == plain.facts["rows"]["steps"]
    assert watched.facts["stop"]["kept_step"] == watched.facts["stop"]["last_step"]
    values = [predict(p, tiny.test, bench.context("test")) for p in (plain, watched)]
    assert (values[0] == values[1]).all()


def test_snapshots_behind_the_end_are_there_and_change_nothing(tiny: Tiny) -> None:
    from w2sdl_runtime.ops.checkpoint import checkpoint

    bench = tiny.bench
    wrong = make_labels(
        bench, tiny.train, [1 - v for v in tiny.gold.table.column("value").to_pylist()]
    )
    stop, train = Agreeing(labels=wrong, patience=1, every=2), Train(epochs=3, **STEADY)
    plain = bench.run(finetune, tiny.model, tiny.gold, train=train, stop=stop, seed=4)
    total = plain.facts["stop"]["planned_steps"]
    assert plain.facts["rows"]["steps"] < total // 2
    more = {"train": train, "stop": stop, "snapshots": [0.5, 1.0]}
    curve = bench.run(finetune, tiny.model, tiny.gold, seed=4, **more)
    assert curve.facts["stop"] == plain.facts["stop"]
    half = bench.run(checkpoint, curve, at=0.5)
    every = [predict(p, tiny.test, bench.context("test")) for p in (plain, curve, half)]
    assert (every[0] == every[1]).all()
    assert (every[0] != every[2]).any()


def test_probing_as_in_the_paper(tiny: Tiny) -> None:
    """Frozen body, Adam at 1e-3, batches of 128, 200 epochs, stopped by agreement (Burns et al. 2023)."""
    from test_resume import tuned

    bench, train = tiny.bench, Train(**Train.presets["probe2023"])
    assert (train.optimizer, train.learning_rate, train.head_rate) == ("adam", 1e-3, 2)
    assert (train.batch, train.epochs, train.weight_decay) == (128, 200, 0)
    model = bench.store.open(tuned(tiny, LinearProbe()))
    y = bench.run(label, bench.run(finetune, tiny.model, tiny.gold, seed=0), tiny.test)
    stop = Agreeing(labels=y, patience=3, every=10)
    probe = bench.run(finetune, model, tiny.gold, train=train, stop=stop, seed=0)
    assert sorted(path.name for path in probe.folder.glob("*.safetensors")) == ["head.safetensors"]
    assert probe.facts["stop"]["planned_steps"] == 200
    assert probe.facts["stop"]["last_step"] < 200


def test_labels_that_can_not_be_compared_are_refused(tiny: Tiny) -> None:
    y = make_labels(tiny.bench, tiny.test, [0.5] * len(tiny.test), keep=[False] * len(tiny.test))
    with pytest.raises(PrerequisiteError, match=r"no row is left for stop: agreeing\(\)"):
        tiny.bench.run(finetune, tiny.model, tiny.gold, stop=Agreeing(labels=y), seed=0)
    y = make_labels(tiny.bench, tiny.test, [1.5] * len(tiny.test))
    with pytest.raises(
        PrerequisiteError, match=r"labels of stop: agreeing\(\) are no probabilities"
    ):
        tiny.bench.run(finetune, tiny.model, tiny.gold, stop=Agreeing(labels=y), seed=0)
    items = tiny.bench.keep(make_items([{"prompt": "the", "candidate": ""}], "bare"))
    y = make_labels(tiny.bench, items, [1.0])
    with pytest.raises(PrerequisiteError, match="no candidate"):
        tiny.bench.run(
            finetune, tiny.model, tiny.gold, head=Likelihood(), stop=Agreeing(labels=y), seed=0
        )


# -- killed --------------------------------------------------------------------------------------------


def stopping(tiny: Tiny, patience: int, every: int) -> Work:
    """A training as a node: it is told of labels that it agrees with less and less."""
    values = tiny.gold.table.column("value").to_pylist()
    wrong = make_labels(tiny.bench, tiny.train, [1 - value for value in values])
    inputs = {
        "model": [tiny.model.digest],
        "labels": [tiny.gold.digest],
        "stop.labels": [wrong.digest],
    }
    rule = {"variant": "agreeing", "patience": patience, "every": every}
    params = {"train": Train(epochs=4, dropout=0.1, **STEADY), "stop": rule, "seed": 3}
    return Work(tiny.bench.store, "finetune", inputs, params)


def test_a_training_killed_between_two_looks_ends_where_it_would_have(
    tiny: Tiny, tmp_path: Path
) -> None:
    import signal

    work = stopping(tiny, patience=2, every=3)
    whole = run(work.another(), tmp_path, every=1e9)
    facts = tiny.bench.store.open(whole.digest).facts
    last = facts["stop"]["last_step"]
    assert last < facts["stop"]["planned_steps"], "it is over early"
    for saved in (4, last):  # between two looks; and after the look that ends it
        fresh = work.another()
        ended: Ended = run(fresh, tmp_path, kill=f"partial.saved:{saved}")
        assert ended.code == -signal.SIGKILL
        resumed = run(fresh, tmp_path)
        assert f"the training goes on after step {saved}" in resumed.log
        assert resumed.digest == whole.digest


# -- designs -------------------------------------------------------------------------------------------

START = """experiment stopping
data qa  = science_qa(parts: {supervise: 20, transfer: 20, validation: 20, test: 20})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
strong S = pretrain(corpus(qa), layers: 1, width: 32, steps: 10)
W'       = finetune(W, gold(qa.supervise))
y        = label(W', qa.transfer)
ceiling  = finetune(S, gold(qa.transfer))
"""
END = """
measure scores = accuracy(W', S', ceiling) on qa.test
measure gained = pgr(weak: W', student: S', ceiling: ceiling) on qa.test
"""


def codes(student: str) -> list[str]:
    return [one.code for one in w2sdl.compile_text(START + student + END).diagnostics]


def test_a_student_may_be_stopped_by_weak_labels_of_validation_rows() -> None:
    assert (
        codes("S' = Ψ(S, y, stop: agreeing(label(W', qa.validation), patience: 2, every: 5))") == []
    )


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        ("gold(qa.test)", "W2S0602"),
        ("label(W', qa.test)", "W2S0602"),
        ("gold(qa.transfer)", "W2S0601"),
        ("label(ceiling, qa.transfer)", "W2S0601"),
    ],
)
def test_no_student_is_stopped_by_what_it_must_not_know(labels: str, code: str) -> None:
    assert codes(f"S' = Ψ(S, y, stop: agreeing({labels}))") == [code]


def test_another_way_to_end_is_another_budget() -> None:
    stopped = w2sdl.compile_text(
        START + "S' = Ψ(S, y, stop: agreeing(label(W', qa.validation)))" + END
    )
    assert stopped.graph is not None
    assert stopped.graph.validity.budgets == (
        "stop is agreeing(patience: 3, every: 25) for S', at_end() for ceiling",
    )
    plain = w2sdl.compile_text(START + "S' = Ψ(S, y)" + END)
    assert plain.graph is not None
    assert plain.graph.validity.budgets == ()


def test_gold_of_other_rows_is_said() -> None:
    found = w2sdl.compile_text(START + "S' = Ψ(S, y, stop: agreeing(gold(qa.validation)))" + END)
    assert found.graph is not None
    assert [(e.part, e.channel) for e in found.graph.validity.extra_gold] == [
        ("qa.validation", "select")
    ]


@pytest.mark.parametrize(
    ("student", "message"),
    [
        ("S' = Ψ(S, y, stop: agreeing())", "`agreeing` needs `labels` (Labels)"),
        ("S' = Ψ(S, y, stop: agreeing(y, patience: 0))", "patience"),
        ("S' = Ψ(S, y, head: features(), stop: agreeing(y))", "it has no use for agreeing()"),
        (
            't = label_file(qa.transfer, file: "t.jsonl", kind: "text", origin: human())\n'
            "S' = Ψ(S, y, stop: agreeing(t))",
            "the labels to agree with are words, those to train on judge one candidate",
        ),
        (
            't = label_file(qa.transfer, file: "t.jsonl", kind: "text", origin: human())\n'
            "S' = Ψ(S, t, head: lm(), loss: lm(), stop: agreeing(t))",
            "stop: agreeing() compares classes, and head: lm() answers in words",
        ),
    ],
)
def test_mistakes_have_a_message(student: str, message: str) -> None:
    end = "\nmeasure scores = accuracy(W') on qa.test"
    found = w2sdl.compile_text(START + student + end).diagnostics
    assert len(found) == 1
    assert message in found[0].title()
