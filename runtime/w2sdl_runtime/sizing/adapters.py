"""How many weights adapters have: rank × (inside + outside) of each linear layer that gets one."""

from __future__ import annotations

from w2sdl_runtime.sizing.architectures import Architecture

#: One matrix for queries, keys and values.
_FUSED = ("gpt2", "gpt_neox", "modernbert")
_GATED = ("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text")
_POOLED = ("bert", "roberta", "xlm-roberta")  #: a linear layer after the last one


def adapter_weights(of: Architecture, rank: int, *, attention_only: bool) -> int:
    """Weights of low-rank adapters on all linear layers, or on those of peft's choice.

    That is the queries and the values, or the matrix that they share with the keys.
    """
    width, feed = of.width, of.feed
    if of.family in _FUSED:
        chosen = 4 * width
        attention = chosen + 2 * width
    else:
        chosen = (width + of.query_width) + (width + of.kv_width)
        attention = 2 * chosen
    if attention_only:
        return rank * of.layers * chosen
    if of.family == "modernbert":
        feeds = (width + 2 * feed) + (feed + width)
    else:
        feeds = (3 if of.family in _GATED else 2) * (width + feed)
    last = 2 * width if of.family in _POOLED else 0
    return rank * (of.layers * (attention + feeds) + last)
