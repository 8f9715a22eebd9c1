"""What the changes mean together, in one sentence.

same          nothing differs, or only names, comments and how it is run
claims        only what is expected or excused differs
unread        what differs, no measure reads
draw          the same question, another draw
controlled    one factor differs, all else equal
confounded    several factors differ, or a factor and the sampling
partial       the measurement differs in some measures: the others can be compared
incomparable  the measurement differs in all
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from w2sdl.diff.changes import Change, ChangeClass, Form, Subject, Verdict
from w2sdl.diff.values import NOT_GIVEN
from w2sdl.diff.words import abbreviated, counted, listed, shortened

_SENTENCE = 240  #: characters of a change in the sentence
_FEW = 2  #: changes of one thing that the sentence spells out


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The changes by what they do to a comparison."""

    factors: dict[str, list[Change]]  #: by unit
    sampling: list[Change]
    measurement: list[Change]  #: after which numbers can't be compared
    measures: list[Change]  #: only more or fewer things are measured
    claims: list[Change]
    unread: list[Change]
    light: list[Change]


def judge(changes: Sequence[Change], shared: Sequence[str]) -> Verdict:
    """The verdict over all changes; ``shared`` are the measures that both designs have, by B's names."""
    found = _sorted(changes)
    hit = [name for name in shared if any(name in c.affects for c in found.measurement)]
    left = [name for name in shared if name not in hit]
    kind, text = _heart(changes, found, hit, left)
    more = _and_also(found, kind)
    return Verdict(kind, "; ".join([text, *more]), tuple(found.factors))


def _sorted(changes: Sequence[Change]) -> _Sorted:
    found = _Sorted({}, [], [], [], [], [], [])
    for change in changes:
        if change.kind in (ChangeClass.COSMETIC, ChangeClass.OPERATIONAL):
            found.light.append(change)
        elif change.kind is ChangeClass.CLAIM:
            found.claims.append(change)
        elif _is_more_or_less(change):
            found.measures.append(change)
        elif change.unread:
            found.unread.append(change)
        elif change.kind is ChangeClass.FACTOR:
            found.factors.setdefault(change.unit, []).append(change)
        elif change.kind is ChangeClass.SAMPLING:
            found.sampling.append(change)
        else:
            found.measurement.append(change)
    return found


def _is_more_or_less(change: Change) -> bool:
    """A measure, or a measured thing, that is there or not: the others are as they were."""
    whole = change.subject is Subject.MEASURE and change.what in ("", "of")
    return whole and change.form in (Form.ADDED, Form.REMOVED)


def _heart(
    changes: Sequence[Change], found: _Sorted, hit: Sequence[str], left: Sequence[str]
) -> tuple[str, str]:
    factors, measurement = found.factors, found.measurement
    if not (hit or left) and found.measures:
        return "incomparable", "nothing is measured in both: there are no results to compare"
    if measurement and not left:
        if factors:
            both = f"{counted(len(factors), 'factor')} and the measurement differ"
        else:
            both = f"the measurement differs, {_all_short(measurement)}"
        return "incomparable", f"{both}: results are not comparable"
    if not measurement:
        return _unmeasured(found)
    names, rest = (listed(f"`{name}`" for name in some) for some in (hit, left))
    elsewhere = _sorted([c for c in changes if set(c.affects) & set(left)])
    there = "nothing else differs"
    if elsewhere.factors or elsewhere.sampling:
        there = _unmeasured(elsewhere)[1]
    return "partial", (
        f"the measurement of {names} differs, {_all_short(measurement)}: compare only {rest}; {there}"
    )


def _unmeasured(found: _Sorted) -> tuple[str, str]:
    """What the factors and the sampling say, the measurement being the same."""
    factors, sampling = found.factors, found.sampling
    draws = _all_short(sampling)
    if len(factors) > 1:
        also = f"; the sampling too, {draws}" if sampling else ""
        return "confounded", (
            f"{counted(len(factors), 'factor')} differ, {_factors_short(factors)}{also}: "
            "not a controlled comparison"
        )
    if factors and sampling:
        return _one_and_sampling(factors, sampling, draws)
    if factors:
        return "controlled", (
            f"one factor differs, {_factors_short(factors)}; all else equal: a controlled comparison"
        )
    if sampling:
        return "draw", f"only the sampling differs, {draws}: the same question, another draw"
    return _nothing_measured(found)


def _one_and_sampling(
    factors: dict[str, list[Change]], sampling: Sequence[Change], draws: str
) -> tuple[str, str]:
    text = f"one factor differs, {_factors_short(factors)}"
    if all(change.subject is Subject.AXIS and _keeps_points(change) for change in sampling):
        return "controlled", (
            f"{text}, and {draws}: a controlled comparison at the points that both have"
        )
    return "confounded", f"{text}, and the sampling, {draws}: not a controlled comparison"


