"""Debates that a model writes: in batches, and one debate at a time. Prints a Markdown table.

    python benchmarks/debate_generation.py [--items 64] [--tokens 32] [--threads 1]

Three turns about each item, by models with random weights: what is written means nothing, and takes
as long as if it did. Both ways say the same words, which is checked. Seconds are of processor time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from w2sdl_runtime.debating.generation import GeneratingSpeaker, Manner
from w2sdl_runtime.debating.speech import Case, Exchange
from w2sdl_runtime.debating.transcribing import hold
from w2sdl_runtime.learning import decoding
from w2sdl_runtime.learning.decoding import Sampling
from w2sdl_runtime.learning.tokens import as_transformers, train_word_tokenizer
from w2sdl_runtime.learning.writing import Writer
from w2sdl_runtime.models import Network
from w2sdl_runtime.op import Context
from w2sdl_runtime.variants.debaters.generative import DEFAULT_TEMPLATE
from w2sdl_runtime.variants.protocols.debate import Debate

#: layers, width
SHAPES = ((1, 64), (4, 256))


def context(folder: Path) -> Context:
    return Context(
        op_name="debate",
        key="",
        address="",
        work=folder,
        base=folder,
        threads=1,
        device="cpu",
        put=lambda value: "",
        open=lambda digest: (_ for _ in ()).throw(KeyError(digest)),
        report=lambda done, total, unit, **facts: None,
        log=print,
    )


def network(layers: int, width: int) -> Network:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    words = " ".join(f"w{number}" for number in range(3_000))
    tokenizer = as_transformers(train_word_tokenizer([words, DEFAULT_TEMPLATE], 4_096))
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        max_position_embeddings=1_024,
        tie_word_embeddings=True,
    )
    return Network(LlamaForCausalLM(config).eval(), tokenizer, causal=True, words="")


def exchanges(items: int) -> list[Exchange]:
    cases = [Case(str(n), f"w{n} w{n + 1} w{n + 2}", f"w{n + 9}", "", "", ()) for n in range(items)]
    return [Exchange(case, first_correct=True) for case in cases]


def debates(model: Network, items: int, tokens: int, rows: int) -> tuple[float, list[Exchange]]:
    """Seconds of processor time, and what was said."""
    manner = Manner(DEFAULT_TEMPLATE)
    with tempfile.TemporaryDirectory() as folder:
        ctx = context(Path(folder))
        decoding.ROWS = rows  # else every batch has 32 rows, of which one would count
        speaker = GeneratingSpeaker(
            Writer(model, Sampling(tokens, 1.0), ctx, rows=rows), manner, ctx
        )
        held = exchanges(items)
        start = time.process_time()
        hold(held, Debate(turns=3, quotes=0).script(), {"A": speaker, "B": speaker}, ctx)
        return time.process_time() - start, held


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    import torch

    torch.set_num_threads(asked.threads)
    print("| layers x width | one at a time, s | 32 at once, s | times as fast |")
    print("| --- | --- | --- | --- |")
    for layers, width in SHAPES:
        model = network(layers, width)
        debates(model, 2, 2, rows=2)
        alone, said = debates(model, asked.items, asked.tokens, rows=1)
        batched, same = debates(model, asked.items, asked.tokens, rows=32)
        differ = sum(a.turns != b.turns for a, b in zip(said, same, strict=True))
        note = f" ({differ} of {asked.items} differ by rounding)" if differ else ""
        print(f"| {layers} x {width} | {alone:.1f} | {batched:.1f} | {alone / batched:.1f}{note} |")


if __name__ == "__main__":
    main()
