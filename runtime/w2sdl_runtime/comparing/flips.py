"""Rows that one arm has right and the other wrong, the surest first, with the text that was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from w2sdl_runtime.comparing.laying import Laid, OnRows
from w2sdl_runtime.comparing.rows import Flags, Numbers, places, spread
from w2sdl_runtime.comparing.scores import Scores
from w2sdl_runtime.comparing.texts import ItemsOf

Places = NDArray[np.int64]

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Flips:
    """Flips of two arms, as places in a space of rows, surest first.

    ``lost`` says which are right in A and wrong in B; the others are the other way round. ``seed`` is
    the line of each, or -1 for the majority of ``seeds`` seeds. Probabilities are means over these
    seeds, NaN where the rows have none.
    """

    on: OnRows
    score: str
    seeds: tuple[str, ...]
    row: Places
    seed: Places
    lost: NDArray[np.bool_]
    a: Numbers  #: probability in A
    b: Numbers
    right: tuple[NDArray[np.bool_], NDArray[np.bool_]]  #: of A and of B: lines x rows

    @property
    def counts(self) -> tuple[int, int]:
        """How many were lost, and how many gained."""
        lost = int(self.lost.sum())
        return lost, len(self.lost) - lost

    @property
    def how(self) -> str:
        """Over which seeds a row is right or wrong."""
        if len(self.seeds) == 1:
            return "one seed" if not self.seeds[0] else f"seed {self.seeds[0]}"
        by_majority = len(self.seed) == 0 or bool((self.seed < 0).all())
        return f"by majority over {len(self.seeds)} seeds" if by_majority else "each seed by itself"

    def table(self, limit: int | None = None) -> pa.Table:
        """The surest flips with their text: a row each; all of them without a limit."""
        import pyarrow as pa

        chosen = slice(0, limit)
        rows, lost = self.row[chosen], self.lost[chosen]
        names = np.asarray([*self.seeds, "majority"], dtype=object)
        seed = self.seed[chosen]
        texts = _texts(self.on.items, self.on.space, rows)
        judged = self.on.judged(texts["candidate"])
        answers = [
            _answers(self.on, side, "label", rows, self._line(side, rows, seed, right), judged)
            for side, right in ((0, lost), (1, ~lost))
        ]
        first = np.zeros(len(rows), np.int64)
        return pa.table(
            {
                "item_id": self.on.space.take(rows),
                "seed": pa.array(names[seed], pa.string()),
                "change": pa.array(np.where(lost, "lost", "gained"), pa.string()),
                "gold": _answers(self.on, 0, "gold", rows, first, judged),
                "a_answer": answers[0],
                "b_answer": answers[1],
                "a_probability": pa.array(self.a[chosen], from_pandas=True),
                "b_probability": pa.array(self.b[chosen], from_pandas=True),
                **texts,
            }
        )

    def _line(self, side: int, rows: Places, seed: Places, right: NDArray[np.bool_]) -> Places:
        """The seed whose answer is shown: the flip's own, or the first that is as the majority is."""
        alike = (self.right[side][:, rows] == right) & self.on.shared[:, rows]
        found: Places = np.where(seed >= 0, seed, alike.argmax(axis=0))
        return found


def flips_of(laid: Laid, a: Scores, b: Scores, per_seed: bool) -> Flips | None:
    """The flips of two arms whose rows are right or wrong; None of any others."""
    if laid.on is None or a.form != "mean" or not _right_or_wrong(a, b):
        return None
    shared = laid.on.shared
    one, two = a.values[0] > 0, b.values[0] > 0
    chances = [_chances(laid.on, side) for side in (0, 1)]
    if per_seed or len(a.units) == 1:
        seed, row = np.nonzero((one != two) & shared)
        lost = one[seed, row]
        pa, pb = (chance[seed, row] for chance in chances)
    else:
        weight = shared.sum(axis=0)
        shares = [(side * shared).sum(axis=0) / np.maximum(weight, 1) for side in (one, two)]
        lost_all = (shares[0] > 0.5) & (shares[1] < 0.5)
        row = np.flatnonzero(lost_all | ((shares[0] < 0.5) & (shares[1] > 0.5) & (weight > 0)))
        seed, lost = np.full(len(row), -1), lost_all[row]
        pa, pb = ((chance * shared).sum(axis=0)[row] / weight[row] for chance in chances)
    order = np.argsort(-np.nan_to_num(np.abs(pa - pb)), kind="stable")
    chosen = (row[order], seed[order], lost[order], pa[order], pb[order])
    return Flips(laid.on, str(b.facts.get("score", "")), a.units, *chosen, right=(one, two))


def _right_or_wrong(a: Scores, b: Scores) -> bool:
    whole = all(bool(((s.values == 0) | (s.values == 1)).all()) for s in (a, b))
    return whole and bool(np.array_equal(a.counted, b.counted))


def _chances(on: OnRows, side: int) -> Numbers:
    """P(class 1) that an arm gives each row: lines x rows; NaN where its rows don't say."""
    found = []
    for line in on.lines:
        table = line.rows[side] if line.rows else None
        if table is None or not table.has("probability"):
            found.append(np.full(len(on.space), np.nan))
        else:
            found.append(spread(table.column("probability"), places(table.ids, on.space)))
    return np.stack(found)


def _answers(
    on: OnRows, side: int, name: str, rows: Places, line: Places, judged: Flags
) -> pa.Array:
    """What a column says of some rows, each of a line of its own; null where it says nothing.

    A class by its name. Of two classes, ``right`` or ``wrong`` where they judge the row's candidate,
    else 1 or 0.
    """
    import pyarrow as pa

    found = np.full(len(rows), None, dtype=object)
    for number, one in enumerate(on.lines):
        table = one.rows[side] if one.rows else None
        mine = np.flatnonzero(line == number)
        if table is not None and table.has(name) and mine.size:
            where = places(table.ids, on.space)[rows[mine]]
            taken = table.texts(name).take(pa.array(where, mask=where < 0)).to_pylist()
            found[mine] = _in_words(taken, judged[mine]) if table.is_binary(name) else taken
    return pa.array(found, pa.string())


_WORDS = {
    (True, "true"): "right",
    (True, "false"): "wrong",
    (False, "true"): "1",
    (False, "false"): "0",
}


def _in_words(said: Sequence[str | None], judged: Flags) -> list[str | None]:
    return [
        None if text is None else _WORDS[bool(of_candidate), text]
        for text, of_candidate in zip(said, judged, strict=True)
    ]


def _texts(items: tuple[ItemsOf, ItemsOf], space: pa.Array, rows: Places) -> Mapping[str, Any]:
    """Prompt and candidate of some rows; empty where the items can't be had."""
    import pyarrow as pa

    opened = items[1].open() or items[0].open()
    if opened is None:
        return {name: pa.nulls(len(rows), pa.string()) for name in ("prompt", "candidate")}
    where = places(opened.table.column("item_id").combine_chunks(), space.take(rows))
    taken = pa.array(where, mask=where < 0)
    return {
        name: opened.table.column(name).combine_chunks().take(taken)
        for name in ("prompt", "candidate")
    }
