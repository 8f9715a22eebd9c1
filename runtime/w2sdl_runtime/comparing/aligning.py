"""Arms of two designs aligned by address: through the matching of `w2sdl.diff`, so renamed arms meet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from w2sdl.diff.changes import Change, ChangeClass, Comparison, Form, Subject
from w2sdl.diff.compared import Compared
from w2sdl.diff.measures import MeasurePair, cells_as_group
from w2sdl.diff.verdict import short
from w2sdl.diff.words import listed
from w2sdl.graph import MeasureTable
from w2sdl_runtime.comparing.arms import Aligned, ArmPair, Line, Unmet, Wanted, arm_text
from w2sdl_runtime.comparing.sources import Source

Point = tuple[tuple[str, str], ...]


def align(
    a: Source,
    b: Source,
    compared: Compared,
    design: Comparison,
    wanted: Wanted | None = None,
    label: str = "b",
) -> Aligned:
    """All arms that both designs have.

    Args:
        a: the reference.
        b: what is compared with it.
        compared: their graphs side by side.
        design: what the differences of these mean.
        wanted: what is to be compared, by B's names; None is all.
        label: how B is called in notes.
    """
    chosen = wanted or Wanted()
    pairs: list[ArmPair] = []
    unmet: list[Unmet] = []
    for pair in compared.measures.pairs.values():
        if not chosen.measure(pair.b.name):
            continue
        if changed := _measured_otherwise(design, pair):
            why = f"{listed(map(short, changed))}: not comparable"
            unmet.append(Unmet(f"measure {pair.b.name}", why))
            continue
        for of_a, of_b in pair.ofs.items():
            if chosen.of(of_b):
                found = _arms(_Sides(a, b, compared, label), pair, of_a, of_b)
                pairs += found.pairs
                unmet += found.unmet
    unmet += [] if chosen.measures or chosen.ofs else _one_sided(compared, label)
    sentence = design.verdict.sentence
    return Aligned(a, b, a.name, b.name, tuple(pairs), tuple(unmet), sentence, label)


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


def _one_sided(compared: Compared, label: str) -> list[Unmet]:
    """Measures, and measured things, that one design does not have."""
    tables = compared.measures
    found = [Unmet(f"measure {table.name}", "only in a") for table in tables.only_a]
    found += [Unmet(f"measure {table.name}", f"only in {label}") for table in tables.only_b]
    for pair in tables.pairs.values():
        for table, known, side in ((pair.a, pair.ofs, "a"), (pair.b, pair.ofs.values(), label)):
            alone = [of for of in dict.fromkeys(c.of for c in table.cells) if of not in known]
            found += [Unmet(f"{table.name} of {of}", f"only in {side}") for of in alone]
    return found


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both sources, laid side by side."""

    a: Source
    b: Source
    compared: Compared
    label: str

    @property
    def same_seeds(self) -> bool:
        """Whether a seed of one is the seed of that name of the other."""
        match = self.compared.axes.matched.get(self.a.repeated.unit)
        return match is not None and match.b.name == self.b.repeated.unit and not match.replaced

    @property
    def repeated(self) -> frozenset[str]:
        """Axes, by B's names, that repeat either experiment."""
        matched = self.compared.axes.matched
        return self.b.repeated.axes | {
            matched[n].b.name for n in self.a.repeated.axes if n in matched
        }


@dataclass(slots=True)
class _Arm:
    lines: list[Line] = field(default_factory=list)
    only_a: dict[str, None] = field(default_factory=dict)
    only_b: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Arms:
    pairs: list[ArmPair]
    unmet: list[Unmet]


def _arms(sides: _Sides, pair: MeasurePair, of_a: str, of_b: str) -> _Arms:
    """The arms of one measured thing: its lines grouped by the point of the design."""
    one, two = cells_as_group(pair.a, of_a), cells_as_group(pair.b, of_b)
    laid = sides.compared.pairs.pair(one, two)
    places_a, places_b = ({id_: place for place, id_ in group.pairs()} for group in (one, two))
    found: dict[Point, _Arm] = {}
    for place, id_a, id_b in laid.nodes:
        lost = [p for p in places_a.get(id_a, ()) if p[0] in laid.lost]
        point = (*_design_point(place, sides.repeated), *_design_point(lost, sides.a.repeated.axes))
        arm = found.setdefault(point, _Arm())
        seed_a = dict(places_a.get(id_a, ())).get(sides.a.repeated.unit, "")
        seed_b = dict(place).get(sides.b.repeated.unit, "")
        if sides.same_seeds or not (seed_a and seed_b):  # without seeds it is the same in each
            arm.lines.append((seed_b or seed_a, id_a, id_b))
        else:
            arm.only_a[seed_a] = None
            arm.only_b[seed_b] = None
    strays = _strays(found, [places_a.get(i, ()) for i in laid.gone], sides.a, "a")
    unmet = [_alone(pair.a.name, of_a, point, "a") for point in strays]
    strays = _strays(found, [places_b.get(i, ()) for i in laid.new], sides.b, "b")
    unmet += [_alone(pair.b.name, of_b, point, sides.label) for point in strays]
    varied = ((("a", laid.lost)), (sides.label, laid.gained))
    notes = tuple(f"only {side} varies over {listed(axes)}" for side, axes in varied if axes)
    return _Arms([_pair(pair.b, of_b, point, arm, notes) for point, arm in found.items()], unmet)


def _pair(table: MeasureTable, of: str, point: Point, arm: _Arm, notes: tuple[str, ...]) -> ArmPair:
    seeds = tuple(arm.only_a), tuple(arm.only_b)
    return ArmPair(table.name, table.op, table.on, of, dict(point), tuple(arm.lines), *seeds, notes)


def _design_point(place: Iterable[tuple[str, str]], repeated: Collection[str]) -> Point:
    return tuple((axis, name) for axis, name in place if axis not in repeated)


def _strays(
    found: Mapping[Point, _Arm], places: Iterable[Point], source: Source, side: str
) -> list[Point]:
    """Points that only one side has; seeds that only it has are noted with their arm."""
    points: dict[Point, None] = {}
    for place in places:
        point = _design_point(place, source.repeated.axes)
        seed = dict(place).get(source.repeated.unit, "")
        arm = found.get(point)
        if arm is None:
            points[point] = None
        else:
            (arm.only_a if side == "a" else arm.only_b)[seed] = None
    return list(points)


def _alone(measure: str, of: str, point: Point, side: str) -> Unmet:
    return Unmet(f"{measure} of {arm_text(of, dict(point), measure)}", f"only in {side}")