def _keeps_points(change: Change) -> bool:
    """Whether some points of the axis stay: these can be compared as they are."""
    return change.what == "points" and change.form in (Form.ADDED, Form.REMOVED)


def _nothing_measured(found: _Sorted) -> tuple[str, str]:
    if found.unread:
        return "unread", (
            f"only what no measure reads differs, {_all_short(found.unread)}: "
            "measured results are the same"
        )
    if found.claims:
        what = _claimed(found.claims)
        return "claims", f"only what is {what} differs: the same design, the same results"
    if found.measures:
        return "same", "what both measure is the same"
    if not found.light:
        return "same", "nothing differs: the same design"
    if any(change.kind is ChangeClass.OPERATIONAL for change in found.light):
        return "same", "nothing differs in meaning, only how it is run: the same design"
    return "same", "nothing differs in meaning, only names and wording: the same design"


def _and_also(found: _Sorted, kind: str) -> list[str]:
    """What stands beside the heart of the matter."""
    more = []
    for form, who in ((Form.ADDED, "b"), (Form.REMOVED, "a")):
        names = [_measured_thing(c) for c in found.measures if c.form is form]
        if names:
            more.append(f"only {who} measures {listed(names)}")
    if found.claims and kind != "claims":
        more.append(f"what is {_claimed(found.claims)} differs too")
    if found.unread and kind != "unread":
        more.append(f"no measure reads {listed(_name(c) for c in found.unread)}, which differs too")
    return more


def _claimed(claims: Sequence[Change]) -> str:
    """``expected``, ``excused``, or several of these."""
    known = {Subject.WAIVER: "excused", Subject.BASELINE: "taken as baseline"}
    words = (known.get(change.subject, "expected") for change in claims)
    return " and ".join(sorted(set(words), reverse=True))


def _measured_thing(change: Change) -> str:
    return f"`{change.where[0]}`" if not change.what else f"{change.old or change.new}"


def _name(change: Change) -> str:
    return f"`{'.'.join(filter(None, (change.where[0], change.what)))}`"


def _factors_short(factors: dict[str, list[Change]]) -> str:
    """Up to three with what changed; of more only the names."""
    if len(factors) > 3:
        return listed(factors)
    return listed(_all_short(changes) for changes in factors.values())


def _all_short(changes: Iterable[Change]) -> str:
    """Changes in a few words; of a thing that changed in many ways only the name and how many."""
    units: dict[str, list[Change]] = {}
    for change in changes:
        units.setdefault(change.unit, []).append(change)
    texts = [text for unit in units.values() for text in _unit_short(unit)]
    return shortened(", ".join(dict.fromkeys(texts)), _SENTENCE)


def _unit_short(changes: Sequence[Change]) -> list[str]:
    if len(changes) <= _FEW:
        return [short(change) for change in changes]
    heads = {change.what.split(".")[0] for change in changes}
    unit = changes[0].unit
    head = heads.pop() if len(heads) == 1 else ""
    if head and not unit.endswith(f".{head}") and not unit.startswith(f"{head} of "):
        unit = f"{unit}.{head}"
    return [f"{unit} ({counted(len(changes), 'value')})"]


def short(change: Change) -> str:
    """A change in a few words: ``S'.loss xent() → logconf(alpha: 0.5)``."""
    names = listed(change.where)
    several = len(change.where) > 1
    place = names if several or not change.what else f"{names}.{change.what}"
    if change.subject is Subject.AXIS:
        return _short_axis(change)
    head = f"{change.what} " if several and change.what else f"{place} "
    tail = f" in {names}" if several and change.what else ""
    only = f" (only where {change.points})" if change.points else ""
    return f"{head}{_from_to(change)}{tail}{only}"


def _from_to(change: Change) -> str:
    old, new = abbreviated(change.old, change.new)
    if change.form is Form.ADDED and change.old in ("", NOT_GIVEN):
        return f"added: {new}"
    if change.form is Form.REMOVED and change.new in ("", NOT_GIVEN):
        return f"removed: {old}"
    return f"{old} → {new}"


def _short_axis(change: Change) -> str:
    name = change.where[0]
    if change.what != "points":
        verb = {Form.ADDED: "added", Form.REMOVED: "removed"}.get(change.form, "changed")
        return f"axis {name} {verb}: {change.new or change.old}"
    match change.form:
        case Form.ADDED:
            return f"{name} gains {change.new}"
        case Form.REMOVED:
            return f"{name} loses {change.old}"
        case _:
            return f"{name} {change.old} → {change.new}"
