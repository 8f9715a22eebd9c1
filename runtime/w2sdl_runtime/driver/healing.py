"""Has corrupt objects made again by the nodes they came from."""

from __future__ import annotations

from w2sdl.graph import Graph, Node
from w2sdl_runtime.driver.frontier import Frontier
from w2sdl_runtime.storage.store import Store


class Healing:
    """Sends a node back to whom its corrupt input came from.

    ``distrusted`` are the nodes whose stored result is not to be reused.
    """

    def __init__(self, graph: Graph, store: Store, frontier: Frontier) -> None:
        self.distrusted: set[str] = set()
        self._graph, self._store, self._frontier = graph, store, frontier
        self._makers: dict[str, set[str]] = {}  #: digest -> nodes that are to make it again

    def heal(self, node: Node, digest: str) -> None:
        """Have a corrupt object made again by whom it came from, then try ``node`` once more.

        That is the first ancestor with this output. An object that is nobody's output is referred
        to by one: the parents are done anew, and theirs in turn, until one stores it again.
        """
        ancestors = self._frontier.ancestors(node.id)
        under_way = {
            id_
            for id_ in self._makers.get(digest, set()) & ancestors
            if id_ not in self._frontier.digests
        }
        if self._store.is_sound(digest):
            self._frontier.again((), node.id)  # made again meanwhile
        elif under_way:
            self._frontier.again(under_way, node.id)
        else:
            self._store.set_aside(digest)
            again = self._who_made(node, digest, ancestors)
            self._makers[digest] = again
            self.distrusted |= again
            self._frontier.again(again, node.id)

    def _who_made(self, node: Node, digest: str, ancestors: set[str]) -> set[str]:
        order = [n.id for n in self._graph.order() if n.id in ancestors]
        first = [id_ for id_ in order if self._frontier.digests.get(id_) == digest][:1]
        return set(first or node.parents())
