"""Nodes, lists and points in the user's own words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from w2sdl.diff.axes import followers
from w2sdl.diff.index import GraphIndex, Group
from w2sdl.diff.values import PART
from w2sdl.graph import Node
from w2sdl.kinds import COERCIONS
from w2sdl.show import without_nulls
from w2sdl.syntax.text import literal_text

_NUMBERS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def call_text(index: GraphIndex, node: Node, following: Mapping[str, str] | None = None) -> str:
    """A node as a call, with what is not at its default: ``Ψ(S, label(W', d.transfer), seed: 0)``.

    ``following`` names the axes that parameters follow, for the text of a whole binding.
    """
    if node.op == PART:
        return f"{inputs_text(index, node, node.inputs['data'])}.{node.params.get('name')}"
    arguments = [inputs_text(index, node, ids) for ids in node.inputs.values() if ids]
    given = {
        name: literal_text(_as_written(without_nulls(value)))
        for name, value in node.key_params.items()
        if not name.startswith("@")
    }
    arguments += [f"{name}: {text}" for name, text in {**given, **(following or {})}.items()]
    over = _reduced(index, node)
    arguments += (
        [f"over: {over[0] if len(over) == 1 else '[' + ', '.join(over) + ']'}"] if over else []
    )
    return f"{node.written or node.op}({', '.join(arguments)})"


def _reduced(index: GraphIndex, node: Node) -> list[str]:
    """The axes that a list of one binding's nodes runs over."""
    found: dict[str, None] = {}
    for ids in node.inputs.values():
        points = [index.nodes[id_].point for id_ in ids]
        if len({index.nodes[id_].name for id_ in ids}) == 1:
            for axis in points[0]:
                if len({point.get(axis) for point in points}) > 1:
                    found[axis] = None
    return list(found)


def _as_written(value: object) -> object:
    """Lists of pairs, the form in which keys hold the parts of data, as a record."""
    pairs = isinstance(value, list) and all(isinstance(v, list) and len(v) == 2 for v in value)
    return {str(name): item for name, item in value} if pairs and value else value  # type: ignore[attr-defined]


def inputs_text(
    index: GraphIndex,
    node: Node,
    ids: Sequence[str],
    known: Callable[[str], bool] | None = None,
) -> str:
    """What stands in a port. Coordinates are shown where the node itself doesn't have them.

    What is not ``known`` in the other design is shown with its definition.
    """
    texts: dict[str, None] = {}
    for id_ in ids:
        parent = index.nodes[id_]
        own = index.of_node.get(id_)
        name = parent.name
        if known is not None and not known(id_) and own:
            name = f"{own[0]} = {binding_text(index, index.groups[own[0]])}"
        elif not own:
            name = _unnamed(index, parent)
        texts.setdefault(name + _coordinates(index, node, ids, parent))
    return shortened(listed(texts))


def _unnamed(index: GraphIndex, node: Node) -> str:
    """A call without a name, as written; what nobody wrote is looked through."""
    if node.op == PART:
        return call_text(index, node)
    if node.op in COERCIONS.values():
        return inputs_text(index, node, list(node.parents()))
    return node.name


def binding_text(index: GraphIndex, group: Group) -> str:
    """A whole binding as a call: ``pretrain(corpus(d), width: 8, seed: seed)``."""
    first = index.nodes[group.first]
    following: dict[str, list[str]] = {}
    for axis in group.dims:
        for path in followers(index, group, axis):
            name = path.split(".")[0].split("[")[0]
            if name in first.params:
                following.setdefault(name, []).append(axis)
    return call_text(index, first, {name: ", ".join(axes) for name, axes in following.items()})


def _coordinates(index: GraphIndex, node: Node, ids: Sequence[str], parent: Node) -> str:
    """``[evidence: none]``: held axes, without those that the list itself runs over."""
    if parent.id not in index.of_node:
        return ""
    held = {a: p for a, p in parent.point.items() if node.point.get(a) != p}
    if len(ids) > 1:
        held = {
            a: p for a, p in held.items() if all(index.nodes[id_].point.get(a) == p for id_ in ids)
        }
    return f"[{', '.join(f'{a}: {p}' for a, p in held.items())}]" if held else ""


def spread_text(index: GraphIndex, node: Node, ids: Sequence[str]) -> str:
    """A list that runs over axes, with its points: ``judge[member: 0, 1, 2]``."""
    names: dict[str, dict[str, dict[str, None]]] = {}
    for id_ in ids:
        parent = index.nodes[id_]
        points = names.setdefault(parent.name, {})
        for axis, point in parent.point.items():
            if node.point.get(axis) != point:
                points.setdefault(axis, {})[point] = None
    texts = []
    for name, points in names.items():
        inside = ", ".join(f"{axis}: {', '.join(some)}" for axis, some in points.items())
        texts.append(f"{name}[{inside}]" if inside else name)
    return shortened(listed(texts))


def shortened(text: str, limit: int = 160) -> str:
    """A text that fits a line; what is cut is marked."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def abbreviated(old: str, new: str, limit: int = 60) -> tuple[str, str]:
    """Two texts short enough for a sentence, and still different."""
    if max(len(old), len(new)) <= limit:
        return old, new
    one, other = _head(old, limit), _head(new, limit)
    if one != other and max(len(one), len(other)) <= limit:
        return one, other
    start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0)
    start = max(0, start - limit // 3)
    before = "…" if start else ""
    return before + shortened(old[start:], limit), before + shortened(new[start:], limit)


def _head(text: str, limit: int) -> str:
    """``logconf(alpha: 0.5, …)`` for a call that is too long: as many arguments as fit."""
    name, bracket, inside = text.partition("(")
    if len(text) <= limit or not bracket or not text.endswith(")") or len(name) >= limit:
        return text
    kept, depth, start = "", 0, 0
    for at, char in enumerate(inside[:-1]):
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            if len(name) + at + 5 > limit:
                break
            kept, start = inside[:at], at
    return f"{name}({kept}, …)" if start else f"{name}(…)"


def listed(words: Iterable[str], last: str = "and") -> str:
    """``a, b and c``."""
    *rest, end = list(words) or [""]
    return f"{', '.join(rest)} {last} {end}" if rest else end


def counted(number: int, what: str) -> str:
    """``one factor``, ``three factors``, ``14 factors``."""
    word = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return f"{word} {what if number == 1 else what + 's'}"
