"""Changes of axes: their points, their names, and whether there are any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from w2sdl.diff.axes import AxisMatch, class_of_axis
from w2sdl.diff.changes import Change, ChangeClass, Form, Subject
from w2sdl.diff.classes import graver
from w2sdl.diff.compared import Compared
from w2sdl.diff.gather import change
from w2sdl.diff.index import GraphIndex
from w2sdl.diff.words import shortened
from w2sdl.graph import AxisInfo

_POINTS = "points"


def axis_changes(compared: Compared) -> Iterator[Change]:
    """All changes of all axes."""
    for match in compared.axes.matched.values():
        yield from _names(match)
        if match.added or match.removed:
            yield _points(compared, match)
    for index, known, form in (
        (compared.a, compared.axes.matched, Form.REMOVED),
        (compared.b, compared.axes.names, Form.ADDED),
    ):
        for axis in index.graph.axes:
            if axis.name not in known:
                yield _whole(compared, index, axis, form)


def _names(match: AxisMatch) -> Iterator[Change]:
    one, two = match.a.name, match.b.name
    if one != two:
        yield change(ChangeClass.COSMETIC, Form.RENAMED, Subject.AXIS, two, old=one, new=two)
    if match.replaced:
        return
    for old, new in match.points.items():
        if old != new:
            yield change(
                ChangeClass.COSMETIC,
                Form.RENAMED,
                Subject.AXIS,
                two,
                what="point",
                old=old,
                new=new,
            )


def _points(compared: Compared, match: AxisMatch) -> Change:
    form = Form.CHANGED
    if not match.removed:
        form = Form.ADDED
    elif not match.added:
        form = Form.REMOVED
    kinds = [_class(compared.a, match.a.name), _class(compared.b, match.b.name)]
    nodes = [_nodes_on(compared.a, match.a.name), _nodes_on(compared.b, match.b.name)]
    affects = compared.affected(*nodes)
    return change(
        graver(*kinds),
        form,
        Subject.AXIS,
        match.b.name,
        what=_POINTS,
        old=point_texts(match.a, match.removed),
        new=point_texts(match.b, match.added),
        affects=affects,
        unread=compared.measured and not affects,
    )


def _whole(compared: Compared, index: GraphIndex, axis: AxisInfo, form: Form) -> Change:
    text = point_texts(axis, axis.points)
    gone = form is Form.REMOVED
    nodes = _nodes_on(index, axis.name)
    affects = compared.affected(nodes, ()) if gone else compared.affected((), nodes)
    return change(
        _class(index, axis.name),
        form,
        Subject.AXIS,
        axis.name,
        old=text if gone else "",
        new="" if gone else text,
        affects=affects,
        unread=compared.measured and not affects,
    )


def _nodes_on(index: GraphIndex, axis: str) -> list[str]:
    return [node.id for node in index.nodes.values() if axis in node.point]


def _class(index: GraphIndex, axis: str) -> ChangeClass:
    """By what follows it; an axis that nothing depends on is only a name."""
    found = class_of_axis(index, axis)
    if found is None:
        return ChangeClass.FACTOR if _nodes_on(index, axis) else ChangeClass.COSMETIC
    return found


def point_texts(axis: AxisInfo, points: Sequence[str]) -> str:
    """Points as written, with their names where these say more."""
    texts = dict(zip(axis.points, axis.texts, strict=True))
    shown = []
    for point in points:
        text = texts.get(point, point)
        plain = text.strip('"') == point or text.split("(")[0] == point
        shown.append(text if plain else f"{point}: {text}")
    return shortened(", ".join(shown))
