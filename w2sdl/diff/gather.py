"""Leaves at many nodes to changes at few places: over points, over bindings, one factor at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from w2sdl.diff.changes import Change, ChangeClass, Form, Subject
from w2sdl.diff.compared import Compared
from w2sdl.diff.index import Place
from w2sdl.diff.values import Leaf
from w2sdl.diff.words import listed
from w2sdl.kinds import Kind


@dataclass(slots=True)
class Found:
    """A leaf and where it was found: B's points, and the nodes of both."""

    leaf: Leaf
    places: list[Place] = field(default_factory=list)
    ones: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Unit:
    """All that changed in one thing: a parameter of a binding, or a whole model.

    Units of several bindings that changed alike, by the same operation, are one decision of whoever
    changed them: they are said together and count as one factor. What is declared weak and what is
    declared strong stay apart: two models are two factors.
    """

    name: str  #: the binding
    suffix: str  #: the parameter, "" for the whole
    role: str
    subject: Subject
    found: list[Found]
    points: list[str]

    def signature(self) -> tuple[object, ...]:
        """Equal for units that changed alike."""
        leaves = tuple((f.leaf, points) for f, points in zip(self.found, self.points, strict=True))
        return self.suffix, self.role, self.subject, leaves


def units_of(
    name: str,
    kind: Kind,
    role: str,
    found: Iterable[Found],
    every: Sequence[Place],
) -> list[Unit]:
    """The leaves of one binding, by what counts as one factor."""
    subject = Subject.MEASURE if kind is Kind.METRIC else Subject.BINDING
    units: dict[tuple[str, ChangeClass], Unit] = {}
    for item in found:
        whole = kind in (Kind.MODEL, Kind.DATA) or item.leaf.kind is ChangeClass.MEASUREMENT
        suffix = "" if whole else item.leaf.path.split(".")[0].split("[")[0]
        key = suffix, item.leaf.kind
        unit = units.setdefault(key, Unit(name, suffix, role, subject, [], []))
        unit.found.append(item)
        unit.points.append(where_only(item.places, every))
    return list(units.values())


def changes_of(units: Sequence[Unit], compared: Compared) -> list[Change]:
    """Units as changes, those that changed alike as one."""
    alike: dict[tuple[object, ...], list[Unit]] = {}
    for unit in units:
        alike.setdefault(unit.signature(), []).append(unit)
    changes: list[Change] = []
    for group in alike.values():
        names = tuple(dict.fromkeys(unit.name for unit in group))
        first = group[0]
        label = _label(names, first.suffix)
        for number, found in enumerate(first.found):
            same = [unit.found[number] for unit in group]
            affects = compared.affected(
                {id_ for f in same for id_ in f.ones}, {id_ for f in same for id_ in f.others}
            )
            if first.subject is Subject.MEASURE:
                affects = names
            changes.append(
                Change(
                    kind=found.leaf.kind,
                    form=found.leaf.form,
                    subject=first.subject,
                    where=names,
                    what=found.leaf.path,
                    old=found.leaf.old,
                    new=found.leaf.new,
                    points=first.points[number],
                    unit=label,
                    affects=affects,
                    unread=compared.measured and not affects,
                )
            )
    return changes


def _label(names: Sequence[str], suffix: str) -> str:
    """``S'.train``, ``train of S' and ceiling``."""
    if suffix and len(names) > 1:
        return f"{suffix} of {listed(names)}"
    return f"{names[0]}.{suffix}" if suffix else listed(names)


def where_only(places: Collection[Place], every: Collection[Place]) -> str:
    """``evidence = debate``: the points at which something holds, "" where it is all of them."""
    chosen, others = set(places), set(every)
    if chosen >= others:
        return ""
    axes = list(dict.fromkeys(axis for place in every for axis, _ in place))
    here = {axis: _points(chosen, axis) for axis in axes}
    there = {axis: _points(others, axis) for axis in axes}
    narrow = {axis: points for axis, points in here.items() if set(points) != set(there[axis])}
    block = {p for p in others if all(dict(p).get(axis) in s for axis, s in narrow.items())}
    if narrow and block == chosen:
        order = {axis: [p for p in there[axis] if p in here[axis]] for axis in narrow}
        return " and ".join(f"{axis} = {listed(points, 'or')}" for axis, points in order.items())
    return f"{len(chosen)} of {len(others)} points"


def _points(places: Iterable[Place], axis: str) -> dict[str, None]:
    return {point: None for place in places for name, point in place if name == axis}


def change(kind: ChangeClass, form: Form, subject: Subject, name: str, **more: object) -> Change:
    """A change that is a thing of its own: a name, an axis, a claim."""
    unit = more.pop("unit", name)
    return Change(kind, form, subject, (name,), unit=unit, **more)  # type: ignore[arg-type]
