"""The items behind the rows of a metric: whether two sides mean the same text, and the text to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from w2sdl.kinds import Kind
from w2sdl_runtime.comparing.rows import Flags, numbers, places
from w2sdl_runtime.comparing.sources import Source
from w2sdl_runtime.values import Items, Labels

if TYPE_CHECKING:
    import pyarrow as pa

_READ = ("prompt", "candidate")  #: what a model reads


@dataclass(frozen=True)
class ItemsOf:
    """The labels that a metric was measured against, or those that it measures, by node."""

    source: Source
    node: str

    @property
    def digest(self) -> str:
        """Equal digests are equal items; "" where the metric is of no labels."""
        return self.source.digest(self._labels)

    @property
    def against(self) -> bool:
        """Whether it is measured against other labels than the gold ones."""
        return bool(self.source.graph.nodes[self.node].inputs.get("against"))

    @property
    def _labels(self) -> str:
        inputs = self.source.graph.nodes[self.node].inputs
        order = sorted(inputs, key=lambda port: port != "gold")
        labelled = (id_ for port in order for id_ in inputs[port])
        return next((i for i in labelled if self.source.graph.nodes[i].kind is Kind.LABELS), "")

    def open(self) -> Items | None:
        """The items, row by row; None where they can't be had."""
        value = self.source.results.value(self._labels) if self._labels else None
        return value.open_items() if isinstance(value, Labels) else None


def same_texts(a: ItemsOf, b: ItemsOf, space: pa.Array) -> Flags:
    """Of each id of a space, whether both sides mean the same text by it (True where one lacks it)."""
    import pyarrow.compute as pc

    same = np.ones(len(space), dtype=np.bool_)
    if a.digest and a.digest == b.digest:
        return same
    one, two = a.open(), b.open()
    if one is None or two is None:
        return same
    at = [places(items.table.column("item_id").combine_chunks(), space) for items in (one, two)]
    both = np.flatnonzero((at[0] >= 0) & (at[1] >= 0))
    for name in _READ:
        left, right = (
            items.table.column(name).combine_chunks().take(where[both])
            for items, where in zip((one, two), at, strict=True)
        )
        same[both] &= numbers(pc.equal(left, right)) == 1
    return same
