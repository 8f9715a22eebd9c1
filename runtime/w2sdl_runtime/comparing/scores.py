"""What an arm scores, as arrays over seeds and rows, and its values without each of them.

Whatever is computed from two arms' leave-one-out values (a difference) gets an interval that respects
the pairing of seeds and rows: see `w2sdl_runtime.stats.leave_out`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from w2sdl_runtime.comparing.rows import Flags, Numbers, RowTable, places, spread
from w2sdl_runtime.stats.leave_out import LeftOut, group_sums
from w2sdl_runtime.values import Metric

ROLES = ("weak", "student", "ceiling")
#: A gap below this is rounding.
NO_GAP = 1e-12

#: How a number comes from its rows: their mean; a recovered gap of three means; its values without
#: each row are given; nothing is known of rows.
Form = Literal["mean", "ratio", "given", "bare"]


@dataclass(frozen=True, slots=True)
class Scores:
    """One arm over the lines (seeds, members) and rows that both arms have.

    ``values`` and ``counted`` are parts x lines x rows, parts being one, or the roles of a recovered
    gap; rows that don't count have score 0. ``known`` are the lines' numbers as they were measured.
    """

    form: Form
    units: tuple[str, ...]
    values: Numbers
    counted: Numbers
    known: Numbers
    facts: Mapping[str, Any]
    gold: Flags | None = None

    @property
    def lower_is_better(self) -> bool:
        return self.facts.get("better") == "lower"

    @property
    def seeds(self) -> int:
        return len(set(self.units))


def form_of(metric: Metric, tables: Sequence[RowTable]) -> Form:
    """How the value of a metric comes from its rows, as far as they tell."""
    if not tables:
        return "bare"
    if all(tables[0].has(role) for role in ROLES):
        return "ratio"
    if tables[0].has(str(metric.facts.get("left_out", ""))):
        return "given"
    return "mean" if tables[0].has(str(metric.facts.get("score", ""))) else "bare"


def line_scores(form: Form, metric: Metric, table: RowTable, space: Any) -> tuple[Numbers, Numbers]:
    """The scores of one line over a space (parts x rows), and which rows enter."""
    where = places(table.ids, space)
    present = (where >= 0).astype(np.float64)
    if form == "ratio":
        return np.stack([spread(table.column(role), where) for role in ROLES]), present
    name = str(metric.facts["left_out" if form == "given" else "score"])
    among = str(metric.facts.get("among", ""))
    if among and form == "mean":
        present = spread(table.column(among), where)
    return spread(table.column(name), where)[None], present


def left_out(scores: Scores) -> LeftOut:
    """An arm's number, and without each seed and row: the mean of its seeds, or its recovered gap."""
    if scores.form == "bare":
        return _of_means(scores.known[None, :, None], scores, np.empty((1, 0, 0)), _first)
    if scores.form == "given":
        by_line = np.concatenate([scores.known[:, None], scores.values[0]], axis=1)
        return _of_means(by_line[None], scores, np.empty((1, 0, 0)), _first)
    if scores.form == "ratio":
        return _of_ratio(scores)
    return _of_sums(scores.values, scores.counted, scores, _first)


def _of_sums(
    values: Numbers, counted: Numbers, scores: Scores, final: Callable[[Numbers], Numbers]
) -> LeftOut:
    """Ratios of sums in every line, whole and without each row and group of rows."""
    above = values * counted
    sums, counts = above.sum(axis=-1, keepdims=True), counted.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        by_line = np.concatenate([sums / counts, (sums - above) / (counts - counted)], axis=-1)
        groups = (sums - group_sums(above)) / (
            counts - group_sums(np.broadcast_to(counted, above.shape))
        )
    return _of_means(by_line, scores, groups, final)


def _of_means(
    by_line: Numbers, scores: Scores, groups: Numbers, final: Callable[[Numbers], Numbers]
) -> LeftOut:
    """Means over lines of what each line is (parts x lines x samples), made a number at the end."""
    whole, rows = _by_unit(by_line, scores.units), by_line.shape[-1] - 1
    seeds = whole.shape[1]
    mean = final(whole.mean(axis=1))
    usable = seeds > 1 and rows > 1 and groups.size
    grouped = _by_unit(groups, scores.units) if usable else groups
    none = np.empty(0)
    return LeftOut(
        float(mean[0]),
        final(_without_each_seed(whole[..., 0])) if seeds > 1 else none,
        mean[1:] if rows > 1 else none,
        final(grouped.mean(axis=1)) if usable else none,
        final(_without_each_seed(grouped)) if usable else none,
    )


def _by_unit(by_line: Numbers, units: Sequence[str]) -> Numbers:
    """Lines of one seed (its members) averaged."""
    names = list(dict.fromkeys(units))
    if len(names) == len(units):
        return by_line
    mine = np.asarray([names.index(unit) for unit in units])
    return np.stack([by_line[:, mine == place].mean(axis=1) for place in range(len(names))], axis=1)


def _without_each_seed(by_unit: Numbers) -> Numbers:
    """Means over seeds (the second dimension) without each of them."""
    seeds = by_unit.shape[1]
    found: Numbers = (by_unit.sum(axis=1, keepdims=True) - by_unit) / (seeds - 1)
    return found


def _first(parts: Numbers) -> Numbers:
    found: Numbers = parts[0]
    return found


def _of_ratio(scores: Scores) -> LeftOut:
    """PGR from the rows of weak, student and ceiling: accuracies are averaged first, never ratios."""
    from w2sdl_runtime.measuring.recovery_scores import SCORES, scores_without

    signed = -scores.values if scores.lower_is_better else scores.values
    name = str(scores.facts.get("metric", ""))
    if name not in SCORES or scores.gold is None:
        return _of_sums(signed, scores.counted, scores, recovered)
    by_seed, by_row = scores_without(name, signed, scores.gold)
    rows = np.empty(0) if by_row is None else recovered(by_row)
    seeds = recovered(_without_each_seed(by_seed)) if scores.seeds > 1 else np.empty(0)
    return LeftOut(float(recovered(by_seed.mean(axis=1)[:, None])[0]), seeds, rows)


def recovered(by_role: Numbers) -> Numbers:
    """PGR of (weak, student, ceiling) x anything; NaN where there is no gap (Burns et al., 2023)."""
    weak, student, ceiling = by_role
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Numbers = np.where(
            ceiling - weak > NO_GAP, (student - weak) / (ceiling - weak), np.nan
        )
    return found


def difference(a: LeftOut, b: LeftOut) -> LeftOut:
    """B minus A in every sample; what only one of them covers is not covered."""

    def less(one: Numbers, two: Numbers) -> Numbers:
        return two - one if one.shape == two.shape else np.empty(0)

    return LeftOut(
        b.full - a.full,
        less(a.seeds, b.seeds),
        less(a.rows, b.rows),
        less(a.groups, b.groups),
        less(a.both, b.both),
    )


def number_of_lines(scores: Scores) -> Numbers:
    """The number of each line on its own, on the shared rows; NaN where it is undefined."""
    if scores.form in ("bare", "given"):
        return scores.known
    lines = range(len(scores.units))
    return np.asarray([left_out(_only(scores, line)).full for line in lines])


def _only(scores: Scores, line: int) -> Scores:
    one = slice(line, line + 1)
    return replace(
        scores,
        units=scores.units[one],
        values=scores.values[:, one],
        counted=scores.counted[:, one],
        known=scores.known[one],
    )
