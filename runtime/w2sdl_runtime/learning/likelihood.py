"""Label-free scores: how likely a causal language model finds a candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2sdl_runtime.bounded import Bounded
from w2sdl_runtime.learning.numerics import numerics
from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.learning.reading import scores
from w2sdl_runtime.learning.rows import texts_of
from w2sdl_runtime.learning.tokens import Text, encode
from w2sdl_runtime.models import Network
from w2sdl_runtime.op import Context
from w2sdl_runtime.values import Items, Model

if TYPE_CHECKING:
    import numpy as np

#: Longest row that is scored; a longer prompt loses its start.
MAX_LENGTH = 1024

#: Scores, [rows], and how many rows had to be cut.
_Scored = tuple["np.ndarray[Any, Any]", int]
_KEPT: Bounded[_Scored] = Bounded(64 * 2**20)


def candidate_scores(model: Model, items: Items, which: str, ctx: Context) -> np.ndarray[Any, Any]:
    """Scores of all candidates (``which`` = "candidate") or rivals ("rival"), float64, ``[rows]``.

    The score is the mean over the text's tokens of (token logit − best logit). A row with no rival
    has 0.

    Raises:
        PrerequisiteError: for a model without an output over the vocabulary, or rows without
            candidate.
    """

    def make() -> _Scored:
        network = open_network(model, ctx)
        texts = texts_of(items, None, "after")
        if which == "rival":
            texts = [Text(t.prompt, r) for t, r in zip(texts, items.column("rival"), strict=True)]
        return _score(network, texts, which == "candidate", model.digest, ctx)

    known = model.digest and items.digest
    key = (model.digest, items.digest, which)
    scored = _KEPT.get(key, make, lambda kept: int(kept[0].nbytes)) if known else make()
    if scored[1]:
        ctx.warn(
            f"{scored[1]:,} of {len(items):,} prompts were cut to {MAX_LENGTH:,} tokens or fewer to "
            f"score a {which}: they lost their start"
        )
    return scored[0]


def _score(
    network: Network, texts: list[Text], required: bool, whose: str, ctx: Context
) -> _Scored:
    import numpy as np

    present = np.array([required or bool(text.candidate) for text in texts])
    result = np.zeros(len(texts))
    scored = [text for text, there in zip(texts, present, strict=True) if there]
    rows = encode(network.tokenizer, scored, network.longest(MAX_LENGTH))
    with numerics(ctx, "scores"):
        result[present] = scores(network, rows, ctx, whose)
    return result, rows.truncated


def scale_of(score: np.ndarray[Any, Any]) -> tuple[float, float]:
    """(a, b) so that ``a * score + b`` has median 0 and deviation 1 over the rows given."""
    import numpy as np

    deviation = float(np.std(score)) if len(score) else 1.0
    slope = 1.0 / deviation if deviation > 0 else 1.0
    return slope, -slope * float(np.median(score)) if len(score) else 0.0


def zero_shot_probability(model: Model, items: Items, ctx: Context) -> np.ndarray[Any, Any]:
    """P = sigmoid of the score, standardised over the rows given; half of them are above 0.5."""
    import numpy as np

    score = candidate_scores(model, items, "candidate", ctx)
    slope, shift = scale_of(score)
    return np.asarray(1 / (1 + np.exp(-(slope * score + shift))), dtype=np.float64)
