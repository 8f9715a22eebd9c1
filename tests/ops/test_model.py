from __future__ import annotations

import json

import numpy as np
import pytest
from workbench import forget, make_items, make_labels

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.ops.model import model
from w2sdl_runtime.ops.zero_shot import zero_shot
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.train import Train
from w2sdl_runtime.variants.heads.likelihood import Likelihood
from w2sdl_runtime.variants.heads.linear import Linear
from w2sdl_runtime.variants.tunes import Lora


@pytest.fixture
def folder(tiny, bench):
    """A copy of the tiny model as somebody's transformers folder beside the spec."""
    folder = bench.root / "own"
    folder.mkdir()
    for file in tiny.model.folder.iterdir():
        if file.name != "artifact.json":
            (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.fixture
def encoder(bench):
    """A tiny encoder with a word tokenizer, as transformers saves them."""
    import torch
    from transformers import BertConfig, BertModel

    from w2sdl_runtime.learning.tokens import as_transformers, train_word_tokenizer

    folder = bench.root / "encoder"
    tokenizer = as_transformers(train_word_tokenizer(["the good bad film was really not"], 50))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_weights_stay_where_they_are(bench, folder, tiny):
    named = bench.run(model, "own")
    assert sorted(path.name for path in named.folder.iterdir()) == ["artifact.json"]
    assert named.facts["source"] == "folder"
    assert named.facts["reader"] == "causal"
    assert set(named.facts["files"]) == {path.name for path in folder.iterdir()}
    assert str(bench.root) not in json.dumps(named.facts)
    items = bench.keep(tiny.test)
    there = predict(bench.run(zero_shot, named), items, bench.context("test"))
    here = predict(tiny.bench.run(zero_shot, tiny.model), tiny.test, tiny.bench.context("test"))
    assert there == pytest.approx(here)


@pytest.mark.parametrize("change", ["changed", "missing"])
def test_files_that_moved_on_are_noticed(bench, folder, tiny, change):
    named = bench.run(model, "own")
    forget()  # a warm worker that has read the right files already need not read them again
    path = folder / "model.safetensors"
    if change == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-4] + b"\0\0\1\0")
    with pytest.raises(
        PrerequisiteError, match=rf'model "own": model.safetensors (has|is) .*{change}'
    ):
        bench.run(label, bench.run(zero_shot, named), bench.keep(tiny.test))


@pytest.mark.parametrize(
    ("remove", "add", "message", "help"),
    [
        (
            "model.safetensors",
            "pytorch_model.bin",
            "pickled weights are never loaded",
            "save_pretrained",
        ),
        ("model.safetensors", None, "has no weights", "model.safetensors"),
        ("tokenizer.json", None, "has no tokenizer", "tokenizer"),
        ("config.json", None, "no config.json", "folder or a hub id"),
    ],
)
def test_folders_that_can_not_be_opened(bench, folder, remove, add, message, help):
    (folder / remove).unlink()
    if add:
        (folder / add).write_bytes(b"")
    with pytest.raises(PrerequisiteError, match=message) as caught:
        bench.run(model, "own")
    assert help in caught.value.help


def test_an_architecture_from_elsewhere_is_refused(bench, folder, tiny):
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoModelForCausalLM": "evil.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text("raise SystemExit('code from a folder was run')")
    named = bench.run(model, "own")
    with pytest.raises(PrerequisiteError, match='model "own" can\'t be opened'):
        bench.run(label, bench.run(zero_shot, named), bench.keep(tiny.test))


def test_an_encoder_decoder_is_refused(bench, folder):
    config = json.loads((folder / "config.json").read_text()) | {"is_encoder_decoder": True}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(PrerequisiteError, match="encoder-decoder"):
        bench.run(model, "own")


def test_a_hub_that_can_not_be_reached(bench, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(PrerequisiteError, match="can't be fetched"):
        bench.run(model, "nobody/nothing-of-this-name", revision="abc")


def test_a_folder_has_no_revision(bench, folder):
    with pytest.raises(PrerequisiteError, match="folders have no revisions"):
        bench.run(model, "own", revision="main")


@pytest.mark.parametrize("head", [Linear(), Linear(pool="first")])
def test_an_encoder_is_finetuned(bench, encoder, head):
    named = bench.run(model, "encoder")
    assert named.facts["reader"] == "encoder"
    texts = ["the good film", "the bad film", "really good", "the film was really really bad"] * 8
    items = bench.keep(make_items([{"prompt": text} for text in texts]))
    gold = make_labels(bench, items, [float("good" in text) for text in texts])
    train = Train(**Train.presets["encoder"] | {"epochs": 20, "batch": 8, "learning_rate": 3e-3})
    student = bench.run(finetune, named, gold, head=head, train=train, seed=0)
    value = predict(student, items, bench.context("test"))
    assert np.mean((value > 0.5) == ["good" in text for text in texts]) == 1


def test_padding_changes_no_reading_of_an_encoder(bench, encoder):
    named = bench.run(model, "encoder")
    items = bench.keep(make_items([{"prompt": "the good"}, {"prompt": "the film was really bad"}]))
    train = Train(epochs=5, learning_rate=1e-2)
    student = bench.run(finetune, named, make_labels(bench, items, [1.0, 0.0]), train=train, seed=0)
    one = bench.keep(type(items)(items.table.slice(0, 1)))
    together, alone = (predict(student, rows, bench.context("test")) for rows in (items, one))
    assert together[0] == pytest.approx(alone[0], abs=1e-6)


def test_an_encoder_scores_no_candidate(bench, encoder):
    named = bench.run(model, "encoder", tune=Lora())
    items = bench.keep(make_items([{"prompt": "the", "candidate": "film"}]))
    with pytest.raises(PrerequisiteError, match="this model is an encoder"):
        bench.run(finetune, named, make_labels(bench, items, [1.0]), head=Likelihood(), seed=0)


def test_precision_is_that_of_the_weights(bench, folder, tiny):
    from w2sdl_runtime.learning.opening import open_network

    named = bench.run(model, "own", precision="bfloat16")
    assert str(open_network(named, bench.context("test")).module.dtype) == "torch.bfloat16"


def test_weights_that_were_cut_short_are_found_before_any_training(bench, folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(PrerequisiteError, match=r"model\.safetensors is damaged") as error:
        bench.run(model, "own")
    assert "copy or download it again" in error.value.help
