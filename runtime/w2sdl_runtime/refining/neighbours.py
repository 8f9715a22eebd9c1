"""The nearest rows of each row by cosine, a block of rows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from w2sdl_runtime.refining.rows import item_ids
from w2sdl_runtime.values import Labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Similarities that are held at once: 16 million numbers, 128 MB.
_AT_ONCE = 1 << 24


def nearest(
    states: NDArray[np.float64], k: int, apart: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The ``k`` nearest other rows, nearest first, and their cosines, ``[rows, k]``.

    Rows of equal number in ``apart`` are never neighbours; where fewer than ``k`` are left, the place is
    -1 and the cosine 0. Of equally close rows the earlier comes first.
    """
    rows = len(states)
    length = np.linalg.norm(states, axis=1, keepdims=True)
    unit = np.divide(states, length, out=np.zeros_like(states), where=length > 0)
    places = np.full((rows, k), -1)
    cosines = np.zeros((rows, k))
    block = max(1, _AT_ONCE // max(1, rows))
    for start in range(0, rows, block):
        own = slice(start, min(rows, start + block))
        close = unit[own] @ unit.T
        close[apart[own, None] == apart[None, :]] = -np.inf
        best = _closest(close, min(k, rows - 1))[:, :k]
        found = np.take_along_axis(close, best, axis=1)
        order = np.lexsort((best, -found), axis=1)
        best, found = (np.take_along_axis(one, order, axis=1) for one in (best, found))
        there = np.isfinite(found)
        places[own, : best.shape[1]] = np.where(there, best, -1)
        cosines[own, : best.shape[1]] = np.where(there, found, 0)
    return places, cosines


def _closest(close: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Places that hold the ``k`` largest of each row; of those equal at the end the earliest."""
    best = np.argpartition(-close, k, axis=1)
    last = np.take_along_axis(close, best[:, :k], axis=1).min(axis=1, keepdims=True)
    tied = np.flatnonzero((close >= last).sum(axis=1) > k)  # where a partition takes any of them
    best[tied] = np.argsort(-close[tied], axis=1, kind="stable")
    return best


def by_item(labels: Labels) -> NDArray[np.int64]:
    """A number for each row, equal where rows are of one item: for ``apart`` of `nearest`."""
    return np.asarray(np.unique(item_ids(labels), return_inverse=True)[1])


def by_question(labels: Labels) -> NDArray[np.int64]:
    """The same, equal also where prompts are: the two candidates of a question, in all its tellings.

    These lie close together in any state, and have opposite labels.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    items, prompts = by_item(labels), labels.open_items().column("prompt")
    asked = np.unique(prompts, return_inverse=True)[1] + len(items)
    links = coo_array((np.ones(len(items)), (items, asked)), shape=(2 * len(items),) * 2)
    _, question = connected_components(links, directed=False)
    return np.asarray(question[items], np.int64)
