"""The loop that trains a tiny causal language model from nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.json_forms import to_json
from w2sdl_runtime.learning.batching import Batch, Rows, collate, epochs_by_length, pack
from w2sdl_runtime.learning.checkpoint import Checkpoint
from w2sdl_runtime.learning.cross_entropy import vocabulary_cross_entropy
from w2sdl_runtime.learning.divergence import checked, told_documents
from w2sdl_runtime.learning.numerics import numerics, partial_label
from w2sdl_runtime.learning.stepping import Pace
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
from w2sdl_runtime.values import Corpus, Model
from w2sdl_runtime.variants.schedules import Cosine, rate_factor
from w2sdl_runtime.variants.tunes import Full

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer


DECAY = 0.01

#: Batches that are cut by length together. Larger buckets part questions from passages, which costs
#: more in what is learned than it saves in time.
BUCKET = 4


@dataclass(frozen=True, slots=True)
class Shape:
    """Architecture and sizes of a model to train."""

    architecture: str
    layers: int
    width: int
    heads: int
    context: int
    vocabulary: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How it is trained."""

    steps: int
    batch: int
    rate: float
    optimizer: str


def pretrain_network(ctx: Context, corpus: Corpus, shape: Shape, plan: Plan) -> Model:
    """Train tokenizer and weights; see `ops.pretrain`."""
    if not any(document.strip() for document in corpus.documents):
        raise PrerequisiteError("the corpus is empty", "give pretrain a corpus with text")
    tokenizer = train_word_tokenizer(corpus.documents, shape.vocabulary)
    rows, unknown = _pieces(tokenizer, corpus.documents, shape.context)
    with numerics(ctx, "weights"):
        module = build(shape, tokenizer).to(ctx.device)
        what = {"rows": rows.digest(), "shape": asdict(shape), "plan": asdict(plan)}
        label = partial_label(ctx, "pretraining", **what)
        _train(module, rows, plan, ctx, label, tokenizer)
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
    """Documents as rows, each ended and cut into pieces; and the share of unknown words."""
    end, unknown = _id(tokenizer, END), _id(tokenizer, UNKNOWN)
    rows = []
    for encoding in tokenizer.encode_batch(documents):
        ids = [*encoding.ids, end]
        rows += [(ids[at : at + context], 0, 0) for at in range(0, len(ids), context)]
    packed = pack([row for row in rows if len(row[0]) > 1])
    return packed, round(float((packed.tokens == unknown).mean()), 6)


def _train(
    module: Any, rows: Rows, plan: Plan, ctx: Context, label: str, tokenizer: Tokenizer
) -> None:
    import torch

    weights = list(module.parameters())
    optimizers = _optimizers(module, plan)
    source = epochs_by_length(rows.lengths, plan.batch, ctx.generator("batches"), BUCKET)
    decay = Cosine(floor=0.05)
    module.train()
    with Checkpoint(ctx, label, optimizers) as checkpoint:
        first = checkpoint.resume()
        pace = Pace(ctx, plan.steps, "steps", first)
        for step, index in enumerate(islice(source, first, plan.steps), first):
            rate = plan.rate * rate_factor(decay, 0.05, step, plan.steps)
            loss = _next_token_loss(module, collate(rows, index, ctx.device))
            tell = partial(told_documents, rows, index, tokenizer)
            value = checked(loss, step + 1, plan.steps, ctx, tell)
            module.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            for optimizer in optimizers:
                optimizer.param_groups[0]["lr"] = rate
                optimizer.step()
            pace(step + 1, value)
            checkpoint.passed(step + 1)


def _optimizers(module: Any, plan: Plan) -> list[torch.optim.Optimizer]:
    """AdamW for all weights, or Muon for the matrices inside the blocks and AdamW for the rest."""
    import torch

    tables = {id(m.weight) for m in module.modules() if isinstance(m, torch.nn.Embedding)}
    matrices = [w for w in module.parameters() if w.ndim == 2 and id(w) not in tables]
    inside = {id(weight) for weight in matrices} if plan.optimizer == "muon" else set()
    others = [weight for weight in module.parameters() if id(weight) not in inside]
    adamw = torch.optim.AdamW(others, plan.rate, betas=(0.9, 0.98), weight_decay=DECAY, fused=True)
    if not inside:
        return [adamw]
    same = "match_rms_adamw"  # steps as large as AdamW's, so that one rate serves both
    muon = torch.optim.Muon(matrices, plan.rate, weight_decay=DECAY, adjust_lr_fn=same)
    return [adamw, muon]


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
