from __future__ import annotations

import numpy as np
import pytest
from tiny_world import PLACES, accuracy, both_parts
from workbench import forget, make_items, make_labels

from w2sdl_runtime.learning.contexts import as_shown, turns_of
from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.learning.rows import item_rows
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.debate import debate
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.ops.model import model as model_op
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import Labels, Predictor
from w2sdl_runtime.variants.heads.features import Features
from w2sdl_runtime.variants.heads.likelihood import Likelihood
from w2sdl_runtime.variants.heads.linear import Linear
from w2sdl_runtime.variants.losses.logconf import Logconf
from w2sdl_runtime.variants.losses.thresholds import Recent
from w2sdl_runtime.variants.losses.warmups import LinearWarmup
from w2sdl_runtime.variants.losses.xent import Xent
from w2sdl_runtime.variants.tunes import Full, LinearProbe, Lora

HARD = Train(epochs=12, batch=8, learning_rate=3e-3)


def as_folder(tiny, bench, tune=None):
    """The tiny model as a folder beside a spec, named by `model`."""
    folder = bench.root / "own"
    if not folder.exists():
        folder.mkdir()
        for file in tiny.model.folder.iterdir():
            if file.name != "artifact.json":
                (folder / file.name).write_bytes(file.read_bytes())
    return bench.run(model_op, "own", tune=tune or Full())


def by_place(tiny, bench):
    """Labels that can be read off the last word alone: two of the four places."""
    values = [float(place in PLACES[:2]) for place in tiny.train.column("candidate")]
    return make_labels(bench, bench.keep(tiny.train), values), values


@pytest.mark.parametrize("head", [Linear(), Likelihood()])
def test_it_fits_its_rows(tiny, head):
    gold, values = by_place(tiny, tiny.bench)
    student = tiny.bench.run(finetune, tiny.model, gold, head=head, train=HARD, seed=0)
    assert accuracy(tiny, student, tiny.train, values) > 0.95


def test_the_likelihood_head_carries_over_what_the_model_knows(tiny):
    """Animals that no label speaks of: knowledge of the language model, not of the labels."""
    student = tiny.bench.run(finetune, tiny.model, tiny.gold, head=Likelihood(), seed=0)
    assert accuracy(tiny, student) > 0.75


def test_heads_start_without_labels(tiny):
    """One step at nearly no rate: linear says 0.5 of all, likelihood a standardised score."""
    still = Train(epochs=1, batch=1000, learning_rate=1e-12)
    context = tiny.bench.context("test")
    linear = tiny.bench.run(finetune, tiny.model, tiny.gold, train=still, seed=0)
    assert predict(linear, tiny.train, context) == pytest.approx(0.5)
    likely = tiny.bench.run(finetune, tiny.model, tiny.gold, head=Likelihood(), train=still, seed=0)
    logits = np.log(1 / (1 / predict(likely, tiny.train, context) - 1))
    assert np.median(logits) == pytest.approx(0, abs=1e-4)
    assert np.std(logits) == pytest.approx(1, abs=1e-3)


def test_a_seed_decides_every_byte(tiny):
    def run(seed):
        train = Train(dropout=0.1)
        return tiny.bench.run(finetune, tiny.model, tiny.gold, train=train, seed=seed)

    assert run(5).digest == run(5).digest
    assert run(6).digest != run(5).digest


def test_order_of_earlier_work_changes_no_byte(tiny, bench):
    """A warm worker (with everything in memory) and a fresh one give the same predictor."""
    warm = tiny.bench.run(finetune, tiny.model, tiny.gold, head=Likelihood(), seed=1)
    for value in (tiny.model, tiny.train, tiny.gold):
        bench.store.put(value)
    forget()
    fresh = bench.run(
        finetune,
        bench.store.open(tiny.model.digest),
        bench.store.open(tiny.gold.digest),
        head=Likelihood(),
        seed=1,
    )
    assert fresh.digest == warm.digest


