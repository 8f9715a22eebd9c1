"""Predictors that answer in words: what they learn, how they write, how they are measured."""

from __future__ import annotations

import pytest
import torch  # noqa: TID253
from tiny_world import ANIMALS, PLACES
from workbench import forget, make_items

from w2sdl_runtime.data.tables import label_table
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.accuracy import accuracy
from w2sdl_runtime.ops.agreement import agreement
from w2sdl_runtime.ops.ensemble import ensemble
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.ops.pgr import pgr
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import Labels
from w2sdl_runtime.variants.heads.lm import Lm as LmHead
from w2sdl_runtime.variants.losses.lm import Lm as LmLoss

TRAIN = Train(epochs=6, batch=8, learning_rate=3e-3)
HEAD = LmHead(max_tokens=4)


def texts(bench, items, words):
    table = label_table(items.column("item_id"), [None] * len(words), words)
    return bench.keep(Labels(table, items.digest, "text", "gold"))


@pytest.fixture(scope="module")
def asked(tiny):
    """Where an animal lives, moved one place on: nothing that the pretraining said."""
    rows = [{"prompt": f"Question: where does the {animal} live? Answer:"} for animal in ANIMALS]
    items = tiny.bench.keep(make_items(rows))
    words = [PLACES[(at + 1) % 4] for at in range(len(rows))]
    return items, texts(tiny.bench, items, words), words


def fit(tiny, labels, **more):
    by = {"head": HEAD, "loss": LmLoss(), "train": TRAIN, "seed": 0} | more
    return tiny.bench.run(finetune, tiny.model, labels, **by)


@pytest.fixture(scope="module")
def writer(tiny, asked):
    return fit(tiny, asked[1])


def test_the_loss_is_the_mean_over_answer_tokens():
    """Row 1: log-probabilities -1 and -2 (two tokens); row 2: -0.5 (one), of weight 2."""
    read = torch.tensor(
        [[-3.0, 2, 9], [-0.5, 1, 4]],
        dtype=torch.float64,
    )
    weight, target = torch.tensor([1.0, 2.0]).double(), torch.zeros(2).double()
    assert float(LmLoss().value(read, target, weight, 0.0)) == pytest.approx((3 + 1) / (2 + 2))


def test_it_is_the_loss_of_transformers_on_the_same_tokens(tiny, asked):
    """Breaks where a prompt's token is learned, the end is left out, or places are off by one."""
    from w2sdl_runtime.learning.batching import collate
    from w2sdl_runtime.learning.labelled import fitting
    from w2sdl_runtime.learning.opening import open_network
    from w2sdl_runtime.learning.reading import read

    ctx = tiny.bench.context("finetune")
    task = fitting(ctx, tiny.model, asked[1], None, LmLoss(), TRAIN)
    network = open_network(tiny.model, ctx)
    rows = HEAD.rows(network, task)
    import numpy as np

    batch = collate(rows, np.arange(4), "cpu")
    with torch.inference_mode():
        mine = LmLoss().value(
            read(network, batch, HEAD.wants(True)).scores, None, torch.ones(4), 0.0
        )
        target = torch.full_like(batch.ids, -100)
        for at in range(4):
            target[at, rows.first[at] : rows.last[at]] = batch.ids[
                at, rows.first[at] : rows.last[at]
            ]
        assert (target != -100).sum(1).tolist() == [2] * 4  # a word and the end
        theirs = network.module(input_ids=batch.ids, attention_mask=batch.mask, labels=target).loss
    assert float(mine) == pytest.approx(float(theirs), abs=1e-5)


def test_it_learns_to_write_the_answer_and_to_stop(tiny, asked, writer):
    said = tiny.bench.run(label, writer, asked[0])
    assert said.label_kind == "text"
    metric = tiny.bench.run(accuracy, said, asked[1])
    assert metric.value > 0.9
    assert metric.facts["match"] == "exact"


def test_what_is_written_does_not_depend_on_its_neighbours(tiny, asked, writer):
    from w2sdl_runtime.values import Items

    whole = tiny.bench.run(label, writer, asked[0]).table["text"].to_pylist()
    forget()
    few = Items(asked[0].table.slice(3, 5))
    assert (
        tiny.bench.run(label, writer, tiny.bench.keep(few)).table["text"].to_pylist() == whole[3:8]
    )


def test_agreement_and_recovery_are_exact_matches(tiny, asked):
    """Four rows; the student repeats one right and one wrong answer of its supervisor."""
    items = tiny.bench.keep(make_items([{"prompt": str(at)} for at in range(4)], "m"))
    gold = texts(tiny.bench, items, ["a b", "b", "c", "d"])
    weak = texts(tiny.bench, items, ["a  b ", "x", "y", "z"])
    student = texts(tiny.bench, items, ["a b", "x", "c", "D"])
    ceiling = texts(tiny.bench, items, ["a b", "b", "c", "D"])
    agree = tiny.bench.run(agreement, student, weak, gold)
    assert agree.value == 0.5
    assert [part["value"] for part in agree.facts["parts"]] == [1.0, pytest.approx(1 / 3)]
    found = tiny.bench.run(pgr, [weak], [student], [ceiling], gold, seed=0)
    assert found.facts["accuracies"] == {"weak": 0.25, "student": 0.5, "ceiling": 0.75}
    assert found.value == pytest.approx(0.5)


