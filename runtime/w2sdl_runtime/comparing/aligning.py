"""Arms of two designs aligned by address: through the matching of `w2sdl.diff`, so renamed arms meet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from w2sdl.diff.changes import Change, ChangeClass, Comparison, Form, Subject
from w2sdl.diff.compared import Compared
from w2sdl.diff.measures import MeasurePair, cells_as_group
from w2sdl.diff.verdict import short
from w2sdl.diff.words import listed
from w2sdl_runtime.comparing.arms import Aligned, ArmPair, Line, Unmet, arm_text
from w2sdl_runtime.comparing.sources import Source

Point = tuple[tuple[str, str], ...]


def align(
    a: Source,
    b: Source,
    compared: Compared,
    design: Comparison,
    measures: Collection[str] = (),
    ofs: Collection[str] = (),
) -> Aligned:
    """All arms that both designs have.

    Args:
        a: the reference.
        b: what is compared with it.
        compared: their graphs side by side.
        design: what the differences of these mean.
        measures: names of measures (B's) to compare; () is all.
        ofs: texts of what is measured (B's); () is all.
    """
    pairs: list[ArmPair] = []
    unmet: list[Unmet] = []
    for pair in compared.measures.pairs.values():
        if measures and pair.b.name not in measures:
            continue
        changed = _measured_otherwise(design, pair)
        if changed:
            why = f"{listed(map(short, changed))}: not comparable"
            unmet.append(Unmet(f"measure {pair.b.name}", why))
            continue
        for of_a, of_b in pair.ofs.items():
            if ofs and of_b not in ofs:
                continue
            found = _arms(a, b, compared, pair, of_a, of_b)
            pairs += found.pairs
            unmet += found.unmet
    unmet += [] if measures or ofs else _one_sided(compared)
    return Aligned(a, b, a.name, b.name, tuple(pairs), tuple(unmet), design.verdict.sentence)


def _measured_otherwise(design: Comparison, pair: MeasurePair) -> list[Change]:
    """Changes of the metric itself, or of the part that it is of: its numbers mean something else."""
    return [
        change
        for change in design.changes
        if change.kind is ChangeClass.MEASUREMENT
        and change.subject is Subject.MEASURE
        and pair.b.name in change.where
        and not (change.what == "of" and change.form in (Form.ADDED, Form.REMOVED))
    ]


def _one_sided(compared: Compared) -> list[Unmet]:
    """Measures, and measured things, that one design does not have."""
    tables = compared.measures
    found = [Unmet(f"measure {table.name}", "only in a") for table in tables.only_a]
    found += [Unmet(f"measure {table.name}", "only in b") for table in tables.only_b]
    for pair in tables.pairs.values():
        for table, known, side in ((pair.a, pair.ofs, "a"), (pair.b, pair.ofs.values(), "b")):
            alone = [of for of in dict.fromkeys(c.of for c in table.cells) if of not in known]
            found += [Unmet(f"{table.name} of {of}", f"only in {side}") for of in alone]
    return found


@dataclass(slots=True)
class _Arms:
    pairs: list[ArmPair] = field(default_factory=list)
    unmet: list[Unmet] = field(default_factory=list)


@dataclass(slots=True)
class _Arm:
    lines: list[Line] = field(default_factory=list)
    only_a: dict[str, None] = field(default_factory=dict)
    only_b: dict[str, None] = field(default_factory=dict)


def _arms(
    a: Source, b: Source, compared: Compared, pair: MeasurePair, of_a: str, of_b: str
) -> _Arms:
    """The arms of one measured thing: its lines grouped by the point of the design."""
    one, two = cells_as_group(pair.a, of_a), cells_as_group(pair.b, of_b)
    laid = compared.pairs.pair(one, two)
    places_a = {id_: place for place, id_ in one.pairs()}
    match = compared.axes.matched.get(a.repeated.unit)
    unit = b.repeated.unit
    same_unit = match is not None and match.b.name == unit and not match.replaced
    repeated = b.repeated.axes | {m.b.name for n, m in compared.axes.matched.items() if n in a.repeated.axes}
    found: dict[Point, _Arm] = {}
    for place, id_a, id_b in laid.nodes:
        lost = tuple(p for p in places_a.get(id_a, ()) if p[0] in laid.lost and p[0] not in a.repeated.axes)
        arm = found.setdefault(_design_point(place, repeated) + lost, _Arm())
        seed_b = dict(place).get(unit, "")
        if same_unit or not seed_b:
            arm.lines.append((seed_b, id_a, id_b))
        else:
            arm.only_a[dict(places_a.get(id_a, ())).get(a.repeated.unit, "")] = None
            arm.only_b[seed_b] = None
    unmet = _strays(found, laid.gone, dict(places_a), a, "a", (pair.a.name, of_a))
    unmet += _strays(found, laid.new, {i: p for p, i in two.pairs()}, b, "b", (pair.b.name, of_b))
    notes = tuple(f"only {side} varies over {listed(axes)}" for side, axes in (("a", laid.lost), ("b", laid.gained)) if axes)
    table = pair.b
    pairs = [
        ArmPair(
            table.name, table.op, table.on, of_b, dict(point),
            tuple(arm.lines), tuple(arm.only_a), tuple(arm.only_b), notes,
        )
        for point, arm in found.items()
    ]  # fmt: skip
    return _Arms(pairs, unmet)


def _design_point(place: Point, repeated: Collection[str]) -> Point:
    return tuple((axis, name) for axis, name in place if axis not in repeated)


def _strays(
    found: Mapping[Point, _Arm],
    ids: Collection[str],
    places: Mapping[str, Point],
    source: Source,
    side: str,
    what: tuple[str, str],
) -> list[Unmet]:
    """Numbers that only one side has: seeds of an arm that both have, or points of its own."""
    points: dict[Point, None] = {}
    for id_ in ids:
        place = places.get(id_, ())
        point = _design_point(place, source.repeated.axes)
        seed = dict(place).get(source.repeated.unit, "")
        arm = found.get(point)
        if arm is None:
            points[point] = None
        else:
            (arm.only_a if side == "a" else arm.only_b)[seed] = None
    return [Unmet(f"{what[0]} of {arm_text(what[1], dict(p), what[0])}", f"only in {side}") for p in points]


def nothing_in_common(aligned: Aligned) -> Iterator[str]:
    """Why nothing can be compared, in words."""
    yield from (f"{unmet.what}: {unmet.why}" for unmet in aligned.unmet)
