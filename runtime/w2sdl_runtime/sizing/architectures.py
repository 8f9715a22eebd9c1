"""From a model's config.json to its sizes: how many weights it has, and where they lie.

Counts are those of the modules that transformers builds, to the last weight (a test compares them).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Config = Mapping[str, Any]


class UnknownArchitecture(Exception):
    """A configuration that this module has no formula for; the text says what it is."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """Sizes of a network. ``tables`` are looked up, ``blocks`` multiplied with, ``output`` both."""

    family: str  #: the `model_type` of its configuration
    causal: bool  #: reads left to right, with an output over the vocabulary
    layers: int
    width: int
    heads: int
    query_width: int  #: heads × size of a head
    kv_width: int  #: key and value heads × size of a head
    feed: int  #: width of the feed-forward layer
    vocabulary: int
    positions: int  #: tokens that a row may have; 0 where there is no limit
    tables: int  #: weights of embeddings
    blocks: int  #: weights of all layers
    matrices: int  #: those of them in linear layers: adapters go there
    output: int  #: weights of an output over the vocabulary that is no table as well
    rest: int  #: norms and the like outside of the layers
    relative: int = 0  #: relative positions that attention tells apart

    @property
    def parameters(self) -> int:
        """All weights, tied ones once."""
        return self.tables + self.blocks + self.output + self.rest


def architecture_of(config: Config, causal: bool) -> Architecture:
    """The sizes of a model.

    Args:
        config: of a transformers folder.
        causal: whether it is opened as a causal language model; else its body alone.

    Raises:
        UnknownArchitecture: for a type without a formula, or a field that is missing.
    """
    family = str(config.get("model_type", ""))
    count = _COUNTS.get(family)
    if count is None:
        raise UnknownArchitecture(f"model type `{family or '?'}`")
    try:
        return count(family, config, causal)
    except (KeyError, TypeError, ZeroDivisionError) as problem:
        raise UnknownArchitecture(
            f"model type `{family}` whose configuration says nothing of {problem}"
        ) from problem


def known_families() -> tuple[str, ...]:
    """All types that there are formulas for."""
    return tuple(_COUNTS)


def _linear(inside: int, outside: int, bias: bool = True) -> int:
    return inside * outside + (outside if bias else 0)


def _llama_like(family: str, c: Config, causal: bool) -> Architecture:
    """Llama, Mistral, Qwen2, Qwen3 and Gemma: RMS norms, a gated feed-forward layer."""
    width, heads, layers = c["hidden_size"], c["num_attention_heads"], c["num_hidden_layers"]
    kv_heads = c.get("num_key_value_heads") or heads
    size = c.get("head_dim") or width // heads
    feed, vocabulary = c["intermediate_size"], c["vocab_size"]
    query, kv = heads * size, kv_heads * size
    biased = family == "qwen2"
    bias = bool(c.get("attention_bias"))
    attention = _linear(width, query, biased or bias) + 2 * _linear(width, kv, biased or bias)
    attention += _linear(query, width, bias)
    gated = 2 * _linear(width, feed, bool(c.get("mlp_bias")))
    gated += _linear(feed, width, bool(c.get("mlp_bias")))
    norms = (4 if family in ("gemma2", "gemma3_text") else 2) * width
    norms += 2 * size if family in ("qwen3", "gemma3_text") else 0
    tied = c.get("tie_word_embeddings", family.startswith("gemma"))
    return Architecture(
        family=family,
        causal=causal,
        layers=layers,
        width=width,
        heads=heads,
        query_width=query,
        kv_width=kv,
        feed=feed,
        vocabulary=vocabulary,
        positions=c.get("max_position_embeddings", 0),
        tables=vocabulary * width,
        blocks=layers * (attention + gated + norms),
        matrices=layers * (attention + gated),
        output=0 if tied or not causal else vocabulary * width,
        rest=width,
    )


@dataclass(frozen=True, slots=True)
class _Classic:
    """What GPT-2, OPT and the BERTs differ in."""

    width: int
    layers: int
    heads: int
    feed: int
    positions: int
    tables: int
    rest: int
    extra: int = 0  #: weights of a layer beyond attention, feed-forward and two norms
    relative: int = 0
    bias: bool = True


def _classic(family: str, c: Config, causal: bool, of: _Classic) -> Architecture:
    attention = 4 * _linear(of.width, of.width, of.bias)
    feed = _linear(of.width, of.feed, of.bias) + _linear(of.feed, of.width, of.bias)
    return Architecture(
        family=family,
        causal=causal,
        layers=of.layers,
        width=of.width,
        heads=of.heads,
        query_width=of.width,
        kv_width=of.width,
        feed=of.feed,
        vocabulary=c["vocab_size"],
        positions=of.positions,
        tables=of.tables,
        blocks=of.layers * (attention + feed + 4 * of.width + of.extra),
        matrices=of.layers * (attention + feed),
        output=0
        if not causal or c.get("tie_word_embeddings", True)
        else c["vocab_size"] * of.width,
        rest=of.rest,
        relative=of.relative,
    )


def _gpt2(family: str, c: Config, causal: bool) -> Architecture:
    width, positions = c["n_embd"], c["n_positions"]
    tables = (c["vocab_size"] + positions) * width
    feed = c.get("n_inner") or 4 * width
    of = _Classic(width, c["n_layer"], c["n_head"], feed, positions, tables, 2 * width)
    return _classic(family, c, causal, of)


def _opt(family: str, c: Config, causal: bool) -> Architecture:
    width, positions = c["hidden_size"], c["max_position_embeddings"]
    narrow = c.get("word_embed_proj_dim") or width
    tables = c["vocab_size"] * narrow + (positions + 2) * width
    last = c.get("do_layer_norm_before", True) and not c.get("_remove_final_layer_norm")
    rest = (2 * width if last else 0) + (2 * narrow * width if narrow != width else 0)
    sizes = (c["num_hidden_layers"], c["num_attention_heads"], c["ffn_dim"])
    return _classic(family, c, causal, _Classic(width, *sizes, positions, tables, rest))


def _gpt_neox(family: str, c: Config, causal: bool) -> Architecture:
    width = c["hidden_size"]
    sizes = (c["num_hidden_layers"], c["num_attention_heads"], c["intermediate_size"])
    tables = c["vocab_size"] * width
    of = _Classic(width, *sizes, c["max_position_embeddings"], tables, 2 * width)
    tied = c.get("tie_word_embeddings", False)
    return _classic(family, {**c, "tie_word_embeddings": tied}, causal, of)


def _bert(family: str, c: Config, causal: bool) -> Architecture:
    width, positions = c["hidden_size"], c["max_position_embeddings"]
    tables = (c["vocab_size"] + positions + c["type_vocab_size"]) * width
    rest = 2 * width + _linear(width, width)  # the norm of the embeddings, and the pooler
    if family != "bert":  # positions are counted from behind the padding token
        positions -= int(c.get("pad_token_id") or 0) + 1
    sizes = (c["num_hidden_layers"], c["num_attention_heads"], c["intermediate_size"])
    return _classic(family, c, causal, _Classic(width, *sizes, positions, tables, rest))


def _distilbert(family: str, c: Config, causal: bool) -> Architecture:
    width, positions = c["dim"], c["max_position_embeddings"]
    tables = (c["vocab_size"] + positions) * width
    sizes = (c["n_layers"], c["n_heads"], c["hidden_dim"])
    return _classic(family, c, causal, _Classic(width, *sizes, positions, tables, 2 * width))


def _deberta(family: str, c: Config, causal: bool) -> Architecture:
    """With relative positions, which are looked up and projected in each layer."""
    width, positions = c["hidden_size"], c["max_position_embeddings"]
    absolute = positions if c.get("position_biased_input", True) else 0
    kinds = c.get("type_vocab_size") or 0
    rest = 2 * width
    extra = relative = 0
    if c.get("relative_attention"):
        span = c.get("max_relative_positions", -1)
        buckets = c.get("position_buckets", -1)
        span = positions if span < 1 else span
        relative = 2 * (buckets if buckets > 0 else span)
        rest += relative * width
        rest += 2 * width if "layer_norm" in str(c.get("norm_rel_ebd")) else 0
        projections = len(c.get("pos_att_type") or ())
        extra = 0 if c.get("share_att_key") else projections * _linear(width, width)
    kernel = c.get("conv_kernel_size") or 0
    rest += kernel * width * width + 3 * width if kernel else 0
    tables = (c["vocab_size"] + absolute + kinds) * (c.get("embedding_size") or width)
    sizes = (c["num_hidden_layers"], c["num_attention_heads"], c["intermediate_size"])
    limit = positions if absolute else 0
    of = _Classic(width, *sizes, limit, tables, rest, extra, relative=relative)
    return _classic(family, c, causal, of)


def _modernbert(family: str, c: Config, causal: bool) -> Architecture:
    width, layers, feed = c["hidden_size"], c["num_hidden_layers"], c["intermediate_size"]
    attention = 4 * _linear(width, width, bool(c.get("attention_bias")))
    gated = _linear(width, 2 * feed, bool(c.get("mlp_bias")))
    gated += _linear(feed, width, bool(c.get("mlp_bias")))
    norm = 2 * width if c.get("norm_bias") else width
    return Architecture(
        family=family,
        causal=causal,
        layers=layers,
        width=width,
        heads=c["num_attention_heads"],
        query_width=width,
        kv_width=width,
        feed=feed,
        vocabulary=c["vocab_size"],
        positions=c["max_position_embeddings"],
        tables=c["vocab_size"] * width,
        blocks=layers * (attention + gated + 2 * norm) - norm,  # the first has no norm before it
        matrices=layers * (attention + gated),
        output=0,
        rest=2 * norm,
    )


_COUNTS: Final[Mapping[str, Callable[[str, Config, bool], Architecture]]] = {
    **dict.fromkeys(
        ("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text"), _llama_like
    ),
    "gpt2": _gpt2,
    "opt": _opt,
    "gpt_neox": _gpt_neox,
    **dict.fromkeys(("bert", "roberta", "xlm-roberta"), _bert),
    "distilbert": _distilbert,
    "deberta-v2": _deberta,
    "modernbert": _modernbert,
}