def test_dropped_rows_are_not_read_and_are_counted(tiny):
    keep = [at % 4 != 3 for at in range(len(tiny.train))]
    weight = [0.0 if at == 0 else 1.0 for at in range(len(tiny.train))]
    wrong = [
        1 - v if not k or not w else v
        for v, k, w in zip(tiny.gold.table.column("value").to_pylist(), keep, weight, strict=True)
    ]
    poisoned = make_labels(tiny.bench, tiny.train, wrong, keep=keep, weight=weight)
    clean = make_labels(
        tiny.bench,
        tiny.train,
        tiny.gold.table.column("value").to_pylist(),
        keep=keep,
        weight=weight,
    )
    one, two = (tiny.bench.run(finetune, tiny.model, y, seed=0) for y in (poisoned, clean))
    assert one.digest == two.digest
    assert one.facts["rows"]["used"] == 38
    assert one.facts["rows"]["dropped"] == 14


def test_weights_matter(tiny):
    """Rows of weight nearly 0 are outvoted by as many that say the opposite."""
    rows = [{"prompt": "the", "candidate": "forest"}] * 20
    items = tiny.bench.keep(make_items(rows, "same"))
    values, heavy = [1.0, 0.0] * 10, [10.0, 0.01] * 10
    y = make_labels(tiny.bench, items, values, weight=heavy)
    student = tiny.bench.run(finetune, tiny.model, y, train=HARD, seed=0)
    assert predict(student, items, tiny.bench.context("test")).min() > 0.8


def test_soft_labels_are_kept_soft(tiny):
    items = tiny.bench.keep(make_items([{"prompt": "the", "candidate": "forest"}] * 8, "soft"))
    y = make_labels(tiny.bench, items, [0.7] * 8)
    student = tiny.bench.run(
        finetune, tiny.model, y, train=Train(epochs=60, learning_rate=1e-2), seed=0
    )
    assert predict(student, items, tiny.bench.context("test")) == pytest.approx(0.7, abs=0.02)


def test_the_confidence_loss_is_another_training(tiny):
    plain = tiny.bench.run(finetune, tiny.model, tiny.gold, head=Likelihood(), seed=0)
    confident = tiny.bench.run(
        finetune, tiny.model, tiny.gold, head=Likelihood(), loss=Logconf(), seed=0
    )
    assert confident.digest != plain.digest


@pytest.mark.parametrize(
    "loss",
    [
        Xent(),
        Logconf(warmup=LinearWarmup(share=0.0)),
        Logconf(threshold=Recent(), warmup=LinearWarmup(share=0.0)),
    ],
)
def test_micro_batches_change_nothing_but_memory(tiny, loss):
    """The loss still sees whole batches, also where it cuts at a batch's median."""
    context = tiny.bench.context("test")
    values = []
    for micro in (None, 1, 5):
        train = Train(epochs=1, batch=13, learning_rate=1e-3, micro_batch=micro)
        student = tiny.bench.run(
            finetune, tiny.model, tiny.gold, head=Likelihood(), loss=loss, train=train, seed=0
        )
        values.append(predict(student, tiny.test, context))
    assert values[1] == pytest.approx(values[0], abs=2e-3)
    assert values[2] == pytest.approx(values[0], abs=2e-3)


def test_long_rows_are_cut_to_what_the_network_can_read(tiny, bench):
    long = [{"prompt": "the lion lives " * 700, "candidate": "forest"}] * 4
    items = bench.keep(make_items(long, "long"))
    bench.store.put(tiny.model)
    train = Train(max_length=5000)
    student = bench.run(
        finetune, tiny.model, make_labels(bench, items, [1, 0, 1, 0]), train=train, seed=0
    )
    assert student.facts["rows"]["truncated"] == 4
    assert len(predict(student, items, bench.context("test"))) == 4


@pytest.mark.parametrize("head", [Linear(), Likelihood()])
def test_a_probe_moves_the_head_only(tiny, bench, head):
    probed = as_folder(tiny, bench, LinearProbe())
    gold, values = by_place(tiny, bench)
    train = Train(epochs=40, learning_rate=1e-2, head_rate=30)
    student = bench.run(finetune, probed, gold, head=head, train=train, seed=0)
    weights = [path.name for path in student.folder.iterdir() if path.suffix == ".safetensors"]
    assert weights == ["head.safetensors"]
    value = predict(student, bench.store.open(gold.items), bench.context("test"))
    assert np.mean((value > 0.5) == (np.array(values) > 0.5)) > 0.9


def _states(model, context):
    """Hidden states of a few tokens, by the network inside."""
    import torch

    with torch.no_grad():
        ids = torch.tensor([[1, 7, 9, 11]])
        return open_network(model, context).module.base_model(ids).last_hidden_state.numpy()


