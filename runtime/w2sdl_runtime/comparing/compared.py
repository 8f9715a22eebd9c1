"""Two arms to a difference: paired over shared seeds and rows, tested, with its size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from w2sdl_runtime.comparing.arms import Aligned, ArmPair
from w2sdl_runtime.comparing.flips import Flips, flips_of
from w2sdl_runtime.comparing.laying import Laid, RowCounts, lay
from w2sdl_runtime.comparing.scores import Scores, difference, left_out, number_of_lines
from w2sdl_runtime.report.results import Missing
from w2sdl_runtime.stats.effects import Effect, cohens_h, standardised_difference
from w2sdl_runtime.stats.intervals import Interval
from w2sdl_runtime.stats.leave_out import LeftOut, jackknife, t_test, variances
from w2sdl_runtime.stats.paired import Test, mcnemar, paired_permutation
from w2sdl_runtime.stats.power import needed, rows_needed

#: As of expectations: nothing is decided by a ratio over nearly nothing.
_UNSTABLE = Test(None, "none", "an unstable ratio decides nothing")


@dataclass(frozen=True, slots=True)
class OneSeed:
    """A seed of both arms: its numbers on shared rows, and McNemar's test where rows are right or wrong."""

    seed: str
    a: float
    b: float
    only_a: int | None = None
    only_b: int | None = None
    test: Test | None = None


@dataclass(frozen=True)
class Difference:
    """B minus A of one measured number at one point, over the rows and seeds that both have.

    ``delta`` is None where either is undefined or missing; ``notes`` say why. ``same`` means that both
    are one result of the store: nothing was compared. ``adjusted`` is p by Holm over the whole table.
    """

    measure: str
    op: str
    on: str
    of: str
    point: Mapping[str, str]
    a: float | None
    b: float | None
    delta: Interval | None = None
    test: Test | None = None
    adjusted: float | None = None
    effect: Effect | None = None
    needed: str = ""
    rows: RowCounts = field(default_factory=RowCounts)
    seeds: tuple[OneSeed, ...] = ()
    only_a: tuple[str, ...] = ()
    only_b: tuple[str, ...] = ()
    unit: str = ""  #: "share" is shown in per cent
    better: str = ""  #: "higher" or "lower"; "" where neither side is good
    same: bool = False
    missing: bool = False  #: whether a run lacks some of the numbers
    notes: tuple[str, ...] = ()
    flips: Flips | None = field(default=None, repr=False)

    @property
    def told_apart(self) -> bool:
        """Whether chance is ruled out at 5 % over all comparisons of the table."""
        return self.adjusted is not None and self.adjusted < 0.05

    @property
    def verdict(self) -> str:
        """What B is: ``same``, ``undefined``, ``undecided``, ``better`` or ``worse``.

        Of a metric without a good side, ``higher`` or ``lower`` in place of these two.
        """
        if self.same:
            return "same"
        if self.delta is None:
            return "undefined"
        if not self.told_apart:
            return "undecided"
        way = "higher" if self.delta.value > 0 else "lower"
        if not self.better:
            return way
        return "better" if way == self.better else "worse"


def compare_pair(pair: ArmPair, aligned: Aligned, per_seed: bool = False) -> Difference:
    """The difference of two arms.

    Args:
        pair: which nodes answer to each other.
        aligned: the two sides.
        per_seed: whether flips are those of each seed, not of the majority of seeds.
    """
    laid = lay(pair, aligned)
    bare = _bare(pair, aligned, laid)
    if laid.a is None or laid.b is None:
        return bare
    one, two = left_out(laid.a), left_out(laid.b)
    apart = difference(one, two)
    found = replace(
        bare,
        a=_finite(one.full),
        b=_finite(two.full),
        seeds=_each_seed(laid.a, laid.b),
        unit=str(laid.b.facts.get("unit", "")),
        same=_one_result(pair, aligned),
        flips=flips_of(laid, laid.a, laid.b, per_seed),
    )
    if not np.isfinite(apart.full):
        return found
    judged = _judged(found, laid.a, laid.b, apart)
    return replace(judged, test=_UNSTABLE, needed="") if laid.read.unstable else judged