def test_answers_that_the_tokenizer_cannot_write_are_refused(tiny, asked):
    words = ["Forest" if word == "forest" else word for word in asked[2]]
    with pytest.raises(PrerequisiteError, match="'Forest' comes back as 'forest'"):
        fit(tiny, texts(tiny.bench, asked[0], words))


def test_answers_too_long_to_be_written_are_refused(tiny, asked):
    words = ["forest forest forest forest"] * len(asked[2])
    with pytest.raises(PrerequisiteError, match="have 4 tokens or more"):
        fit(tiny, texts(tiny.bench, asked[0], words))


def test_it_has_no_probability_of_a_class(tiny, asked, writer):
    with pytest.raises(PrerequisiteError, match="answers in words"):
        predict(writer, asked[0], tiny.bench.context("test"))
    with pytest.raises(PrerequisiteError, match="answers in words"):
        predict(tiny.bench.run(ensemble, [writer, writer]), asked[0], tiny.bench.context("test"))


def test_a_student_goes_on_from_a_writer(tiny, asked, writer):
    """Bootstrapping: its weights, not those of the model below, are where training starts."""
    short = Train(epochs=1, batch=8, learning_rate=1e-6)
    on = tiny.bench.run(finetune, writer, asked[1], head=HEAD, loss=LmLoss(), train=short, seed=0)
    assert tiny.bench.run(accuracy, tiny.bench.run(label, on, asked[0]), asked[1]).value > 0.9


def test_answers_that_teach_nothing_are_kept_out_of_training_and_counted(tiny, asked):
    """A weak supervisor may write nothing, or go on for ever: that must not end the experiment."""
    from w2sdl_runtime.ops.label import _written

    context = tiny.bench.context("label")
    answers = [("river", False), ("", False), ("river river", True), ("", True)]
    table = _written(context, ["a", "b", "c", "d"], answers)
    assert table["keep"].to_pylist() == [True, False, False, False]
    assert table["text"].to_pylist() == [text for text, _ in answers]
    reasons = [None, '{"drop_reason":"no answer"}', '{"drop_reason":"cut short"}']
    assert table["meta"].to_pylist() == [*reasons, reasons[1]]
    assert any("2 of 4 answers are kept out of training: no answer" in x for x in tiny.bench.logs)


def test_what_is_not_ended_in_time_is_cut_short(tiny, asked):
    """The model below goes on with a sentence that is longer than four tokens."""
    as_it_was = fit(tiny, asked[1], train=Train(epochs=1, batch=64, learning_rate=1e-9))
    items = tiny.bench.keep(make_items([{"prompt": f"The {animal}"} for animal in ANIMALS], "cut"))
    said = tiny.bench.run(label, as_it_was, items)
    assert not any(said.table["keep"].to_pylist())
    assert set(said.table["meta"].to_pylist()) == {'{"drop_reason":"cut short"}'}
    with pytest.raises(PrerequisiteError, match=r"drop all of them \(\d+ cut short\)") as told:
        fit(tiny, said)
    assert "head: lm(max_tokens: ...)" in told.value.help


def test_a_long_prompt_is_cut_when_it_is_answered_as_when_it_is_learned(tiny, asked):
    """Breaks where one side loses the first token of a text and the other does not."""
    from w2sdl_runtime.learning.answering import answer_rows
    from w2sdl_runtime.learning.decoding import Sampling
    from w2sdl_runtime.learning.labelled import fitting
    from w2sdl_runtime.learning.opening import open_network
    from w2sdl_runtime.learning.tokens import Text
    from w2sdl_runtime.learning.writing import Writer

    ctx = tiny.bench.context("finetune")
    short = TRAIN.model_copy(update={"max_length": 8})
    task = fitting(ctx, tiny.model, asked[1], None, LmLoss(), short)
    network = open_network(tiny.model, ctx)
    rows = answer_rows(network, task, 4)
    learned = [rows.tokens[rows.start[at] :][: rows.first[at]].tolist() for at in range(len(rows))]
    prompts = [Text(prompt, "") for prompt in asked[0].column("prompt")]
    assert rows.truncated == len(rows)
    read = Writer(network, Sampling(4), ctx, longest=4 + len(learned[0]))._asked(prompts, "answers")
    assert [read.ids(at) for at in range(len(read))] == learned


def test_what_it_is_exported_as_writes_the_same_answers(tiny, asked, writer, tmp_path):
    """By transformers alone, as the text beside the folder says; no head lies beside it."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from w2sdl_runtime.predictors.exporting import write_predictor

    what, notes = write_predictor(writer, tmp_path, tiny.bench.context("export"))
    assert what.endswith(": its answer is what it writes, up to 4 tokens or </s>")
    assert notes == ()
    assert not (tmp_path / "head.safetensors").exists()
    module = AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    said = tiny.bench.run(label, writer, asked[0]).table["text"].to_pylist()
    for prompt, expected in zip(asked[0].column("prompt"), said, strict=True):
        ids = tokenizer(prompt, return_tensors="pt")["input_ids"]
        found = module.generate(ids, max_new_tokens=4, do_sample=False)[0, ids.shape[1] :]
        assert tokenizer.decode(found, skip_special_tokens=True).strip() == expected