def test_adapters_are_a_delta(tiny, bench):
    adapted = as_folder(tiny, bench, Lora(rank=4))
    gold = make_labels(bench, bench.keep(tiny.train), tiny.gold.table.column("value").to_pylist())
    student = bench.run(finetune, adapted, gold, head=Likelihood(), train=HARD, seed=0)
    assert student.facts["base"] == adapted.digest
    assert not (student.folder / "model.safetensors").exists()
    context, items = bench.context("test"), bench.store.open(gold.items)
    value = predict(student, items, context)
    still = Train(epochs=1, batch=1000, learning_rate=1e-12)
    start = bench.run(finetune, adapted, gold, head=Likelihood(), train=still, seed=0)
    assert np.abs(value - predict(start, items, context)).max() > 0.05
    hidden = [_states(one, context) for one in (adapted, start, student)]
    assert np.allclose(hidden[0], hidden[1], atol=1e-6), "adapters start at nothing"
    assert np.abs(hidden[0] - hidden[2]).max() > 1e-3
    again = bench.run(finetune, student, gold, head=Likelihood(), train=still, seed=0)
    assert predict(again, items, context) == pytest.approx(value, abs=1e-5)
    assert again.facts["base"] == adapted.digest


def test_a_predictor_is_trained_on_from_its_weights(tiny):
    first = tiny.bench.run(finetune, tiny.model, tiny.gold, head=Likelihood(), train=HARD, seed=0)
    still = Train(epochs=1, batch=1000, learning_rate=1e-12)
    second = tiny.bench.run(finetune, first, tiny.gold, head=Likelihood(), train=still, seed=0)
    context = tiny.bench.context("test")
    before, after = (predict(p, tiny.test, context) for p in (first, second))
    assert after == pytest.approx(before, abs=1e-5)
    assert second.facts["base"] == first.digest


def test_the_student_is_an_ordinary_transformers_folder(tiny):
    from transformers import AutoModelForCausalLM

    student = tiny.bench.run(finetune, tiny.model, tiny.gold, seed=0)
    assert AutoModelForCausalLM.from_pretrained(student.folder).config.model_type == "llama"


def test_context_is_read_and_joined_by_item(tiny):
    """A linear head that reads transcripts predicts by what stands in them."""
    everything = both_parts(tiny)
    items = tiny.bench.keep(type(tiny.train)(everything.take(list(range(len(everything)))[::-1])))
    said = tiny.bench.run(debate, tiny.model, tiny.model, items, seed=0)
    student = tiny.bench.run(finetune, tiny.model, tiny.gold, context=said, seed=0)
    without = tiny.bench.run(finetune, tiny.model, tiny.gold, seed=0)
    context = tiny.bench.context("test")
    with_it, alone = (predict(p, tiny.test, context) for p in (student, without))
    assert student.facts["context"] == said.digest
    turned = type(said)(said.table.take(list(range(len(items)))[::-1]))
    ids = tiny.test.column("item_id")
    assert turns_of(turned, ids) == turns_of(said, ids)
    assert np.abs(with_it - alone).max() > 1e-4


@pytest.mark.parametrize(("head", "at_the_end"), [(Linear(), False), (Likelihood(), True)])
def test_where_the_transcript_stands(tiny, head, at_the_end):
    """After the item for linear; before the prompt where the candidate is scored and read last."""
    said = tiny.bench.run(debate, tiny.model, tiny.model, tiny.test, seed=0)
    network = open_network(tiny.model, tiny.bench.context("test"))
    rows = item_rows(network, tiny.test, said, head.transcript, 256)
    assert ((rows.last == rows.lengths) == at_the_end).all()
    assert (rows.lengths > 40).all()


def test_a_judge_is_shown_verified_quotes_only():
    quotes = [{"text": "so", "verified": True}, {"text": "made up", "verified": False}]
    turn = {"debater": "A", "stance": "incorrect", "text": "", "quotes": quotes}
    other = {"debater": "B", "stance": "correct", "text": "", "quotes": []}
    assert as_shown([turn]).quotes == ("so",)
    assert [as_shown(turns).stance for turns in ([], [turn], [turn, other, turn])] == [0, -1, 0]


