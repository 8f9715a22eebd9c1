"""Why a student is wrong, by typed rules: each wrong row has one type, the first that fits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2sdl_runtime.measuring.classes import share_among, wilson
from w2sdl_runtime.values import Metric

TYPES = ("quote_selection", "evidence_extraction", "overfitting", "other")

Rows = NDArray[np.bool_]


def typed(
    wrong: Rows, in_passage: Rows, in_quotes: Rows, supervisor_right: Rows, right_before: Rows
) -> dict[str, Rows]:
    """Which of the wrong rows are of each type."""
    rules = (
        in_passage & ~in_quotes,
        in_quotes & ~supervisor_right,
        right_before,
        np.ones_like(wrong),
    )
    left, found = wrong.copy(), {}
    for name, rule in zip(TYPES, rules, strict=True):
        found[name] = left & rule
        left &= ~rule
    return found


def error_metric(
    ids: list[str], wrong: Rows, types: dict[str, Rows], more: dict[str, Rows]
) -> Metric:
    """The share of wrong rows, and of each type among them."""
    import pyarrow as pa

    value, lower, upper = wilson(int(wrong.sum()), len(ids))
    parts: list[dict[str, Any]] = [
        share_among(name.replace("_", " "), rows, wrong, "wrong", "student_never_wrong")
        | {"score": name, "count": int(rows.sum())}
        for name, rows in types.items()
    ]
    facts = {"unit": "share", "score": "wrong", "interval": "wilson", "parts": parts}
    names = np.select(list(types.values()), list(types), "")
    columns = {"item_id": ids, "wrong": wrong, "type": names.tolist(), **types, **more}
    return Metric("error_types", value, lower, upper, len(ids), "", facts, pa.table(columns))
