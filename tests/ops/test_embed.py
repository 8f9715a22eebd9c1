"""`embed`: the states of the network itself, at each layer, before and after a training."""

from __future__ import annotations

import numpy as np
import pytest
from workbench import forget, make_items

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.embed import embed
from w2sdl_runtime.ops.ensemble import ensemble
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.zero_shot import zero_shot
from w2sdl_runtime.variants.layers import After, Last, Middle


def by_transformers(tiny, items) -> list[list[np.ndarray]]:
    """All hidden states of every row alone, without padding, by transformers: rows, layers, tokens."""
    import torch

    from w2sdl_runtime.learning.opening import open_network

    network = open_network(tiny.model, tiny.bench.context("embed"))
    found = []
    for text in items.texts():
        ids = torch.tensor([network.tokenizer(text)["input_ids"]])
        with torch.inference_mode():
            read = network.module.base_model(input_ids=ids, output_hidden_states=True)
        found.append([state[0].numpy() for state in read.hidden_states])
    return found


@pytest.fixture(scope="module")
def known(tiny):
    return by_transformers(tiny, tiny.test)


@pytest.mark.parametrize(
    ("layer", "at"), [(Last(), -1), (After(n=0), 0), (Middle(), 1), (After(n=1), 1)]
)
@pytest.mark.parametrize("pooling", ["auto", "mean"])
def test_they_are_those_of_the_network(tiny, known, layer, at, pooling) -> None:
    made = tiny.bench.run(embed, tiny.model, tiny.test, layer=layer, pooling=pooling)
    pooled = [row[at][-1] if pooling == "auto" else row[at].mean(0) for row in known]
    assert made.table.column("item_id").to_pylist() == tiny.test.column("item_id")
    assert np.allclose(made.states(), np.stack(pooled), atol=2e-5)


def test_the_same_bytes_from_a_cold_worker(tiny) -> None:
    first = tiny.bench.run(embed, tiny.model, tiny.test)
    forget()
    assert tiny.bench.run(embed, tiny.model, tiny.test).digest == first.digest


def test_a_trained_predictor_gives_other_states_and_an_untrained_one_the_same(tiny) -> None:
    before = tiny.bench.run(embed, tiny.model, tiny.test)
    trained = tiny.bench.run(finetune, tiny.model, tiny.gold, seed=0)
    asked = tiny.bench.run(zero_shot, tiny.model)
    assert tiny.bench.run(embed, asked, tiny.test).digest == before.digest
    after = tiny.bench.run(embed, trained, tiny.test).states()
    assert np.abs(after - before.states()).max() > 1e-3


def test_a_layer_that_is_not_there(tiny) -> None:
    with pytest.raises(PrerequisiteError, match="the model has 1"):
        tiny.bench.run(embed, tiny.model, tiny.test, layer=After(n=2))


def test_several_predictors_have_no_one_state(tiny) -> None:
    trained = tiny.bench.run(finetune, tiny.model, tiny.gold, seed=0)
    both = tiny.bench.run(ensemble, [trained])
    with pytest.raises(PrerequisiteError, match="no network of its own"):
        tiny.bench.run(embed, both, tiny.test)


def test_no_rows_are_no_states(tiny) -> None:
    empty = tiny.bench.keep(make_items([]))
    made = tiny.bench.run(embed, tiny.model, empty)
    assert made.states().shape == (0, 32)
