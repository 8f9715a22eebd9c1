"""Files and repositories by what is in them: one path may hold another text, two paths the same one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from w2sdl.diff.changes import ChangeClass
from w2sdl.diff.index import GraphIndex
from w2sdl.diff.values import Leaf, param_leaves
from w2sdl.dotted import value_at, with_value
from w2sdl.graph import Node
from w2sdl.kinds import Kind
from w2sdl.signature import Signatures

#: What the source parameters of a node stand for, by path: ``{"repo": {"revision": "1f0c..."}}``.
#: What is not known is left out. Two designs read at one place share one function.
Contents = Callable[[Node], Mapping[str, Mapping[str, str]]]


class ContentPair:
    """The contents of both designs; without them, equal names stand for equal things."""

    def __init__(self, contents: tuple[Contents, Contents] | None = None) -> None:
        self._contents = contents

    def same(self, x: Node, y: Node, path: str) -> bool | None:
        """Whether a parameter of two nodes stands for the same content; None where it is not known."""
        if self._contents is None:
            return None
        one, other = (read(node) for read, node in zip(self._contents, (x, y), strict=True))
        here = {name: content for name, content in one.items() if _below(name, path)}
        there = {name: content for name, content in other.items() if _below(name, path)}
        return here == there if here and there else None

    def leaves(self, x: Node, y: Node, kind: ChangeClass, signatures: Signatures) -> Iterator[Leaf]:
        """Parameters that are spelled alike and stand for another content."""
        if self._contents is None or not x.sources or self._one_place(x, y):
            return
        for path in x.sources:
            equal = value_at(x.params, path) == value_at(y.params, path)
            if path in y.sources and equal and self.same(x, y, path) is False:
                one, other = (
                    _text(read(node)) for read, node in zip(self._contents, (x, y), strict=True)
                )
                yield Leaf(path, one, other, _class_at(x, path, kind, signatures), x.op)

    def _one_place(self, x: Node, y: Node) -> bool:
        contents = self._contents
        return contents is not None and contents[0] is contents[1] and x.params == y.params

    def tainted(self, a: GraphIndex, b: GraphIndex) -> frozenset[str]:
        """Nodes of equal identity whose content differs, or that of what they are made from."""
        found: set[str] = set()
        if self._contents is None or self._contents[0] is self._contents[1]:
            return frozenset()
        for node in a.graph.order():
            twin = b.nodes.get(node.id)
            if twin is None:
                continue
            differs = any(self.same(node, twin, path) is False for path in node.sources)
            if differs or any(parent in found for parent in node.parents()):
                found.add(node.id)
        return frozenset(found)


def _below(name: str, path: str) -> bool:
    return name == path or name.startswith(f"{path}.")


def _text(contents: Mapping[str, Mapping[str, str]]) -> str:
    """``content 4f2a91c0``, ``commit 1f0c77aa``."""
    words = []
    for content in contents.values():
        word = "commit" if "revision" in content else "content"
        value = content.get("revision") or content.get("sha256") or content.get("folder") or ""
        words.append(f"{word} {value[:12]}")
    return ", ".join(dict.fromkeys(words))


def _class_at(node: Node, path: str, kind: ChangeClass, signatures: Signatures) -> ChangeClass:
    """The class that a change of one parameter has."""
    blank = replace(node, params=with_value(node.params, path, "\0"))
    leaves = param_leaves(blank, node, kind, node.kind is Kind.DATA, signatures)
    return next((leaf.kind for leaf in leaves), kind)
