"""Two arms laid on one space of rows: those that both have, with the same text and the same gold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from w2sdl_runtime.comparing.arms import Aligned, ArmPair
from w2sdl_runtime.comparing.reading import ReadLine, ReadPair, read_pair
from w2sdl_runtime.comparing.rows import (
    Flags,
    RowTable,
    each_once,
    numbers,
    places,
    space_of,
    spread,
)
from w2sdl_runtime.comparing.scores import Form, Scores, form_of, line_scores
from w2sdl_runtime.comparing.texts import ItemsOf, same_texts
from w2sdl_runtime.values import Metric

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Rows by what became of them; a row that several seeds have counts once."""

    shared: int = 0
    only_a: int = 0
    only_b: int = 0
    other_text: int = 0  #: the same id, another text
    other_gold: int = 0  #: the same id, another gold label


@dataclass(frozen=True)
class OnRows:
    """What both arms were measured on: the ids, and which of them both share in each line."""

    space: pa.Array
    shared: Flags  #: lines x rows
    lines: tuple[ReadLine, ...]
    items: tuple[ItemsOf, ItemsOf]

    def judged(self, candidates: pa.Array) -> Flags:
        """Of some rows by their candidates, whether their label says if the candidate is right.

        A text without a candidate has a class of its own, and labels that take the place of gold
        (``against:``) may say anything.
        """
        import pyarrow.compute as pc

        if any(items.against for items in self.items):
            return np.zeros(len(candidates), dtype=np.bool_)
        found: Flags = numbers(pc.utf8_length(pc.fill_null(candidates, ""))) > 0
        return found


@dataclass(frozen=True)
class Laid:
    """Two arms on what they share; ``a`` and ``b`` are None where there is nothing to compare."""

    read: ReadPair
    a: Scores | None = None
    b: Scores | None = None
    counts: RowCounts = RowCounts()
    on: OnRows | None = None
    why: str = ""  #: why rows are not paired


def lay(pair: ArmPair, aligned: Aligned) -> Laid:
    """Read both arms and restrict them to the seeds and rows that both have."""
    read = read_pair(pair, aligned)
    if not read.lines:
        return Laid(read)
    forms = {_form(line) for line in read.lines}
    if len(forms) > 1 or forms == {"bare"}:
        return _without_rows(read, "its rows can't be paired")
    form = forms.pop()
    _, node_a, node_b = pair.lines[0]
    items = (ItemsOf(aligned.a, node_a), ItemsOf(aligned.b, node_b))
    lines = read.lines if form == "ratio" else tuple(line for line in read.lines if _defined(line))
    if not lines:
        return Laid(read)
    if not each_once([table for line in lines if line.rows for table in line.rows]):
        return _without_rows(read, "its rows hold an item more than once, so they can't be paired")
    on, counts = _on_rows(lines, items)
    if not counts.shared:
        return Laid(read, counts=counts, why="no row is in both")
    if not _can_be_formed_again(form, on, counts):
        return _without_rows(read, "it can't be formed again from some of its rows", counts)
    return Laid(read, _scores(form, on, 0), _scores(form, on, 1), counts, on)


def _can_be_formed_again(form: Form, on: OnRows, counts: RowCounts) -> bool:
    """Whether the shared rows tell the number: sums and their ratios do, rankings only of all rows."""
    from w2sdl_runtime.measuring.recovery_scores import SCORES

    if form == "given":
        return counts == RowCounts(counts.shared) and bool(on.shared.all())
    ranked = form == "ratio" and on.lines[0].a.facts.get("metric") in SCORES
    return not ranked or bool(on.shared.all())


def _form(line: ReadLine) -> Form:
    if line.rows is None:
        return "bare"
    one, two = form_of(line.a, [line.rows[0]]), form_of(line.b, [line.rows[1]])
    return one if one == two else "bare"


def _defined(line: ReadLine) -> bool:
    return line.a.value is not None and line.b.value is not None


def _without_rows(read: ReadPair, why: str, counts: RowCounts = RowCounts()) -> Laid:
    lines = [line for line in read.lines if _defined(line)]
    if not lines:
        return Laid(read, counts=counts, why=why)
    units, none = tuple(line.unit for line in lines), np.empty((1, len(lines), 0))
    a, b = (
        Scores("bare", units, none, none, _known(metrics), metrics[0].facts)
        for metrics in ([line.a for line in lines], [line.b for line in lines])
    )
    return Laid(read, a, b, counts, why=why)


def _known(metrics: Sequence[Metric]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray([np.nan if m.value is None else m.value for m in metrics], dtype=np.float64)


def _on_rows(
    lines: tuple[ReadLine, ...], items: tuple[ItemsOf, ItemsOf]
) -> tuple[OnRows, RowCounts]:
    tables = [line.rows for line in lines if line.rows is not None]
    space = space_of([table for both in tables for table in both])
    present = np.asarray([[places(one.ids, space) >= 0 for one in both] for both in tables])
    same_text = same_texts(*items, space)
    same_gold = np.stack([_same_gold(both, space) for both in tables])
    both = present[:, 0] & present[:, 1]
    shared = both & same_text & same_gold
    ever_a, ever_b = present[:, 0].any(axis=0), present[:, 1].any(axis=0)
    counts = RowCounts(
        shared=int(shared.any(axis=0).sum()),
        only_a=int((ever_a & ~ever_b).sum()),
        only_b=int((ever_b & ~ever_a).sum()),
        other_text=int((both & ~same_text).any(axis=0).sum()),
        other_gold=int((both & same_text & ~same_gold).any(axis=0).sum()),
    )
    kept = shared.any(axis=0)
    if not kept.all():
        import pyarrow as pa

        space, shared = space.filter(pa.array(kept)), shared[:, kept]
    return OnRows(space, shared, lines, items), counts


def _same_gold(tables: tuple[RowTable, RowTable], space: pa.Array) -> Flags:
    """Of each row that both have, whether both were measured against the same gold label."""
    import pyarrow.compute as pc

    same = np.ones(len(space), dtype=np.bool_)
    if not all(table.has("gold") for table in tables):
        return same
    at = [places(table.ids, space) for table in tables]
    both = np.flatnonzero((at[0] >= 0) & (at[1] >= 0))
    one, two = (
        table.texts("gold").take(where[both]) for table, where in zip(tables, at, strict=True)
    )
    same[both] = numbers(pc.equal(one, two)) == 1
    return same


def _scores(form: Form, on: OnRows, side: int) -> Scores:
    metrics = [(line.a, line.b)[side] for line in on.lines]
    tables = [line.rows[side] for line in on.lines if line.rows is not None]
    found = [line_scores(form, m, t, on.space) for m, t in zip(metrics, tables, strict=True)]
    counted = np.stack([count for _, count in found]) * on.shared
    ranked = form == "ratio" and tables[0].has("gold")  # right or wrong: no words are ranked
    gold = tables[0].column("gold") if ranked else None
    return Scores(
        form,
        tuple(line.unit for line in on.lines),
        np.stack([values for values, _ in found], axis=1),
        counted[None],
        _known(metrics),
        metrics[0].facts,
        None if gold is None else spread(gold, places(tables[0].ids, on.space)) > 0,
    )
