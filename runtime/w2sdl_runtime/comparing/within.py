"""Arms of one run: several things that a measure is of, or the points of an axis."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from w2sdl.addresses import split_address
from w2sdl.graph import Cell, MeasureTable
from w2sdl.messages.suggest import nearest_names
from w2sdl_runtime.comparing.arms import Aligned, ArmPair, Line, Unmet, Wanted, arm_text
from w2sdl_runtime.comparing.sources import Source
from w2sdl_runtime.errors import PrerequisiteError

Point = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Arm:
    """One arm of a measure: its nodes by what repeats it (the seed, then members)."""

    table: MeasureTable
    of: str
    point: Mapping[str, str]
    nodes: dict[Point, tuple[str, str]] = field(default_factory=dict)  #: -> seed, node

    @property
    def seeds(self) -> list[str]:
        return [seed for seed, _ in self.nodes.values()]

    @property
    def text(self) -> str:
        return arm_text(self.of, self.point, self.table.name)


def arms_of(source: Source, table: MeasureTable) -> list[_Arm]:
    """The arms of a measure, in the order of its cells."""
    found: dict[tuple[str, Point], _Arm] = {}
    repeated, unit = source.repeated.axes, source.repeated.unit
    for cell in table.cells:
        point = tuple((axis, name) for axis, name in cell.point.items() if axis not in repeated)
        arm = found.setdefault((cell.of, point), _Arm(table, cell.of, dict(point)))
        arm.nodes[_again(cell, repeated)] = (cell.point.get(unit, ""), cell.node)
    return list(found.values())


def _every(source: Source, wanted: Wanted) -> list[_Arm]:
    tables = [table for table in source.graph.measures if wanted.measure(table.name)]
    return [arm for table in tables for arm in arms_of(source, table)]


def _again(cell: Cell, repeated: Collection[str]) -> Point:
    return tuple(sorted((axis, name) for axis, name in cell.point.items() if axis in repeated))


# -- along an axis ---------------------------------------------------------------------------------


def along(
    source: Source, axis: str, baseline: str = "", wanted: Wanted | None = None
) -> list[Aligned]:
    """Every other point of an axis against one of them.

    Args:
        source: the run.
        axis: of its design.
        baseline: a point of the axis; "" is the spec's, or the first.
        wanted: what is to be compared; None is all.

    Raises:
        PrerequisiteError: for an axis or a point that is not there, or that repeats the experiment.
    """
    points = _points(source, axis)
    first = baseline or source.graph.baseline.get(axis) or points[0]
    if first not in points:
        raise _unknown("point", first, points, f"axis {axis} of {source.name}")
    chosen = wanted or Wanted()
    every = _every(source, chosen)
    arms = [arm for arm in every if axis in arm.point and chosen.of(arm.of)]
    if not arms:
        varied = dict.fromkeys(name for arm in every for name in arm.point)
        raise PrerequisiteError(
            f"no measure of {source.name} varies over {axis}",
            f"they vary over {', '.join(varied) or 'nothing'}",
        )
    return [
        Aligned(
            source, source, f"{axis}={first}", f"{axis}={point}",
            tuple(_along(arms, axis, first, point)), label=point,
        )
        for point in points
        if point != first and any(arm.point[axis] == point for arm in arms)
    ]  # fmt: skip


def _points(source: Source, axis: str) -> list[str]:
    axes = {one.name: list(one.points) for one in source.graph.axes}
    if axis not in axes:
        raise _unknown("axis", axis, axes, source.name)
    if axis in source.repeated.axes:
        raise PrerequisiteError(
            f"axis {axis} repeats the experiment: its points are seeds of one arm, not arms",
            "name an axis that the design varies",
        )
    return axes[axis]


def _along(arms: Sequence[_Arm], axis: str, first: str, point: str) -> Iterator[ArmPair]:
    for arm in arms:
        if arm.point[axis] != point:
            continue
        wanted = {**arm.point, axis: first}
        twin = next(
            (o for o in arms if o.table is arm.table and o.of == arm.of and o.point == wanted), None
        )
        if twin is not None:
            rest = {name: value for name, value in arm.point.items() if name != axis}
            yield _pair(twin, arm, arm.of, rest)


# -- things that are measured ----------------------------------------------------------------------


def among(
    source: Source, wanted: Sequence[str], baseline: str = "", measures: Collection[str] = ()
) -> list[Aligned]:
    """Measured things against one of them, wherever the same metric measures both on the same part.

    Args:
        source: the run.
        wanted: what is measured, as the report calls it, with a point where one is meant: ``S'`` or
            ``S'[evidence=debate]``; at least two.
        baseline: one of them; "" is the spec's where it is among them, or the first.
        measures: names of measures to compare; () is all.

    Raises:
        PrerequisiteError: for a thing that nothing measures, or fewer than two.
    """
    every = _every(source, Wanted(measures))
    chosen = {text: _chosen(source, text, every) for text in wanted}
    named = source.graph.baseline.get("of", "")
    first = baseline or (named if named in chosen else wanted[0])
    if first not in chosen:
        raise PrerequisiteError(f"--baseline {first} is none of what --of names", f"--of {first}")
    if len(chosen) < 2:
        raise PrerequisiteError(
            f"`{first}` is compared with nothing",
            "name a second with another --of, or an axis with --along",
        )
    found = [
        _aligned(source, first, text, chosen[first], arms)
        for text, arms in chosen.items()
        if text != first
    ]
    if not any(one.pairs for one in found):
        others = " or ".join(text for text in chosen if text != first)
        raise PrerequisiteError(
            f"no measure of {source.name} has both {first} and {others}",
            "arms can be compared where the same metric measures both on the same part",
        )
    return found


def _chosen(source: Source, text: str, every: Sequence[_Arm]) -> list[_Arm]:
    name, point = split_address(text)
    arms = [a for a in every if a.of == text] or [
        a
        for a in every
        if a.of == name and all(a.point.get(axis) == value for axis, value in point)
    ]
    if arms:
        return arms
    mine = [a for a in every if a.of == name]
    for axis, value in point if mine else ():
        there = dict.fromkeys(a.point[axis] for a in mine if axis in a.point)
        if value not in there:
            raise _unknown(
                f"`{name}` at", f"{axis}={value}", [f"{axis}={p}" for p in there], source.name
            )
    names = list(dict.fromkeys(a.of for a in every if a.of))
    raise _unknown("measured thing", text, names, source.name)


def _aligned(
    source: Source, first: str, other: str, ones: Sequence[_Arm], twos: Sequence[_Arm]
) -> Aligned:
    """Arms at the same points; axes that both texts name may differ: that is what is compared."""
    pinned = {axis for axis, _ in split_address(first)[1]} & {
        axis for axis, _ in split_address(other)[1]
    }
    pairs: list[ArmPair] = []
    unmet: list[Unmet] = []
    for two in twos:
        facing = [one for one in ones if _comparable(one, two, pinned)]
        pairs += [_pair(one, two, "", _together(one.point, two.point)) for one in facing]
        if not facing:
            unmet.append(Unmet(f"{two.table.name} of {two.text}", f"no measure has {first} there"))
    return Aligned(source, source, first, other, tuple(pairs), tuple(unmet), label=other)


def _comparable(one: _Arm, two: _Arm, pinned: Collection[str]) -> bool:
    """The same metric on the same part, at points that agree."""
    ways = [(arm.table.op, arm.table.on, dict(arm.table.params)) for arm in (one, two)]
    free = [{a: p for a, p in arm.point.items() if a not in pinned} for arm in (one, two)]
    return ways[0] == ways[1] and _agree(free[0], free[1])


def _together(one: Mapping[str, str], two: Mapping[str, str]) -> dict[str, str]:
    both = {**one, **two}
    return {axis: name for axis, name in both.items() if one.get(axis, name) == name}


def _pair(one: _Arm, two: _Arm, of: str, point: Mapping[str, str]) -> ArmPair:
    """Two arms line by line; what has no seeds of its own is the same in each."""
    lines: list[Line] = []
    alone: tuple[dict[str, None], dict[str, None]] = (
        dict.fromkeys(one.seeds),
        dict.fromkeys(two.seeds),
    )
    for again, (seed_a, node_a) in one.nodes.items():
        for other, (seed_b, node_b) in two.nodes.items():
            if _agree(dict(again), dict(other)):
                lines.append((seed_b or seed_a, node_a, node_b))
                alone[0].pop(seed_a, None)
                alone[1].pop(seed_b, None)
    table = two.table
    seeds = tuple(alone[0]), tuple(alone[1])
    return ArmPair(table.name, table.op, table.on, of, point, tuple(lines), *seeds)


def _agree(one: Mapping[str, str], two: Mapping[str, str]) -> bool:
    return all(one[axis] == two[axis] for axis in one.keys() & two.keys())


def _unknown(what: str, text: str, known: Collection[str], where: str) -> PrerequisiteError:
    near = nearest_names(text, list(known))
    help = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known) or 'none'}"
    return PrerequisiteError(f"{where} has no {what} `{text}`", help)
