"""Compared results as JSON, in a form that other tools may rely on: see docs/comparing.md."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from w2sdl_runtime.comparing.compared import Difference
from w2sdl_runtime.comparing.several import Against, ComparedResults
from w2sdl_runtime.stats.intervals import LEVEL

#: Raised when a field goes or changes its meaning; new fields may come without.
SCHEMA = "w2sdl.compare.1"


def as_json(found: ComparedResults, flips: int | None = None) -> dict[str, Any]:
    """All facts of a comparison. What is not known is null; ``flips`` limits those of each difference."""
    return {
        "schema": SCHEMA,
        "reference": found.reference,
        "level": LEVEL,
        "tests": found.tests,
        "correction": "Holm",
        "differs": found.differs,
        "against": [_against(other, flips) for other in found.against],
    }


def _against(other: Against, flips: int | None) -> dict[str, Any]:
    return {
        "a": other.a,
        "b": other.b,
        "label": other.label,
        "verdict": other.verdict or None,
        "missing": list(other.missing),
        "not_compared": [asdict(one) for one in other.unmet],
        "differences": [_difference(one, flips) for one in other.differences],
    }


def _difference(one: Difference, flips: int | None) -> dict[str, Any]:
    delta, test, effect = one.delta, one.test, one.effect
    return {
        "measure": one.measure,
        "op": one.op,
        "on": one.on,
        "of": one.of,
        "point": dict(one.point),
        "unit": one.unit,
        "better": one.better or None,
        "verdict": one.verdict,
        "a": one.a,
        "b": one.b,
        "difference": delta.value if delta else None,
        "lower": delta.lower if delta else None,
        "upper": delta.upper if delta else None,
        "interval": delta.method if delta else None,
        "test": test.method if test else None,
        "p": test.p if test else None,
        "p_holm": one.adjusted,
        "effect": {"name": effect.name, "value": effect.value} if effect else None,
        "needed": one.needed or None,
        "rows": asdict(one.rows),
        "seeds": [_seed(asdict(seed)) for seed in one.seeds],
        "seeds_only_in_a": list(one.only_a),
        "seeds_only_in_b": list(one.only_b),
        "notes": list(one.notes),
        "flips": _flips(one, flips),
    }


def _seed(record: dict[str, Any]) -> dict[str, Any]:
    """One seed with its numbers; what is undefined is null, since JSON has no NaN."""
    test = record.pop("test")
    numbers = {side: _finite(record.pop(side)) for side in "ab"}
    return {"seed": record.pop("seed"), **numbers, **record, "p": test["p"] if test else None}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _flips(one: Difference, limit: int | None) -> dict[str, Any] | None:
    if one.flips is None or one.same:
        return None
    lost, gained = one.flips.counts
    return {
        "score": one.flips.score,
        "how": one.flips.how,
        "lost": lost,
        "gained": gained,
        "rows": one.flips.table(limit).to_pylist(),
    }
