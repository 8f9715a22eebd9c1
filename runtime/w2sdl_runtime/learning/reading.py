"""What heads read of a network: a pooled hidden state, and how likely the candidate is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from w2sdl_runtime.learning.batching import Batch, Rows, collate, in_order_of_length
from w2sdl_runtime.learning.numerics import autocast, shared_label
from w2sdl_runtime.learning.read_once import read_once
from w2sdl_runtime.learning.shards import gathered
from w2sdl_runtime.op import Context, PrerequisiteError

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from w2sdl_runtime.models import Network

Pooling = Literal["last", "mean", "first"]

#: Padded tokens that a reading without gradients takes at once.
READING_TOKENS = 16_384


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a head wants to read."""

    pooling: Pooling
    likelihood: bool
    words: bool = False  #: log-probabilities of the candidate's tokens
    start: bool = False  #: beside it, what the model read of the same rows before it was trained

    @property
    def scores(self) -> bool:
        """Whether anything is read of the candidate."""
        return self.likelihood or self.words


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: ``pooled`` [rows, width] and ``score`` [rows] or None, both float32.

    Where words were wanted, ``score`` is [rows, 3]: the sum of the candidate's log-probabilities, how
    many tokens it has, and how many the whole row. ``start`` is the score of the same rows by the model
    that training began from, where a head asked for it.
    """

    pooled: Tensor
    score: Tensor | None
    start: Tensor | None = None

    @property
    def scores(self) -> Tensor:
        """The scores, where the head wanted them."""
        if self.score is None:
            raise ValueError("no likelihood was read")
        return self.score

    @property
    def starts(self) -> Tensor:
        """The scores by the model that training began from, where the head wanted them."""
        if self.start is None:
            raise ValueError("no start was read")
        return self.start

    def rows(self, index: Tensor) -> Reading:
        """Some rows of it."""
        return self._each(lambda tensor: tensor[index])

    def to(self, device: str) -> Reading:
        """The same on a device."""
        return self._each(lambda tensor: tensor.to(device))

    def beside(self, start: Reading | None) -> Reading:
        """With what the start read of the same rows, if it was read."""
        if start is None:
            return self
        return Reading(self.pooled, self.score, start.scores.to(self.pooled.device))

    def _each(self, change: Callable[[Tensor], Tensor]) -> Reading:
        scores = [None if one is None else change(one) for one in (self.score, self.start)]
        return Reading(change(self.pooled), *scores)


def read(network: Network, batch: Batch, wanted: Wanted) -> Reading:
    """Run a batch through the body, and pool.

    Right padding needs no mask under causal attention, as only real positions are read.
    """
    mask = None if network.causal else batch.mask
    hidden = network.module.base_model(input_ids=batch.ids, attention_mask=mask).last_hidden_state
    score = candidate_score(network, hidden, batch) if wanted.likelihood else None
    if wanted.words:
        score = candidate_words(network, hidden, batch)
    return Reading(pool(hidden, batch, wanted.pooling).float(), score)


def pool(hidden: Tensor, batch: Batch, how: Pooling) -> Tensor:
    """One state a row, ``[rows, width]``, over real positions only."""
    import torch

    if how == "first":
        return hidden[:, 0]
    if how == "last":
        return hidden[torch.arange(len(hidden), device=hidden.device), batch.lengths - 1]
    if batch.mask is None:
        return hidden.mean(dim=1)
    mask = batch.mask[..., None].to(hidden.dtype)
    mean: Tensor = (hidden * mask).sum(1) / mask.sum(1)
    return mean


def candidate_score(network: Network, hidden: Tensor, batch: Batch) -> Tensor:
    """Mean over the candidate's tokens of (token logit − best logit), ``[rows]``, at most 0.

    Logits are computed where the candidate is predicted, nowhere else.
    """
    logits = _answer_logits(network, hidden, batch)
    gap = logits.gather(1, batch.answer_token[:, None])[:, 0] - logits.amax(1)
    total = gap.new_zeros(len(hidden)).index_add(0, batch.answer_row, gap)
    count = gap.new_zeros(len(hidden)).index_add(0, batch.answer_row, gap.new_ones(len(gap)))
    score: Tensor = total / count
    return score


def candidate_words(network: Network, hidden: Tensor, batch: Batch) -> Tensor:
    """Sum of the candidate's log-probabilities, its tokens, and those of the row, ``[rows, 3]``."""
    import torch

    logits = _answer_logits(network, hidden, batch)
    chosen = torch.log_softmax(logits, dim=1).gather(1, batch.answer_token[:, None])[:, 0]
    total = chosen.new_zeros(len(hidden)).index_add(0, batch.answer_row, chosen)
    count = chosen.new_zeros(len(hidden)).index_add(0, batch.answer_row, torch.ones_like(chosen))
    return torch.stack([total, count, batch.lengths.to(total)], dim=1)