def _bare(pair: ArmPair, aligned: Aligned, laid: Laid) -> Difference:
    """What is known before the two sides are set against each other."""
    read = laid.read
    a, b = (_alone(pair, aligned, side) for side in (0, 1))
    return Difference(
        pair.measure,
        pair.op,
        pair.on,
        pair.of,
        pair.point,
        a,
        b,
        rows=laid.counts,
        only_a=read.only_a,
        only_b=read.only_b,
        better=aligned.b.better.get(pair.op, ""),
        missing=read.missing,
        notes=(*read.notes, *filter(None, (laid.why,))),
    )


def _judged(found: Difference, a: Scores, b: Scores, apart: LeftOut) -> Difference:
    """With interval, test, effect size, and what it would take to decide."""
    delta = jackknife(apart)
    wanted = "" if delta.excludes_zero or found.same else _needed(a, b, apart)
    return replace(found, delta=delta, test=_test(a, b, apart), effect=_effect(a, b), needed=wanted)


def _test(a: Scores, b: Scores, apart: LeftOut) -> Test:
    """McNemar or sign flips of rows for one seed; for several the test that covers seeds and rows."""
    if len(a.units) > 1 or a.form != "mean":
        return t_test(apart)
    if _binary(a) and _binary(b) and _counts_alike(a, b):
        return mcnemar(*_discordant(a, b, 0))
    if _counts_alike(a, b):
        rows = a.counted[0, 0] > 0
        return paired_permutation((b.values - a.values)[0, 0, rows])
    return t_test(apart)


def _binary(scores: Scores) -> bool:
    return scores.form == "mean" and bool(((scores.values == 0) | (scores.values == 1)).all())


def _counts_alike(a: Scores, b: Scores) -> bool:
    """Whether the same rows enter on both sides (not so where an arm abstains on rows of its own)."""
    return bool(np.array_equal(a.counted, b.counted))


def _discordant(a: Scores, b: Scores, line: int) -> tuple[int, int]:
    """How many rows only A has right, and only B."""
    right_a, right_b = ((s.values * s.counted)[0, line] > 0 for s in (a, b))
    return int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())


def _effect(a: Scores, b: Scores) -> Effect | None:
    """Cohen's h of two shares of rows; else the mean paired difference over its spread."""
    if a.form != "mean" or not _counts_alike(a, b):
        return None
    if _binary(a) and _binary(b):
        one, two = (float(np.mean(number_of_lines(s))) for s in (a, b))
        return Effect(cohens_h(min(1.0, two), min(1.0, one)), "h")
    rows = (a.counted[0] > 0).all(axis=0)
    return standardised_difference((b.values - a.values)[0][:, rows].mean(axis=0))


def _needed(a: Scores, b: Scores, apart: LeftOut) -> str:
    parts = variances(apart)
    if parts is None:
        return ""
    if len(a.units) == 1 and _binary(a) and _binary(b) and _counts_alike(a, b):
        only_a, only_b = _discordant(a, b, 0)
        return rows_needed(only_b, only_a, int(a.counted[0, 0].sum())).words
    return needed(apart.full, parts, seeds=a.seeds, rows=apart.row_count).words


def _each_seed(a: Scores, b: Scores) -> tuple[OneSeed, ...]:
    ones, twos = number_of_lines(a), number_of_lines(b)
    binary = _binary(a) and _binary(b) and _counts_alike(a, b)
    found = []
    for line, unit in enumerate(a.units):
        both = _discordant(a, b, line) if binary else None
        tested = (*both, mcnemar(*both)) if both else ()
        found.append(OneSeed(unit, float(ones[line]), float(twos[line]), *tested))
    return tuple(found)


def _one_result(pair: ArmPair, aligned: Aligned) -> bool:
    """Whether every number of both is one object of the store."""
    digests = [(aligned.a.digest(x), aligned.b.digest(y)) for _, x, y in pair.lines]
    return not (pair.only_a or pair.only_b) and all(x and x == y for x, y in digests)


def _alone(pair: ArmPair, aligned: Aligned, side: int) -> float | None:
    """The mean of one side's own numbers, where they are all there and no difference can be formed."""
    source = (aligned.a, aligned.b)[side]
    metrics = [source.results.metric(line[1 + side]) for line in pair.lines]
    values = [None if isinstance(m, Missing) else m.value for m in metrics]
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known and len(known) == len(values) else None


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
