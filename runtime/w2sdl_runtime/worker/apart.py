"""Rule R8 between data sets, once both are there: what teaches and what measures share no rows.

Nor do rows whose gold reaches a student and rows that weak labels teach it.
"""

from __future__ import annotations

from collections.abc import Mapping

from w2sdl.errors.validity import RULES
from w2sdl.graph import Apart, Graph, Node
from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.data.overlap import Overlap, shared_rows
from w2sdl_runtime.data.tables import concat_items
from w2sdl_runtime.storage.objects import CorruptObject
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import Data, Items
from w2sdl_runtime.worker.failures import Cause
from w2sdl_runtime.worker.protocol import Failure


class Unreadable(Exception):
    """A data set, or a part of one, can't be read back; ``maker`` is the node that it came from."""

    def __init__(self, maker: str, error: CorruptObject) -> None:
        super().__init__(str(error))
        self.maker, self.error = maker, error


class RowsApart:
    """Looks at each pair of parts as soon as both data sets are done."""

    def __init__(self, graph: Graph, store: Store) -> None:
        self._store = store
        self._pairs = list(graph.validity.apart)

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def check(self, node: Node, digests: Mapping[str, str]) -> Failure | None:
        """What is wrong now that ``node`` is done, if anything; ``digests`` are those of done nodes.

        Raises:
            Unreadable: when the rows can't be read; the pair is looked at again the next time.
        """
        for pair in list(self._pairs):
            ids = (pair.taught[0], pair.measured[0])
            if node.id not in ids or any(id_ not in digests for id_ in ids):
                continue
            overlap = self._overlap(pair, digests)
            self._pairs.remove(pair)
            if overlap:
                return _failure(pair, overlap)
        return None

    def _overlap(self, pair: Apart, digests: Mapping[str, str]) -> Overlap:
        sides = [self._items(*one, digests) for one in (pair.taught, pair.measured)]
        found = shared_rows(sides[0], sides[1])
        return found.rows_only() if pair.student else found

    def _items(self, maker: str, part: str, digests: Mapping[str, str]) -> Items:
        try:
            data = open_as(self._store, digests[maker], Data)
            parts = [data.parts[part]] if part else list(data.parts.values())
            return concat_items([open_as(self._store, one.items, Items) for one in parts])
        except CorruptObject as error:
            raise Unreadable(maker, error) from error


def _failure(pair: Apart, overlap: Overlap) -> Failure:
    taught, measured = pair.texts
    shown = f', such as "{overlap.first[:80]}"' if overlap.first else ""
    if pair.student:
        follows = f"gold labels of the one reach {pair.student}, which learns from weak labels of the other"
        advice = "take gold of other rows, or say why it is right: allow(shared_rows, ...) after the data"
    else:
        follows = "what learns from the one is measured on the other"
        advice = (
            "measure on other rows, or say why it is right: allow(shared_rows, ...) after the data"
        )
    return Failure(
        "PrerequisiteError",
        f"{taught} and {measured} share {overlap.text()}{shown}: {follows}",
        advice,
        cause=Cause.PREREQUISITE,
        code=RULES["shared_rows"],
    )
