"""The loop that trains a tiny causal language model from nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.batching import Batch, Rows, collate, pack, shuffled_by_length
from w2sdl_runtime.learning.cross_entropy import vocabulary_cross_entropy
from w2sdl_runtime.learning.numerics import numerics
from w2sdl_runtime.learning.stepping import Pace, checked
from w2sdl_runtime.learning.tokens import (
    BEGIN,
    END,
    PAD,
    UNKNOWN,
    as_transformers,
    train_word_tokenizer,
)
from w2sdl_runtime.learning.trained import save_network
from w2sdl_runtime.models import Network
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.registry import to_json
from w2sdl_runtime.values import Corpus, Model
from w2sdl_runtime.variants.schedules import Cosine, rate_factor
from w2sdl_runtime.variants.tunes import Full

if TYPE_CHECKING:
    import numpy as np
    import torch
    from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class Shape:
    """Architecture and sizes of a model to train."""

    architecture: str
    layers: int
    width: int
    heads: int
    context: int
    vocabulary: int


def pretrain_network(
    ctx: Context, corpus: Corpus, shape: Shape, steps: int, batch: int, rate: float
) -> Model:
    """Train tokenizer and weights; see `ops.pretrain`."""
    if not any(document.strip() for document in corpus.documents):
        raise PrerequisiteError("the corpus is empty", "give pretrain a corpus with text")
    tokenizer = train_word_tokenizer(corpus.documents, shape.vocabulary)
    rows, unknown = _pieces(tokenizer, corpus.documents, shape.context)
    with numerics(ctx, "weights"):
        module = build(shape, tokenizer).to(ctx.device)
        _train(module, rows, steps, batch, rate, ctx)
    folder = ctx.scratch()
    save_network(Network(module.eval(), as_transformers(tokenizer), True, ""), folder)
    facts = {
        "source": "trained",
        "name": "",
        "revision": "",
        "reader": "causal",
        "architecture": type(module).__name__,
        "tune": to_json(Full()),
        "dtype": "float32",
        "parameters": sum(weight.numel() for weight in module.parameters()),
        "tokens": int(rows.start[-1]),
        "words": tokenizer.get_vocab_size(),
        "unknown_share": unknown,
    }
    return Model(facts, folder)


def build(shape: Shape, tokenizer: Tokenizer) -> Any:
    """A network with fresh weights, drawn from torch's stream."""
    names = {"bos_token_id": BEGIN, "eos_token_id": END, "pad_token_id": PAD}
    ids = {name: _id(tokenizer, token) for name, token in names.items()}
    if shape.architecture == "llama":
        return _llama(shape, tokenizer.get_vocab_size(), ids)
    return _gpt2(shape, tokenizer.get_vocab_size(), ids)


def _id(tokenizer: Tokenizer, token: str) -> int:
    found = tokenizer.token_to_id(token)
    if found is None:
        raise ValueError(f"the tokenizer has no {token}")
    return int(found)


def _llama(shape: Shape, vocabulary: int, ids: dict[str, int]) -> Any:
    from transformers.models.llama.configuration_llama import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=shape.width,
        intermediate_size=2 * shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        max_position_embeddings=4 * shape.context,
        tie_word_embeddings=True,
        use_cache=False,
        attn_implementation="sdpa",
        **ids,
    )
    return LlamaForCausalLM(config)


def _gpt2(shape: Shape, vocabulary: int, ids: dict[str, int]) -> Any:
    from transformers.models.gpt2.configuration_gpt2 import GPT2Config
    from transformers.models.gpt2.modeling_gpt2 import GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=vocabulary,
        n_embd=shape.width,
        n_inner=2 * shape.width,
        n_layer=shape.layers,
        n_head=shape.heads,
        n_positions=4 * shape.context,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        use_cache=False,
        attn_implementation="sdpa",
        **ids,
    )
    return GPT2LMHeadModel(config)


def _pieces(tokenizer: Tokenizer, documents: list[str], context: int) -> tuple[Rows, float]:
    """Documents as rows, ended by the end token and cut into pieces; and the share of unknown words."""
    end, unknown = _id(tokenizer, END), _id(tokenizer, UNKNOWN)
    rows = []
    for encoding in tokenizer.encode_batch(documents):
        ids = [*encoding.ids, end]
        rows += [(ids[at : at + context], 0, 0) for at in range(0, len(ids), context)]
    packed = pack([row for row in rows if len(row[0]) > 1], 0)
    return packed, round(float((packed.tokens == unknown).mean()), 6)


def _batches(
    lengths: np.ndarray[Any, Any], size: int, generator: np.random.Generator
) -> Iterator[np.ndarray[Any, Any]]:
    while True:
        yield from shuffled_by_length(lengths, size, generator)


def _train(module: Any, rows: Rows, steps: int, batch: int, rate: float, ctx: Context) -> None:
    import torch

    weights = list(module.parameters())
    optimizer = torch.optim.AdamW(weights, rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    source = _batches(rows.lengths, batch, ctx.generator("batches"))
    pace, tokens, per_step = Pace(ctx, steps, "steps"), 0, Cosine(floor=0.05)
    module.train()
    for step in range(steps):
        picked = collate(rows, next(source), ctx.device)
        optimizer.param_groups[0]["lr"] = rate * rate_factor(per_step, 0.05, step, steps)
        optimizer.zero_grad(set_to_none=True)
        loss = _next_token_loss(module, picked)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        tokens += int(rows.lengths[picked.index].sum())
        pace(step + 1, checked(loss, step + 1, steps))


def _next_token_loss(module: Any, batch: Batch) -> torch.Tensor:
    """Mean cross-entropy over real tokens only."""
    import torch

    hidden = module.base_model(input_ids=batch.ids).last_hidden_state
    if batch.mask is None:
        states, target = hidden[:, :-1].flatten(0, 1), batch.ids[:, 1:].flatten()
    else:
        at = torch.nonzero(batch.mask[:, 1:].flatten()).squeeze(1)
        states = hidden[:, :-1].flatten(0, 1).index_select(0, at)
        target = batch.ids[:, 1:].flatten().index_select(0, at)
    return vocabulary_cross_entropy(states, module.get_output_embeddings().weight, target)
