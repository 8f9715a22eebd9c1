"""Settings of a training that large models need: what is cut, what is computed twice, precision."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch  # noqa: TID253
from tiny_world import PLACES
from workbench import make_items, make_labels

from w2sdl_runtime.learning.divergence import FILE
from w2sdl_runtime.learning.gradients import gradients
from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.learning.rows import item_rows
from w2sdl_runtime.learning.scaling import Scaling
from w2sdl_runtime.learning.stepping import Group, make_optimizer
from w2sdl_runtime.learning.tokens import Text, as_transformers, encode, train_word_tokenizer
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.ops.model import model
from w2sdl_runtime.ops.retune import retune
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.train import Train, recorded, settings_of
from w2sdl_runtime.variants.heads.likelihood import Likelihood
from w2sdl_runtime.variants.tunes import Lora

TOKENIZER = as_transformers(train_word_tokenizer(["a b c d e f g h"], 100))


def cut(text: Text, length: int, truncation: str) -> tuple[list[str], int, int]:
    rows = encode(TOKENIZER, [text], length, truncation)  # type: ignore[arg-type]
    words = TOKENIZER.convert_ids_to_tokens(rows.ids(0))
    return words, int(rows.first[0]), int(rows.last[0])


def test_the_side_that_is_cut():
    text = Text("a b c", "d", after="e f g")
    assert cut(text, 5, "context") == (["<s>", "a", "b", "c", "d"], 4, 5)
    assert cut(text, 5, "left") == (["<s>", "d", "e", "f", "g"], 1, 2)
    assert cut(text, 5, "right") == (["<s>", "a", "b", "c", "d"], 4, 5)
    assert cut(text, 4, "right") == (["<s>", "a", "b", "c"], 0, 0)
    with pytest.raises(PrerequisiteError, match=r"takes \d+ tokens, and max_length is 3"):
        cut(Text("a", "b c d e"), 3, "left")


def test_what_a_model_learned_from_is_what_it_reads_later(tiny):
    """A predictor cuts new rows as its training did; rows of both kinds are never mixed up."""
    rows = [{"prompt": "hills rains summer map", "candidate": place} for place in PLACES] * 2
    items = tiny.bench.keep(make_items(rows))
    gold = make_labels(tiny.bench, items, [1.0, 0.0] * 4)
    found = {}
    for side in ("context", "right"):
        train = Train(max_length=3, truncation=side, epochs=1)
        student = tiny.bench.run(finetune, tiny.model, gold, train=train, seed=0)
        assert student.facts["train"].get("truncation") == (None if side == "context" else side)
        found[side] = tiny.bench.run(label, student, items).table.column("value").to_pylist()
        assert any("they lost their end" in log for log in tiny.bench.logs) == (side == "right")
    assert len(set(found["right"])) == 1  # of four candidates none is left
    assert len(set(found["context"])) > 1


def test_a_candidate_that_was_cut_is_not_scored(tiny):
    train = Train(max_length=3, truncation="right")
    with pytest.raises(PrerequisiteError, match="52 of 52 rows have no candidate text"):
        tiny.bench.run(finetune, tiny.model, tiny.gold, head=Likelihood(), train=train, seed=0)


def test_a_head_that_writes_has_no_use_for_truncation():
    check = load_signatures().ops["finetune"].check
    given = {"head": {"variant": "lm"}, "train": {"truncation": "left"}, "labels": None}
    assert check is not None
    said = check(given)
    assert said is not None
    assert 'truncation: "left"' in said[0]
    assert check({**given, "train": {"truncation": "context"}}) is None


def test_results_of_before_keep_their_record():
    assert "truncation" not in recorded(Train())
    assert recorded(Train(truncation="left"))["truncation"] == "left"
    assert settings_of(Train(gradient_checkpointing=True)) == settings_of(Train())


@pytest.mark.parametrize("tune", [None, Lora(rank=2)])
def test_gradient_checkpointing_changes_no_bit(tiny, tune):
    base = tiny.model if tune is None else tiny.bench.run(retune, tiny.model, tune)
    digests = set()
    for on in (False, True):
        train = Train(epochs=1, dropout=0.1, gradient_checkpointing=on)
        digests.add(tiny.bench.run(finetune, base, tiny.gold, train=train, seed=0).digest)
    assert len(digests) == 1


def test_gradient_checkpointing_keeps_less(tiny):
    """What autograd holds at the end of a forward pass is smaller: else it would be no use."""
    held = {}
    network = open_network(tiny.model, tiny.bench.context("test")).copy()
    rows = item_rows(network, tiny.train, None, "after", 64)
    ids = torch.tensor([rows.ids(0)] * 8)
    network.module.train()
    for on in (False, True):
        if on:
            from w2sdl_runtime.learning.trained import checkpoint_gradients

            checkpoint_gradients(network.module)
        sizes: dict[int, int] = {}

        def pack(tensor: torch.Tensor, sizes: dict[int, int] = sizes) -> torch.Tensor:
            sizes[tensor.data_ptr()] = tensor.nbytes
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            network.module.base_model(input_ids=ids)
        held[on] = sum(sizes.values())
    assert held[True] < 0.5 * held[False]


def test_half_precision_on_a_processor_is_refused(tiny):
    with pytest.raises(PrerequisiteError, match="fp16_mixed needs a GPU"):
        tiny.bench.run(finetune, tiny.model, tiny.gold, train=Train(precision="fp16_mixed"), seed=0)


def scaled_steps(scaling: Scaling, micro: int | None) -> torch.Tensor:
    weight = torch.ones(3, requires_grad=True)
    table = torch.arange(12.0).reshape(4, 3)
    optimizer = make_optimizer([Group([weight], 0.1, 0.0)], Train())
    for _ in range(3):
        optimizer.zero_grad()
        gradients(
            lambda index: table[index] @ weight, lambda z: (z**2).mean(), np.arange(4), micro,
            scaling.up,
        )  # fmt: skip
        scaling.step(optimizer, 1.0)
    return weight.detach()


@pytest.mark.parametrize("micro", [None, 2])
def test_a_scaled_loss_gives_the_same_steps(micro):
    """The scale is taken out again before gradients are clipped."""
    plain = scaled_steps(Scaling("cpu", "float32"), micro)
    scaled = scaled_steps(Scaling("cpu", "fp16_mixed"), micro)
    assert torch.allclose(plain, scaled, atol=1e-6)
    assert not torch.equal(plain, torch.ones(3))


def test_a_step_without_numbers_is_left_out_and_remembered():
    scaling = Scaling("cpu", "fp16_mixed")
    weight = torch.ones(1, requires_grad=True)
    optimizer = make_optimizer([Group([weight], 0.1, 0.0)], Train())
    (kept,) = scaling.memory()
    before = float(kept[0])
    scaling.up((weight * float("inf")).sum()).backward()  # type: ignore[no-untyped-call]
    scaling.step(optimizer, 0.0)
    assert weight.item() == 1.0
    assert float(kept[0]) == before / 2
    other = Scaling("cpu", "fp16_mixed")
    other.memory()[0].copy_(kept)
    other.resumed()
    assert float(other.up(torch.ones(1))) == before / 2


def test_the_batch_of_a_divergence_is_kept(tiny):
    wild = Train(epochs=30, learning_rate=1e30, clip=0.0, batch=4)
    with pytest.raises(PrerequisiteError, match=r"the loss is (nan|inf) at step .* is in ") as told:
        tiny.bench.run(finetune, tiny.model, tiny.gold, train=wild, seed=0)
    place = Path(told.value.message.rpartition(" is in ")[2])
    assert place.name == FILE
    kept = json.loads(place.read_text("utf-8"))
    assert kept["loss"] in ("nan", "inf")
    assert len(kept["rows"]) == 4
    first = kept["rows"][0]
    assert first["prompt"].startswith("Question: where does the")
    assert first["target"] in ([0.0], [1.0])  # a row of labels over several classes has as many
    assert first["logit"] == ["nan"]


def test_epochs_of_what_is_offered_take_the_same_steps(tiny):
    """39 of 52 rows kept: 3 epochs of all are 4 of those. Breaks where r is turned over."""
    keep = [at % 4 != 3 for at in range(len(tiny.train))]
    values = tiny.gold.table.column("value").to_pylist()
    labels = make_labels(tiny.bench, tiny.train, values, keep=keep)
    assert sum(keep) == 39
    train = Train(epochs=3, epochs_of="offered", batch=13)
    made = tiny.bench.run(finetune, tiny.model, labels, train=train, seed=0)
    plain = tiny.bench.run(finetune, tiny.model, labels, train=Train(epochs=4, batch=13), seed=0)
    assert made.facts["rows"]["steps"] == plain.facts["rows"]["steps"] == 4 * 3
    assert made.digest == plain.digest
    whole = tiny.bench.run(finetune, tiny.model, tiny.gold, train=train, seed=0)
    assert whole.facts["rows"]["steps"] == 3 * 4


def test_adapters_where_peft_knows_no_attention(tiny):
    """Breaks where peft's own error comes through, with a traceback."""
    from transformers import DistilBertConfig, DistilBertModel

    folder = tiny.bench.root / "distilbert"
    size = {"vocab_size": 300, "dim": 16, "hidden_dim": 32, "n_heads": 2, "n_layers": 1}
    DistilBertModel(DistilBertConfig(**size)).save_pretrained(folder)
    open_network(tiny.model, tiny.bench.context("test")).tokenizer.save_pretrained(folder)
    named = tiny.bench.run(model, "distilbert", tune=Lora(on="attention"))
    with pytest.raises(PrerequisiteError, match="can't say where DistilBertModel has its"):
        tiny.bench.run(finetune, named, tiny.gold, seed=0)
