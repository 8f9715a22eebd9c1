"""The train record: its presets, and that they train as those whom they name do."""

from __future__ import annotations

import pytest

from w2sdl_runtime.learning.trained import head_weights
from w2sdl_runtime.ops.embed import embed
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.train import Train
from w2sdl_runtime.variants.schedules import Cosine
from w2sdl_runtime.variants.tunes import LinearProbe


@pytest.mark.parametrize("name", sorted(Train.presets))
def test_presets_are_valid(name):
    train = Train(**Train.presets[name])
    assert train.epochs >= 2


def test_presets_as_the_peers_have_them():
    openai, eleuther = (Train(**Train.presets[name]) for name in ("openai2024", "eleuther2024"))
    assert (openai.learning_rate, openai.warmup, openai.clip, openai.max_length) == (
        5e-5,
        0,
        0,
        1024,
    )
    assert openai.schedule == eleuther.schedule == Cosine(floor=0.0)
    assert (eleuther.epochs, eleuther.beta2, eleuther.weight_decay) == (3, 0.95, 0.1)
    assert Train(**Train.presets["tiny"]) == Train()


def test_one_logit_moves_as_the_difference_of_two(tiny):
    """Breaks where a preset trains the peers' head at half of its speed: two outputs, one logit here."""
    import torch
    from test_resume import tuned

    model = tiny.bench.store.open(tuned(tiny, LinearProbe()))
    train = Train(**Train.presets["openai2024"] | {"epochs": 6, "batch": 64})
    ours = head_weights(tiny.bench.run(finetune, model, tiny.gold, train=train, seed=0))
    states = (
        tiny.bench.run(embed, model, tiny.train, max_length=1024).table.column("state").to_pylist()
    )
    read, y = torch.tensor(states), torch.tensor(tiny.gold.table.column("value").to_pylist())
    theirs = torch.nn.Linear(read.shape[1], 2)
    for weight in theirs.parameters():
        torch.nn.init.zeros_(weight)
    adam = torch.optim.Adam(theirs.parameters(), lr=5e-5)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(adam, 6)
    for _ in range(6):
        adam.zero_grad()
        target = torch.stack([1 - y, y], dim=1).float()
        torch.nn.functional.cross_entropy(theirs(read), target).backward()
        adam.step()
        cosine.step()
    difference = (theirs.weight[1] - theirs.weight[0]).detach()
    assert ours["weight"].abs().max() > 1e-4
    assert torch.allclose(ours["weight"], difference, rtol=0.02, atol=1e-6)
