"""Rows as token arrays, batches of rows of like length, padded on the right to the batch only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.numerics import array_digest

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from w2sdl_runtime.op import Context

#: Batches that are shuffled together and then cut by length: more is faster and less random.
BATCHES_A_BUCKET = 16

_LOST = {
    "context": "the end of their context, then the start of their prompt",
    "left": "their start",
    "right": "their end",
}


@dataclass(frozen=True, slots=True)
class Rows:
    """Tokenised rows, one after another; row i is ``tokens[start[i]:start[i+1]]``.

    ``first`` and ``last`` bound the candidate inside its row (last excluded); both 0 without one.
    """

    tokens: np.ndarray[Any, Any]  #: int64, [all tokens]
    start: np.ndarray[Any, Any]  #: int64, [rows + 1]
    first: np.ndarray[Any, Any]  #: int64, [rows]
    last: np.ndarray[Any, Any]  #: int64, [rows]
    cut: np.ndarray[Any, Any]  #: bool, [rows]: had to be cut to the largest length
    truncation: str = "context"  #: what those lost: see `tokens.encode`

    def __len__(self) -> int:
        return len(self.start) - 1

    def warn_of_cuts(self, ctx: Context, wanted: int = 0) -> None:
        """Say how many rows a model reads in part only; what it can't see is not its fault.

        ``wanted`` is how many tokens were asked for, where the model may have positions for fewer.
        """
        if self.truncated:
            length = int(self.lengths.max())
            most = f", all that the model has positions for of {wanted:,}"
            ctx.warn(
                f"{self.truncated:,} of {len(self):,} rows were cut to {length:,} tokens"
                f"{most if length < wanted else ''}: they lost {_LOST[self.truncation]}; "
                "fits(data, [models]) leaves such rows out for all models alike"
            )

    def digest(self) -> str:
        """A digest of all tokens and where candidates are."""
        return array_digest(self.tokens, self.start, self.first, self.last)

    @property
    def truncated(self) -> int:
        """How many rows were cut."""
        return int(self.cut.sum())

    @property
    def lengths(self) -> np.ndarray[Any, Any]:
        """Tokens of each row, ``[rows]``."""
        import numpy as np

        return np.diff(self.start)

    def ids(self, at: int) -> list[int]:
        """The tokens of one row."""
        own: list[int] = self.tokens[self.start[at] : self.start[at + 1]].tolist()
        return own


@dataclass(frozen=True, slots=True)
class Batch:
    """One padded batch as tensors on the device of the model."""

    index: np.ndarray[Any, Any]  #: rows that it holds, [batch]
    ids: Tensor  #: [batch, longest]
    mask: Tensor | None  #: attention mask, or None where no row is padded
    lengths: Tensor  #: [batch]
    answer_row: Tensor  #: for every candidate token: its row in the batch, [candidate tokens]
    answer_before: Tensor  #: ... the position that predicts it
    answer_token: Tensor  #: ... its id


def pack(
    rows: Sequence[tuple[list[int], int, int]],
    cut: Sequence[bool] = (),
    truncation: str = "context",
) -> Rows:
    """Put (ids, first, last) of every row into flat arrays; without ``cut``, all are whole."""
    import numpy as np

    lengths = [len(ids) for ids, _, _ in rows]
    start = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
    tokens = np.fromiter((t for ids, _, _ in rows for t in ids), np.int64, int(start[-1]))
    first = np.array([f for _, f, _ in rows], np.int64)
    last = np.array([e for _, _, e in rows], np.int64)
    whole = np.array(cut or [False] * len(rows), bool)
    return Rows(tokens, start, first, last, whole, truncation)


def collate(rows: Rows, index: np.ndarray[Any, Any], device: str) -> Batch:
    """Pad some rows to their longest and copy them to the device."""
    import numpy as np
    import torch

    lengths = rows.lengths[index]
    columns = np.arange(lengths.max())
    real = columns < lengths[:, None]
    ids = np.zeros(real.shape, np.int64)
    ids[real] = rows.tokens[(rows.start[index][:, None] + columns)[real]]
    inside = (columns >= rows.first[index][:, None]) & (columns < rows.last[index][:, None])
    at_row, at_column = np.nonzero(inside)

    def tensor(array: np.ndarray[Any, Any]) -> Tensor:
        return torch.from_numpy(array).to(device)

    return Batch(
        index,
        tensor(ids),
        None if real.all() else tensor(real.astype(np.int64)),
        tensor(lengths),
        tensor(at_row),
        tensor(at_column - 1),
        tensor(ids[at_row, at_column]),
    )


def in_order_of_length(lengths: np.ndarray[Any, Any], size: int) -> Iterator[np.ndarray[Any, Any]]:
    """Batches for reading: sorted by length, ties by position, so that little is padded."""
    import numpy as np

    order = np.argsort(lengths, kind="stable")
    for start in range(0, len(order), size):
        yield order[start : start + size]


def shuffled_by_length(
    lengths: np.ndarray[Any, Any],
    size: int,
    generator: np.random.Generator,
    bucket: int = BATCHES_A_BUCKET,
) -> list[np.ndarray[Any, Any]]:
    """Batches for training: shuffled, cut by length within ``bucket`` batches, shuffled again.

    Every row comes once; only one batch may be smaller than ``size``.
    """
    import numpy as np

    order = generator.permutation(len(lengths))
    batches = []
    for start in range(0, len(order), size * bucket):
        rows = order[start : start + size * bucket]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches += [rows[at : at + size] for at in range(0, len(rows), size)]
    return [batches[at] for at in generator.permutation(len(batches))]


def epochs_by_length(
    lengths: np.ndarray[Any, Any],
    size: int,
    generator: np.random.Generator,
    bucket: int = BATCHES_A_BUCKET,
) -> Iterator[np.ndarray[Any, Any]]:
    """Batches for training without end, each epoch in an order of its own."""
    while True:
        yield from shuffled_by_length(lengths, size, generator, bucket)
