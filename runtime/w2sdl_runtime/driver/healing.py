"""Has corrupt objects made again by the nodes they came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from w2sdl.graph import Graph, Node
from w2sdl_runtime.driver.frontier import Frontier
from w2sdl_runtime.storage.store import Store

#: How often one node may find one object corrupt: a disk that spoils all it gets is no use.
_TIMES = 3


class Healing:
    """Sends a node back to whom its corrupt input came from."""

    def __init__(self, graph: Graph, store: Store, frontier: Frontier) -> None:
        self._graph, self._store, self._frontier = graph, store, frontier
        self._makers: dict[str, set[str]] = {}  #: digest -> nodes that are to make it again
        self._wanted: dict[str, set[str]] = {}  #: node -> digests that it is to make again
        self._found: dict[str, Counter[str]] = {}  #: node -> digests that it found corrupt

    @property
    def distrusted(self) -> Collection[str]:
        """Nodes whose stored result is not to be reused."""
        return self._wanted.keys()

    def is_mended(self, node: Node) -> bool:
        """Whether all that a node was to make again is sound by now: another run was quicker."""
        wanted = self._wanted.get(node.id)
        return wanted is not None and all(self._store.is_sound(digest) for digest in wanted)

    def done(self, node: Node) -> None:
        """A node has its result, and it can be trusted."""
        self._wanted.pop(node.id, None)

    def heal(self, node: Node, digest: str, makers: Collection[str] = ()) -> bool:
        """Have a corrupt object made again by whom it came from, then do ``node`` once more.

        That is the first ancestor with this output, unless ``makers`` are known. An object that is
        nobody's output is referred to by one: the parents are done anew, and theirs in turn, until one
        stores it again. False where nobody can make it, or that was in vain.
        """
        near = set(makers) or self._frontier.ancestors(node.id)
        if not near or self._is_in_vain(node, digest, len(near)):
            return False
        under_way = (self._makers.get(digest, set()) & near) - self._frontier.digests.keys()
        if self._store.is_sound(digest):
            self._frontier.again((), node.id)  # made again meanwhile
        elif under_way - {node.id}:
            self._frontier.again(under_way - {node.id}, node.id)
        else:
            self._store.set_aside(digest)
            again = set(makers) or self._who_made(node, digest, near)
            self._makers[digest] = again
            for id_ in again:
                self._wanted.setdefault(id_, set()).add(digest)
            self._frontier.again(again - {node.id}, node.id)
        return True

    def _is_in_vain(self, node: Node, digest: str, sources: int) -> bool:
        """Whether a node finds the same object corrupt again and again, or ever new ones."""
        found = self._found.setdefault(node.id, Counter())
        found[digest] += 1
        return found[digest] > _TIMES or found.total() > _TIMES * max(sources, _TIMES)

    def _who_made(self, node: Node, digest: str, ancestors: set[str]) -> set[str]:
        order = [n.id for n in self._graph.order() if n.id in ancestors]
        first = [id_ for id_ in order if self._frontier.digests.get(id_) == digest][:1]
        return set(first or node.parents())
