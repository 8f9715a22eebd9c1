"""What a layer keeps for the way back, counted on transformers 5.23 and torch 2.13."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from w2sdl_runtime.sizing.architectures import Architecture


@dataclass(frozen=True, slots=True)
class Kept:
    """Numbers of 4 bytes that autograd keeps of one token in one layer, as multiples of its sizes."""

    width: float
    feed: float
    kv: float = 0.0
    pairs: float = 0.0  #: of heads × length: attention that is written out
    buckets: float = 0.0  #: of heads × relative positions


@dataclass(frozen=True, slots=True)
class Family:
    """In float32, and under autocast, where most of it has 2 bytes."""

    whole: Kept
    half: Kept


_ROTARY = Family(Kept(8, 4, 2), Kept(7.5, 2, 1))
_BERT = Family(Kept(8.2, 2.1), Kept(6.2, 1.1))
_KEPT: Final[Mapping[str, Family]] = {
    **dict.fromkeys(("llama", "mistral", "qwen2", "gemma"), _ROTARY),
    "qwen3": Family(Kept(10, 4, 4), Kept(9, 2, 2.6)),
    "gemma2": Family(Kept(14, 4, 0, 2), Kept(12.5, 2, 0, 2)),
    "gemma3_text": Family(Kept(14, 4, 4), Kept(13.5, 2, 3.1)),
    "gpt2": Family(Kept(8, 5), Kept(5, 2.5)),
    "opt": Family(Kept(8, 1), Kept(6, 0.5)),
    "gpt_neox": Family(Kept(10, 2), Kept(5.5, 1)),
    **dict.fromkeys(("bert", "roberta", "xlm-roberta", "distilbert"), _BERT),
    "deberta-v2": Family(Kept(13, 2, 0, 0.5, 2.4), Kept(9.5, 1, 0, 0.2, 1.35)),
    "modernbert": Family(Kept(10.2, 4.1), Kept(6.2, 2.1)),
}


def kept_bytes_a_layer(of: Architecture, length: int, *, mixed: bool, bytes_each: int) -> float:
    """Bytes that one layer keeps of one token.

    Args:
        of: the network.
        length: tokens of its row.
        mixed: under autocast.
        bytes_each: of a weight; 2 where the model itself is held in half precision.
    """
    family = _KEPT[of.family]
    kept = family.half if mixed else family.whole
    numbers = kept.width * of.width + kept.feed * of.feed + kept.kv * of.kv_width
    numbers += of.heads * (kept.pairs * length + kept.buckets * of.relative)
    return numbers * (4 if mixed else bytes_each)


def passing_bytes(of: Architecture, bytes_each: int) -> float:
    """Bytes of one token that are there at once while it is only read: nothing is kept of a layer."""
    return (4 * of.width + 3 * of.feed) * bytes_each
