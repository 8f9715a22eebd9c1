"""Half precision, and estimates of memory, on a GPU."""

from __future__ import annotations

from dataclasses import replace

import pytest

from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.model import model
from w2sdl_runtime.sizing.architectures import architecture_of
from w2sdl_runtime.sizing.footprint import CONTEXT, Load, footprint
from w2sdl_runtime.train import Train

pytestmark = pytest.mark.gpu


def on_gpu(tiny, name):
    return replace(tiny.bench.context(name), device="cuda")


def test_half_precision_learns_what_single_does(tiny):
    losses = {}
    for precision in ("float32", "fp16_mixed"):
        train = Train(epochs=8, batch=8, learning_rate=3e-3, precision=precision)
        tiny.bench.reports.clear()
        finetune(on_gpu(tiny, "finetune"), tiny.model, tiny.gold, train=train)
        losses[precision] = tiny.bench.reports[-1][3]["loss"]
    assert losses["fp16_mixed"] == pytest.approx(losses["float32"], rel=0.2, abs=0.05)


def test_the_estimate_is_near_what_a_gpu_allocates(tiny):
    """The process's own part is left out: torch counts its tensors only."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    size = {"vocab_size": 300, "hidden_size": 512, "intermediate_size": 2048}
    config = LlamaConfig(**size, num_hidden_layers=8, num_attention_heads=8)
    folder = tiny.bench.root / "llama"
    LlamaForCausalLM(config).save_pretrained(folder)
    open_network(tiny.model, tiny.bench.context("test")).tokenizer.save_pretrained(folder)
    named = tiny.bench.run(model, "llama")
    torch.cuda.reset_peak_memory_stats()
    finetune(on_gpu(tiny, "finetune"), named, tiny.gold, train=Train(epochs=1, batch=52))
    peak = torch.cuda.max_memory_allocated()
    longest = 24  # tokens of the tiny world's rows, about
    load = Load(architecture_of(config.to_dict(), True), "full", 52, 52, longest, copies=2)
    assert footprint(load, on_gpu=True).peak - CONTEXT == pytest.approx(peak, rel=0.3)
