"""The ``meta`` of labels: what is noted of a row, under which name, and why a row is dropped.

Operations write these facts and read each other's; a name stands here and nowhere else.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from w2sdl.keys import canonical_json
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.values import Labels

# What `votes` counted: true of the label that it makes, and of no other.
VOTES, ENTROPY, ANSWERS, UNREAD = "votes", "entropy", "n", "unread"
VOTED = (VOTES, ENTROPY, ANSWERS, UNREAD)

ORDERS = "orders"  #: what is answered in each order of a debate
SAMPLES, UNENDED = "samples", "unended"  #: all draws, and how many of them were cut short
RATINGS = "ratings"  #: the rating of each draw
TEACHER = "teacher"  #: who of several labels the row, from 1
ROUTE, ROUTED_BY = "route", "routed_by"
UNSMOOTHED = "unsmoothed"
CLEANED_BY, DOUBT = "cleaned_by", "doubt"
PAIR_ORDER = "pair_order"

DROP_REASON = "drop_reason"
#: Why a text that was written is kept out of training.
CUT_SHORT, NO_ANSWER = "cut short", "no answer"

Facts = Mapping[str, Any]

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def trained_on(labels: Labels) -> NDArray[np.bool_]:
    """Which rows a training reads: those that are kept with a weight above 0, ``[rows]``."""
    import numpy as np

    weight = np.asarray(labels.table.column("weight").to_pylist(), np.float64)
    return np.asarray(labels.table.column("keep").to_pylist(), bool) & (weight > 0)


def as_json(facts: Facts) -> str | None:
    """The facts of a row as they are stored; without any, nothing."""
    return canonical_json(dict(facts)) if facts else None


def every_fact(labels: Labels) -> list[dict[str, Any]]:
    """All that is noted of every row."""
    return [json.loads(one) if one else {} for one in labels.table.column("meta").to_pylist()]


def facts(labels: Labels, name: str) -> list[Any]:
    """One fact of every row; None where a row has none."""
    return [one.get(name) for one in every_fact(labels)]


def nothing_kept(labels: Labels, fact: str) -> PrerequisiteError:
    """That labels drop all their rows: ``fact``, how many for which reason, and what to do about it."""
    why = why_dropped(labels)
    advice = "keep at least one row: loosen what drops them, or name other labels"
    if CUT_SHORT in why:
        advice = (
            "let the predictor that gave them write longer answers, head: lm(max_tokens: ...), or train it "
            "longer, so that it learns to end them"
        )
    elif NO_ANSWER in why:
        advice = "train the predictor that gave them longer: it wrote nothing"
    return PrerequisiteError(fact + in_brackets(why), advice)


def why_dropped(labels: Labels) -> Counter[str]:
    """How many of the rows that nothing can be learned from are dropped for which reason."""
    columns = (labels.table.column(name).to_pylist() for name in ("keep", "weight"))
    rows = zip(*columns, facts(labels, DROP_REASON), strict=True)
    return Counter(_reason(*row) for row in rows if not (row[0] and row[1] > 0))


def _reason(keep: bool, weight: float, reason: str | None) -> str:
    if keep:
        return "of weight 0" if weight == 0 else "of a weight that is none"
    return reason or "without a stated reason"


def in_brackets(reasons: Mapping[str, int]) -> str:
    """Counts by reason, the most frequent first: " (30 not drawn, 2 cut short)"; "" of none."""
    ordered = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
    shown = ", ".join(f"{count:,} {reason}" for reason, count in ordered)
    return f" ({shown})" if shown else ""
