"""`predictor_folder`: a classifier of transformers says here what it says there."""

from __future__ import annotations

import json

import numpy as np
import pytest
from workbench import make_items

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.ensemble import ensemble
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.ops.predictor_folder import predictor_folder
from w2sdl_runtime.predictors import predict
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.variants.origins import OfModel

WORDS = "the good bad film was really not one"
ORIGIN = OfModel(name="a classifier of ours")


def save(bench, name, kind, **more):
    """A tiny classifier with random weights, as transformers saves it."""
    import torch
    from transformers import AutoModelForSequenceClassification, BertConfig, LlamaConfig

    from w2sdl_runtime.learning.tokens import as_transformers, train_word_tokenizer

    tokenizer = as_transformers(train_word_tokenizer([WORDS], 50))
    sizes = {"vocab_size": len(tokenizer), "hidden_size": 16, "num_hidden_layers": 1}
    sizes |= {"num_attention_heads": 2, "intermediate_size": 32}
    config = {"bert": BertConfig, "llama": LlamaConfig}[kind](
        **sizes, pad_token_id=tokenizer.pad_token_id, **more
    )
    torch.manual_seed(1)
    module = AutoModelForSequenceClassification.from_config(config).eval()
    with torch.no_grad():
        for weight in module.parameters():
            weight.mul_(5)  # so that texts differ in what is said of them
    module.save_pretrained(bench.root / name)
    tokenizer.save_pretrained(bench.root / name)
    return module, tokenizer


def some(bench):
    texts = ["the film was good", "bad", "not one good film", "the film was really not bad"]
    rows = [
        {"prompt": text, "candidate": "really" if n % 2 else ""} for n, text in enumerate(texts)
    ]
    return bench.keep(make_items(rows))


def by_transformers(module, tokenizer, items):
    """Row by row, without padding."""
    import torch

    with torch.inference_mode():
        found = [module(**_ids(tokenizer, text)).logits[0].double() for text in items.texts()]
    return torch.stack(found)


def _ids(tokenizer, text):
    given = tokenizer(text, return_tensors="pt")
    return {"input_ids": given["input_ids"], "attention_mask": given["attention_mask"]}


@pytest.mark.parametrize("kind", ["bert", "llama"])
def test_it_says_what_transformers_says(bench, kind):
    module, tokenizer = save(bench, "judge", kind)
    own = bench.run(predictor_folder, folder="judge", origin=ORIGIN)
    items = some(bench)
    logits = by_transformers(module, tokenizer, items)
    said = predict(own, items, bench.context("test"))
    assert said == pytest.approx(logits.softmax(1)[:, 1].numpy(), abs=1e-6)
    assert np.ptp(said) > 0.01
    assert own.facts["reader"] == {"bert": "encoder", "llama": "causal"}[kind]
    assert own.facts["origin"] == "the model a classifier of ours"
    labels = bench.run(label, own, items)
    assert labels.table.column("value").to_pylist() == pytest.approx(said.tolist())
    assert predict(bench.run(ensemble, [own, own]), items, bench.context("t")) == (
        pytest.approx(said)
    )


def test_classes_by_name(bench):
    names = {0: "no", 1: "maybe", 2: "yes"}
    module, tokenizer = save(bench, "judge", "bert", num_labels=3, id2label=names)
    items = some(bench)
    shares = by_transformers(module, tokenizer, items).softmax(1)
    for at, name in names.items():
        own = bench.run(predictor_folder, folder="judge", origin=ORIGIN, positive=name)
        said = predict(own, items, bench.context("test"))
        assert said == pytest.approx(shares[:, at].numpy(), abs=1e-6)
    with pytest.raises(PrerequisiteError, match='has 3 classes: "no", "maybe", "yes"'):
        bench.run(predictor_folder, folder="judge", origin=ORIGIN)
    with pytest.raises(PrerequisiteError, match='no class "Yes"'):
        bench.run(predictor_folder, folder="judge", origin=ORIGIN, positive="Yes")


def test_one_output_and_several_at_once(bench):
    module, tokenizer = save(bench, "one", "llama", num_labels=1)
    items = some(bench)
    own = bench.run(predictor_folder, folder="one", origin=ORIGIN)
    odds = by_transformers(module, tokenizer, items)
    assert predict(own, items, bench.context("test")) == pytest.approx(
        odds.sigmoid()[:, 0].numpy(), abs=1e-6
    )
    with pytest.raises(PrerequisiteError, match="has one output"):
        bench.run(predictor_folder, folder="one", origin=ORIGIN, positive="LABEL_0")
    kind = "multi_label_classification"
    module, tokenizer = save(bench, "many", "bert", num_labels=3, problem_type=kind)
    own = bench.run(predictor_folder, folder="many", origin=ORIGIN, positive="LABEL_2")
    odds = by_transformers(module, tokenizer, items)
    assert predict(own, items, bench.context("test")) == pytest.approx(
        odds.sigmoid()[:, 2].numpy(), abs=1e-6
    )


def test_its_files_are_in_the_store(bench):
    save(bench, "judge", "bert")
    own = bench.run(predictor_folder, folder="judge", origin=ORIGIN)
    before = predict(own, some(bench), bench.context("test"))
    for path in (bench.root / "judge").iterdir():
        path.unlink()
    opened = bench.store.open(own.digest)
    assert predict(opened, some(bench), bench.context("test")).tolist() == before.tolist()


def test_refusals(tiny, bench):
    with pytest.raises(PrerequisiteError, match="there is no folder `gone`"):
        bench.run(predictor_folder, folder="gone", origin=ORIGIN)
    folder = bench.root / "lm"
    folder.mkdir()
    for file in tiny.model.folder.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    with pytest.raises(PrerequisiteError, match="LlamaForCausalLM, not a sequence") as caught:
        bench.run(predictor_folder, folder="lm", origin=ORIGIN)
    assert 'model("lm")' in caught.value.help
    save(bench, "judge", "bert")
    own = bench.run(predictor_folder, folder="judge", origin=ORIGIN)
    with pytest.raises(PrerequisiteError, match="type classifier has no network"):
        tiny.bench.run(finetune, own, tiny.gold, seed=0)
    config = json.loads((bench.root / "judge" / "config.json").read_text())
    (bench.root / "judge" / "model.safetensors").rename(bench.root / "judge" / "model.bin")
    assert config["architectures"] == ["BertForSequenceClassification"]
    with pytest.raises(PrerequisiteError, match="pickled weights are never loaded"):
        bench.run(predictor_folder, folder="judge", origin=ORIGIN)


def test_the_signature_says_what_it_saw():
    op = load_signatures().ops["predictor_folder"]
    assert [(port.name, port.optional, port.channel) for port in op.ports] == [("saw", True, "saw")]
