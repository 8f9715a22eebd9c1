"""Labels joined with gold by item id, and shares with their intervals: what all measures stand on.

No row is ever dropped in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl_runtime.data.by_item import joined
from w2sdl_runtime.data.named_classes import words_of
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.stats.shares import wilson as score_interval
from w2sdl_runtime.values import Labels, Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A model's probability above this is class 1 (a tie is class 0).
THRESHOLD = 0.5


def base_facts(truth: NDArray[np.bool_]) -> dict[str, Any]:
    """Share of gold class 1, and the accuracy of always naming the larger class."""
    base = float(truth.mean())
    return {"base_rate": base, "majority": max(base, 1 - base)}


def share_metric(
    name: str, score: str, columns: Mapping[str, Any], facts: Mapping[str, Any]
) -> Metric:
    """A metric that is the share of rows of which ``score`` is true, with its Wilson interval (95 %)."""
    import pyarrow as pa

    n = len(columns["item_id"])
    value, lower, upper = wilson(int(np.sum(columns[score])), n)
    expected = float(np.sqrt(value * (1 - value) / n))
    known = {"unit": "share", "score": score, "interval": "wilson", "expected_se": expected}
    return Metric(name, value, lower, upper, n, "", {**known, **facts}, pa.table(dict(columns)))


def gold_classes(gold: Labels) -> tuple[list[str], NDArray[np.bool_]]:
    """Item ids and classes of gold labels, in their own order.

    Raises:
        PrerequisiteError: no rows, a repeated row, or a label other than 0 and 1.
    """
    ids, values = _columns(gold, "the gold labels")
    strange = np.flatnonzero((values != 0) & (values != 1))
    if strange.size:
        raise PrerequisiteError(
            f"{strange.size} of {len(ids)} gold labels are neither 0 nor 1"
            f" (item {ids[strange[0]]}: {values[strange[0]]:g})",
            "measures compare classes: give gold labels as 0 and 1",
        )
    return ids, values == 1


def gold_answers(gold: Labels) -> tuple[list[str], NDArray[Any]]:
    """Item ids of gold labels, and what they say: classes as truth values, or words.

    Raises:
        PrerequisiteError: no rows, a repeated row, a label other than 0 and 1, or one without words.
    """
    if gold.label_kind != "text":
        return gold_classes(gold)
    ids, words = _words(gold, "the gold labels")
    if not words.all():
        empty = np.flatnonzero(words == "")
        raise PrerequisiteError(
            f"{empty.size} of {len(ids)} gold labels are empty (first: item {ids[empty[0]]})",
            "every measured row needs an answer",
        )
    return ids, words


def answers_for(ids: list[str], labels: Labels, gold: Labels, what: str) -> NDArray[Any]:
    """What labels say of the rows ``ids``, in the form of ``gold_answers(gold)``.

    Raises:
        PrerequisiteError: when a row is missing on either side or repeated, or the labels are of
            another kind than gold.
    """
    if gold.label_kind != "text":
        return values_for(ids, labels, what) > THRESHOLD
    found, words = _words(labels, what)
    return words[places_of(ids, found, what)]


def values_for(ids: list[str], labels: Labels, what: str) -> NDArray[np.float64]:
    """P(class 1) of ``labels`` in the order of ``ids``; the two must name the same rows.

    Raises:
        PrerequisiteError: when a row is missing on either side, repeated, or has no number.
    """
    found, values = _columns(labels, what)
    return values if found == ids else values[places_of(ids, found, what)]


def places_of(ids: list[str], found: list[str], what: str) -> list[int]:
    """Where each of ``ids`` stands in ``found``.

    Raises:
        PrerequisiteError: when a row is missing on either side.
    """
    both = joined(ids, found)
    if both.lacking or both.unknown:
        raise PrerequisiteError(
            f"{what} and the gold labels are of different rows: {len(both.lacking)} rows with gold"
            f" have no label, {len(both.unknown)} labels have no gold (first: item {both.example})",
            "measure labels of exactly the part named after `on`; rows are joined by item_id",
        )
    return both.places


def _columns(labels: Labels, what: str) -> tuple[list[str], NDArray[np.float64]]:
    if labels.label_kind == "text":
        raise PrerequisiteError(
            f"{what} are texts, which have no class to compare",
            "measure labels with probabilities or classes, or against text too: "
            "accuracy(..., against: gold(part, field: ...))",
        )
    ids = row_ids(labels, what)
    values = labels.table.column("value").to_numpy().astype(np.float64)
    missing = np.flatnonzero(~np.isfinite(values))
    if missing.size:
        raise PrerequisiteError(
            f"{what} lack a number for {missing.size} of {len(ids)} rows"
            f" (first: item {ids[missing[0]]})",
            "every measured row needs a finite value",
        )
    return ids, values


def _words(labels: Labels, what: str) -> tuple[list[str], NDArray[np.str_]]:
    if labels.label_kind != "text":
        raise PrerequisiteError(
            f"{what} are {labels.label_kind} labels, and the gold labels are texts",
            "measure text labels: of predictors with head: lm()",
        )
    return row_ids(labels, what), np.array(words_of(labels), np.str_)


def row_ids(labels: Labels, what: str) -> list[str]:
    """Item ids of labels, each once.

    Raises:
        PrerequisiteError: no rows, or a repeated one.
    """
    ids: list[str] = labels.table.column("item_id").to_pylist()
    if not ids:
        raise PrerequisiteError(f"{what} have no rows", "measure a part that has rows")
    if len(set(ids)) < len(ids):
        raise PrerequisiteError(
            f"{what} name {len(ids) - len(set(ids))} rows more than once",
            "join or reduce variants of a row before measuring (first_variant, say)",
        )
    return ids


def wilson(successes: int, n: int) -> tuple[float, float, float]:
    """A share with its 95 % Wilson score interval (Wilson 1927): value, lower, upper."""
    share = successes / n
    return share, *score_interval(share, n)


def share_among(
    name: str,
    hits: NDArray[np.bool_],
    column: NDArray[np.bool_],
    where: str,
    reason: str,
    wanted: bool = True,
) -> dict[str, Any]:
    """Share of ``hits`` among the rows whose ``column``, called ``where``, is as wanted; a part.

    Null with the ``reason`` where there are none.
    """
    among = hits[column == wanted]
    return {"name": name, "where": where, "is": wanted, **share_numbers(among, reason)}


def share_numbers(hits: NDArray[np.bool_], reason: str) -> dict[str, Any]:
    """The n, value, interval and reason of a part that is a share."""
    n = len(hits)
    if n == 0:
        return {"n": n, "value": None, "lower": None, "upper": None, "reason": reason}
    value, lower, upper = wilson(int(hits.sum()), n)
    return {"n": n, "value": value, "lower": lower, "upper": upper, "reason": ""}
