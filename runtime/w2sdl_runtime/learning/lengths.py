"""How many tokens rows have in a model's own words, and which of them the model reads in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.rows import Side, texts_of
from w2sdl_runtime.values import Items

if TYPE_CHECKING:
    import numpy as np

    from w2sdl_runtime.models import Network


def read_in_full(network: Network, items: Items, max_length: int) -> np.ndarray[Any, Any]:
    """Whether a network reads each item without a cut, ``[rows]``: its candidate, and its rival.

    A row's place among others plays no part, so that the answer is the item's own.
    """
    import numpy as np

    longest = network.longest(max_length)
    fits = np.ones(len(items), bool)
    sides: tuple[Side, ...] = ("candidate", "rival")
    for side in sides:
        there = np.array([bool(text) for text in items.column(side)], bool)
        long = _tokens(network, items, side) > longest
        fits &= ~(long & (there if side == "rival" else True))
    return fits


def _tokens(network: Network, items: Items, side: Side) -> np.ndarray[Any, Any]:
    """Tokens of each row as `tokens.encode` counts them, ``[rows]``."""
    import numpy as np

    texts = ["".join(text.pieces()) for text in texts_of(items, None, "after", side)]
    if not texts:
        return np.zeros(0, np.int64)
    found = network.tokenizer(
        texts, return_attention_mask=False, return_token_type_ids=False, verbose=False
    )
    return np.array([len(ids) for ids in found["input_ids"]], np.int64)
