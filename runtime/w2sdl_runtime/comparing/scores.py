"""What an arm scores, as arrays over seeds and rows, and its values without each of them.

Whatever is computed from two arms' leave-one-out values (a difference) gets an interval that respects
the pairing of seeds and rows: see `w2sdl_runtime.stats.leave_out`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from w2sdl_runtime.comparing.rows import Flags, Numbers, RowTable, places, spread
from w2sdl_runtime.stats.leave_out import LeftOut, combine, group_sums, groups_of
from w2sdl_runtime.stats.ratios import NO_GAP
from w2sdl_runtime.values import Metric

ROLES = ("weak", "student", "ceiling")

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
    def falling(self) -> bool:
        """Whether a recovered gap is one of scores that are to fall (ratings of what is unwanted)."""
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
    match scores.form:
        case "ratio":
            return combine(recovered, *_roles_left_out(scores))
        case "mean":
            return _mean_left_out(scores.values[0], scores.counted[0], scores.units)
        case "given":
            return _given_left_out(scores)
        case _:
            none = np.empty((scores.seeds, 0))
            return LeftOut.of_seeds(_by_unit(scores.known, scores.units), None, none, 0)


def _mean_left_out(values: Numbers, counted: Numbers, units: Sequence[str]) -> LeftOut:
    """The mean over seeds of ratios of sums (lines x rows)."""
    rows = values.shape[1]
    above, places = values * counted, groups_of(rows)
    sums, counts = above.sum(axis=1, keepdims=True), counted.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        by_line = (sums / counts)[:, 0]
        without_row = (sums - above) / (counts - counted)
        without_group = (sums - group_sums(above, places)) / (counts - group_sums(counted, places))
    return _over_seeds(by_line, without_row, without_group, units)


def _given_left_out(scores: Scores) -> LeftOut:
    """From stored values without each row; those without a group add up, exactly so for a mean."""
    without, known = scores.values[0], scores.known[:, None]
    rows = without.shape[1]
    places = groups_of(rows)
    sizes = group_sums(np.ones(rows), places)
    without_group = known + group_sums(without - known, places) * (rows - 1) / (rows - sizes)
    return _over_seeds(scores.known, without, without_group, scores.units)


def _over_seeds(
    by_line: Numbers, without_row: Numbers, without_group: Numbers, units: Sequence[str]
) -> LeftOut:
    parts = [_by_unit(one, units) for one in (by_line, without_row, without_group)]
    return LeftOut.of_seeds(parts[0], parts[1], parts[2], without_row.shape[1])


def _by_unit(by_line: Numbers, units: Sequence[str]) -> Numbers:
    """Lines (the first dimension) of one seed, its members, averaged."""
    names = list(dict.fromkeys(units))
    if len(names) == len(units):
        return by_line
    mine = np.asarray([names.index(unit) for unit in units])
    return np.stack([by_line[mine == place].mean(axis=0) for place in range(len(names))])


def _roles_left_out(scores: Scores) -> list[LeftOut]:
    """The scores of weak, student and ceiling: they are averaged first, never the ratios."""
    from w2sdl_runtime.measuring.recovery_scores import SCORES, scores_left_out

    signed = -scores.values if scores.falling else scores.values
    name = str(scores.facts.get("metric", ""))
    if name in SCORES and scores.gold is not None:
        places = groups_of(signed.shape[2])
        return scores_left_out(name, signed, scores.gold, places, int(places.max()) + 1)
    return [_mean_left_out(role, scores.counted[0], scores.units) for role in signed]


def recovered(weak: Numbers, student: Numbers, ceiling: Numbers) -> Numbers:
    """PGR, element by element (Burns et al., 2023); NaN where there is no gap."""
    gap = ceiling - weak
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Numbers = np.where(gap > NO_GAP, np.divide(student - weak, gap), np.nan)
    return found


def difference(a: LeftOut, b: LeftOut) -> LeftOut:
    """B minus A in every sample. What only one of them covers is not covered."""
    names = ("seeds", "rows", "groups", "both")
    arrays = {
        name: getattr(b, name) - getattr(a, name)
        if getattr(a, name).shape == getattr(b, name).shape
        else np.empty(0)
        for name in names
    }
    return LeftOut(b.full - a.full, **arrays, row_count=min(a.row_count, b.row_count))


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