def _answer_logits(network: Network, hidden: Tensor, batch: Batch) -> Tensor:
    """Logits over the vocabulary where the candidates are predicted, ``[candidate tokens, words]``."""
    states = hidden[batch.answer_row, batch.answer_before]
    logits: Tensor = network.module.get_output_embeddings()(states).float()
    cap = getattr(network.module.config, "final_logit_softcapping", None)
    return cap * (logits / cap).tanh() if cap else logits


def check_readable(network: Network, rows: Rows, wanted: Wanted) -> None:
    """Refuse to score where there is no candidate, or no vocabulary to score it over.

    Raises:
        PrerequisiteError: with the fact and what to use in its place.
    """
    if not wanted.scores:
        return
    if not network.causal or network.module.get_output_embeddings() is None:
        raise PrerequisiteError(
            "this model is an encoder, without an output over the vocabulary to score a candidate",
            "use a causal language model, or a head that reads a state: linear(), or reward() for pairs",
        )
    without = int((rows.last <= rows.first).sum())
    if without:
        raise PrerequisiteError(
            f"{without} of {len(rows)} rows have no candidate text to score",
            "use a format with a candidate for every row, or a head that reads a state: linear(), or"
            " reward() for pairs",
        )


def read_all(
    network: Network,
    rows: Rows,
    wanted: Wanted,
    ctx: Context,
    precision: str = "float32",
    *,
    whose: str = "",
) -> Reading:
    """Read all rows without gradients; the result is on the CPU, in the order of the rows.

    ``whose`` is the digest of the object whose body the network is (`trained.body_of`): other nodes
    then find the reading, and a killed one can go on. "" is a network that is no stored object.
    """
    import torch

    if not len(rows):
        empty = torch.empty(0, 3) if wanted.words else torch.empty(0)
        return Reading(torch.empty(0, network.width), empty if wanted.scores else None)
    label = _label(rows, wanted, ctx, precision, whose)

    def compute(index: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
        part = read(network, collate(rows, index, ctx.device), wanted)
        found = {"pooled": part.pooled.cpu().numpy()}
        return found if part.score is None else found | {"score": part.score.float().cpu().numpy()}

    # Parts of a network that are put together in inference mode could not be learned with later.
    without_gradients = torch.no_grad() if ctx.shards > 1 else torch.inference_mode()
    with (
        without_gradients,
        autocast(ctx.device, precision),
        closing(read_once(reading_batches(rows), compute, ctx, label)) as parts,
    ):
        found = gathered(parts, len(rows), ctx)
    # Made out here: what is made in inference mode can't be learned from.
    score = torch.from_numpy(found["score"]) if wanted.scores else None
    return Reading(torch.from_numpy(found["pooled"]), score)


def _label(rows: Rows, wanted: Wanted, ctx: Context, precision: str, whose: str) -> str:
    """All that a reading depends on. Rows that are batched otherwise may differ in the last bits."""
    return shared_label(
        ctx,
        "reading",
        model=whose,
        rows=rows.digest(),
        wanted=[wanted.pooling, wanted.likelihood, wanted.words],
        precision=precision,
        at_once=READING_TOKENS,
    )


def reading_batches(rows: Rows) -> list[np.ndarray[Any, Any]]:
    """Batches to read at once; there must be a row."""
    size = max(1, READING_TOKENS // int(rows.lengths.max()))
    return list(in_order_of_length(rows.lengths, size))


def scores(network: Network, rows: Rows, ctx: Context, whose: str = "") -> np.ndarray:
    """Likelihood scores of all candidates, float64, ``[rows]``; ``whose`` as in `read_all`."""
    import numpy as np

    wanted = Wanted("last", True)
    check_readable(network, rows, wanted)
    return read_all(network, rows, wanted, ctx, whose=whose).scores.numpy().astype(np.float64)
