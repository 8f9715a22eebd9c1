"""Changes of measures: the metric, what it measures, on which part, and over which axes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from w2sdl.diff.changes import Change, ChangeClass, Form, Subject
from w2sdl.diff.classes import class_of_port
from w2sdl.diff.compared import Compared
from w2sdl.diff.gather import Found, Unit, change, changes_of, units_of
from w2sdl.diff.index import GraphIndex
from w2sdl.diff.local import Taken
from w2sdl.diff.measures import MeasurePair, cells_as_group, measure_text
from w2sdl.diff.values import Leaf
from w2sdl.diff.words import listed
from w2sdl.graph import MeasureTable, Node

_MEASUREMENT = ChangeClass.MEASUREMENT
OF = "of"  #: the path of a change in what a measure measures


def measure_changes(compared: Compared) -> list[Change]:
    """All changes of all measures."""
    changes: list[Change] = []
    units: list[Unit] = []
    for pair in compared.measures.pairs.values():
        changes += _heads(compared, pair)
        if pair.a.op == pair.b.op:
            changes += _on(compared, pair)
            units += _units(compared, pair)
    for table in compared.measures.only_a:
        changes.append(_whole(table, Form.REMOVED))
    for table in compared.measures.only_b:
        changes.append(_whole(table, Form.ADDED))
    return [*_together(changes), *changes_of(units, compared)]


def _together(changes: Iterable[Change]) -> Iterator[Change]:
    """The same change of several measures, such as another part, is said once."""
    alike: dict[Change, list[str]] = {}
    for one in changes:
        bare = replace(one, where=(), unit="", affects=())
        if one.form is not Form.CHANGED:
            yield one
        else:
            alike.setdefault(bare, []).extend(one.where)
    for bare, names in alike.items():
        affects = () if bare.kind is ChangeClass.COSMETIC else tuple(names)
        yield replace(bare, where=tuple(names), unit=listed(names), affects=affects)


def _whole(table: MeasureTable, form: Form) -> Change:
    text = measure_text(table)
    old, new = (text, "") if form is Form.REMOVED else ("", text)
    return _change(table.name, form, old=old, new=new)


def _change(name: str, form: Form, **more: str) -> Change:
    return change(_MEASUREMENT, form, Subject.MEASURE, name, affects=(name,), **more)


def _heads(compared: Compared, pair: MeasurePair) -> Iterator[Change]:
    """The name, the metric, the axes that it averages over, and what is measured."""
    one, two = pair.a, pair.b
    if one.name != two.name:
        yield change(
            ChangeClass.COSMETIC,
            Form.RENAMED,
            Subject.MEASURE,
            two.name,
            old=one.name,
            new=two.name,
        )
    if one.op != two.op:
        yield _change(two.name, Form.CHANGED, old=measure_text(one), new=measure_text(two))
        return
    names = {match.a.name: match.b.name for match in compared.axes.matched.values()}
    if {names.get(axis, axis) for axis in one.over} != set(two.over):
        old, new = (", ".join(over) or "nothing" for over in (one.over, two.over))
        yield _change(two.name, Form.CHANGED, what="over", old=old, new=new)
    gone = [of for of in dict.fromkeys(cell.of for cell in one.cells) if of not in pair.ofs]
    kept = set(pair.ofs.values())
    new_ofs = [of for of in dict.fromkeys(cell.of for cell in two.cells) if of not in kept]
    if gone:
        yield _change(two.name, Form.REMOVED, what=OF, old=", ".join(gone))
    if new_ofs:
        yield _change(two.name, Form.ADDED, what=OF, new=", ".join(new_ofs))


def _on(compared: Compared, pair: MeasurePair) -> Iterator[Change]:
    x, y = _first_nodes(compared, pair)
    if _taken(compared, x, y):
        yield _change(pair.b.name, Form.CHANGED, what="on", old=pair.a.on, new=pair.b.on)


def _first_nodes(compared: Compared, pair: MeasurePair) -> tuple[Node, Node]:
    return (
        compared.a.nodes[pair.a.cells[0].node],
        compared.b.nodes[pair.b.cells[0].node],
    )


def _taken(compared: Compared, x: Node, y: Node) -> Taken:
    """Pairs of nodes that differ because another part is measured: said once, as ``on``."""
    taken: set[tuple[str, str]] = set()
    truth, other = compared.a.on_inputs(x), compared.b.on_inputs(y)
    for one, two in zip(truth, other, strict=False):
        p, q = compared.a.nodes[one], compared.b.nodes[two]
        if compared.pairs.answer(one, two) or not compared.differ.leaves(p, q):
            continue
        taken.add((one, two))
        taken.update(zip(p.parents(), q.parents(), strict=False))
    return frozenset(taken)


def _units(compared: Compared, pair: MeasurePair) -> Iterator[Unit]:
    """Differences of the metric's parameters, and of what stands in its ports."""
    for of, other in pair.ofs.items():
        one, two = cells_as_group(pair.a, of), cells_as_group(pair.b, other)
        cells = compared.pairs.pair(one, two)
        found: dict[Leaf, Found] = {}
        for place, id_a, id_b in cells.nodes:
            x, y = compared.a.nodes[id_a], compared.b.nodes[id_b]
            compared.differ.met.add((id_a, id_b))
            for leaf in compared.differ.leaves(x, y, _taken(compared, x, y)):
                seen = _seen_from_measure(leaf, compared.b, y)
                item = found.setdefault(seen, Found(seen))
                item.places.append(place)
                item.ones.append(id_a)
                item.others.append(id_b)
        places = [place for place, _, _ in cells.nodes]
        yield from units_of(two.name, two.kind, "", found.values(), places)


def _seen_from_measure(leaf: Leaf, index: GraphIndex, metric: Node) -> Leaf:
    """``student.predictor`` is ``student``: labels of the measured part are made for every measure."""
    port, _, rest = leaf.path.partition(".")
    if rest != "predictor":
        return leaf
    return replace(leaf, path=port, kind=class_of_port(index, metric, port))
