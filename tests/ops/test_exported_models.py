"""Exported students say in transformers what they say here; what has no form there is said to have none."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load_file
from test_finetune import as_folder
from workbench import make_labels

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.ensemble import ensemble
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.predictor_folder import predictor_folder
from w2sdl_runtime.ops.pretrain import pretrain
from w2sdl_runtime.ops.show import show
from w2sdl_runtime.ops.zero_shot import zero_shot
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.predictors.exporting import write_model, write_predictor
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import Corpus
from w2sdl_runtime.variants.heads.dpo import Dpo
from w2sdl_runtime.variants.heads.features import Features
from w2sdl_runtime.variants.heads.likelihood import Likelihood
from w2sdl_runtime.variants.heads.linear import Linear
from w2sdl_runtime.variants.losses.bce import Bce
from w2sdl_runtime.variants.origins import OfModel
from w2sdl_runtime.variants.tunes import Full, LinearProbe, Lora

HARD = Train(epochs=4, batch=8, learning_rate=3e-3)


def written(bench, predictor, name):
    folder = bench.root / name
    folder.mkdir()
    return folder, *write_predictor(predictor, folder, bench.context("export"))


def asked(folder, items):
    """P(right) by transformers alone, in padded batches, as the note says it is read."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    module = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    found = []
    for start in range(0, len(items), 7):
        texts = items.texts()[start : start + 7]
        given = tokenizer(texts, return_tensors="pt", padding=True)
        with torch.inference_mode():
            ids, mask = given["input_ids"], given["attention_mask"]
            logits = module(input_ids=ids, attention_mask=mask).logits[:, 0]
        found += torch.sigmoid(logits.double() + module.config.w2sdl["bias"]).tolist()
    return found


@pytest.mark.parametrize("tune", [Full(), Lora(), LinearProbe()], ids=lambda t: t.variant_name)
def test_a_linear_student_of_a_causal_model(tiny, bench, tune):
    for value in (tiny.train, tiny.gold, tiny.test):
        bench.store.put(value)
    model, gold = as_folder(tiny, bench, tune), bench.store.open(tiny.gold.digest)
    student = bench.run(finetune, model, gold, head=Linear(), train=HARD, seed=0)
    folder, what, notes = written(bench, student, "student")
    assert what.startswith("a LlamaForSequenceClassification: P(right) = sigmoid(")
    assert notes == ()
    said = predict(student, tiny.test, bench.context("test"))
    assert np.ptp(said) > 0.05
    assert asked(folder, tiny.test) == pytest.approx(said, abs=1e-5)
    back = bench.run(predictor_folder, folder="student", origin=OfModel(name="ours"))
    assert back.facts["bias"] != 0
    assert predict(back, tiny.test, bench.context("test")) == pytest.approx(said, abs=1e-5)


def test_a_model_with_learned_positions(tiny):
    corpus = tiny.bench.keep(Corpus(tiny.corpus.documents, "t"))
    size = {"layers": 1, "width": 16, "steps": 5, "architecture": "gpt2"}
    model = tiny.bench.run(pretrain, corpus, seed=0, **size)
    student = tiny.bench.run(finetune, model, tiny.gold, head=Linear(), train=HARD, seed=0)
    folder, what, _ = written(tiny.bench, student, "gpt2 student")
    assert "GPT2ForSequenceClassification" in what
    said = predict(student, tiny.test, tiny.bench.context("test"))
    assert asked(folder, tiny.test) == pytest.approx(said, abs=1e-5)


def test_any_other_head_lies_beside_its_body(tiny):
    from transformers import AutoModelForCausalLM

    student = tiny.bench.run(finetune, tiny.model, tiny.gold, head=Likelihood(), seed=0)
    folder, what, notes = written(tiny.bench, student, "likely")
    assert what == "body and head, apart"
    assert "likelihood() head has no counterpart in transformers" in notes[0]
    assert type(AutoModelForCausalLM.from_pretrained(folder)).__name__ == "LlamaForCausalLM"
    assert set(load_file(folder / "head.safetensors")) == {"bias", "scale", "weight"}
    assert json.loads((folder / "w2sdl.json").read_text())["head"] == {"variant": "likelihood"}


@pytest.mark.parametrize("relative", [False, True])
def test_a_policy_is_a_language_model_and_says_what_it_is_measured_from(tiny, relative):
    pairs = make_labels(tiny.bench, tiny.train, [1.0] * len(tiny.train), kind="pairwise")
    head = Dpo(scale=7, relative=relative)
    policy = tiny.bench.run(finetune, tiny.model, pairs, head=head, loss=Bce(), seed=0)
    folder, what, notes = written(tiny.bench, policy, f"policy{relative}")
    assert "prefers the reply that it finds likelier" in what
    assert "by 7 for the log-odds" in what
    assert ["measured from" in note for note in notes] == [True] * relative
    assert not (folder / "head.safetensors").exists()


def test_a_predictor_that_reads_transcripts_says_so(tiny):
    told = tiny.bench.run(show, tiny.gold, template="{{ label }}")
    student = tiny.bench.run(finetune, tiny.model, tiny.gold, context=told, seed=0)
    *_, notes = written(tiny.bench, student, "reader")
    assert "trained with a transcript, and is lost without one after the item" in notes[-1]


def test_exporting_leaves_the_predictor_as_it_was(tiny):
    student = tiny.bench.run(finetune, tiny.model, tiny.gold, head=Linear(), seed=3)
    before = predict(student, tiny.test, tiny.bench.context("test"))
    written(tiny.bench, student, "same")
    again = predict(student, tiny.test, tiny.bench.context("test"))
    assert again.tolist() == before.tolist()
    opened = tiny.bench.store.open(student.digest)
    tiny.bench.store.verify(opened.digest)


def test_models_come_out_as_they_are(tiny, bench):
    folder = bench.root / "model"
    folder.mkdir()
    write_model(tiny.model, folder, tiny.bench.context("export"))
    bytes_of = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert "artifact.json" not in bytes_of
    for name, content in bytes_of.items():
        assert (tiny.model.folder / name).read_bytes() == content
    named = as_folder(tiny, bench)
    other = bench.root / "named"
    other.mkdir()
    write_model(named, other, bench.context("export"))
    assert (other / "model.safetensors").read_bytes() == bytes_of["model.safetensors"]


def test_what_can_not_be_one_folder(tiny, tmp_path):
    bench = tiny.bench
    student = bench.run(finetune, tiny.model, tiny.gold, seed=0)
    asks = bench.run(zero_shot, tiny.model)
    judge = bench.run(finetune, tiny.model, tiny.gold, head=Features(), seed=0)
    cases = {
        "several predictors": bench.run(ensemble, [student, asks]),
        "no weights of its own": asks,
        "without a network": judge,
    }
    for words, predictor in cases.items():
        with pytest.raises(PrerequisiteError, match=words) as caught:
            write_predictor(predictor, tmp_path, bench.context("export"))
        assert caught.value.help.startswith("export ")