@pytest.mark.parametrize("tune", [Full(), LinearProbe()])
def test_dropout_is_used(tiny, bench, tune):
    """In the body, and before the head where the body is frozen."""
    named = as_folder(tiny, bench, tune)
    gold, _ = by_place(tiny, bench)
    heads = []
    for share in (0.0, 0.5):
        student = bench.run(finetune, named, gold, train=Train(dropout=share), seed=0)
        heads.append((student.folder / "head.safetensors").read_bytes())
    assert heads[0] != heads[1]


def test_a_missing_transcript_is_an_error(tiny):
    said = tiny.bench.run(debate, tiny.model, tiny.model, tiny.train, seed=0)
    for head in (Linear(), Features()):
        student = tiny.bench.run(finetune, tiny.model, tiny.gold, context=said, head=head, seed=0)
        with pytest.raises(PrerequisiteError, match="24 of 24 items have no transcript"):
            tiny.bench.run(label, student, tiny.test)


def test_progress_says_how_fast(tiny):
    tiny.bench.reports.clear()
    tiny.bench.run(finetune, tiny.model, tiny.gold, seed=0)
    done, total, unit, facts = tiny.bench.reports[-1]
    assert (done, total, unit) == (104, 104, "examples")
    assert facts["per_second"] > 0


def test_a_training_that_diverges_says_so(tiny):
    wild = Train(epochs=30, learning_rate=1e30, clip=0.0)
    with pytest.raises(PrerequisiteError, match=r"the loss is (nan|inf) at step"):
        tiny.bench.run(finetune, tiny.model, tiny.gold, train=wild, seed=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "text"}, "these are text labels"),
        ({"keep": [False] * 52}, "no row is left"),
        ({"weight": [-1.0] * 52}, "no row is left|negative"),
        ({"weight": [1.0] * 51 + [-1.0]}, "negative or missing weight"),
        ({"values": [1.5] * 52}, "52 labels are no probabilities"),
        ({"values": [float("nan")] * 52}, "52 labels are no probabilities"),
    ],
)
def test_labels_that_nothing_can_be_learned_from(tiny, change, message):
    values = change.pop("values", [1.0] * 52)
    y = make_labels(tiny.bench, tiny.train, values, **change)
    with pytest.raises(PrerequisiteError, match=message):
        tiny.bench.run(finetune, tiny.model, y, seed=0)


def test_the_signature_says_all():
    signature = load_signatures().op("Ψ")
    assert signature is not None
    assert signature.name == "finetune"
    assert [(port.name, port.optional) for port in signature.ports] == [
        ("model", False),
        ("labels", False),
        ("context", True),
    ]
    train = next(param for param in signature.params if param.name == "train")
    known = {"tiny", "encoder", "openai2024", "eleuther2024", "probe2023"}
    assert set(train.type.presets) == known


def test_results_are_predictors_of_known_type(tiny):
    student = tiny.bench.run(finetune, tiny.model, tiny.gold, seed=0)
    assert isinstance(student, Predictor)
    assert isinstance(tiny.gold, Labels)
    assert student.facts["type"] == "neural"


def test_rows_that_are_cut_are_counted_and_said(tiny):
    """In training and in labelling: a row of 11 tokens loses the start of its prompt."""
    short = Train(max_length=9, epochs=1)
    student = tiny.bench.run(finetune, tiny.model, tiny.gold, train=short, seed=0)
    assert student.facts["rows"]["truncated"] == len(tiny.train)
    assert tiny.bench.logs[-1].startswith("warning: 52 of 52 rows were cut to 9 tokens")
    tiny.bench.run(label, student, tiny.test)
    assert tiny.bench.logs[-1].startswith("warning: 24 of 24 rows were cut to 9 tokens")
    said = len(tiny.bench.logs)
    tiny.bench.run(finetune, tiny.model, tiny.gold, seed=0)
    assert len(tiny.bench.logs) == said


def test_cut_prompts_of_scores_are_said_whenever_they_are_used(tiny, monkeypatch):
    from w2sdl_runtime.learning import likelihood

    monkeypatch.setattr(likelihood, "MAX_LENGTH", 9)
    forget()
    for _ in range(2):  # computed, then found in memory
        context = tiny.bench.context("test")
        likelihood.candidate_scores(tiny.model, tiny.test, "candidate", context)
        assert len(context.warnings) == 1
        assert context.warnings[0].startswith("24 of 24 prompts were cut to 9 tokens")
    forget()
