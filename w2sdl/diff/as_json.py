"""A comparison as JSON, in a form that other tools may rely on: see docs/diff.md."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from w2sdl.diff.changes import Comparison

#: Raised when a field goes or changes its meaning; new fields may come without.
SCHEMA = "w2sdl.diff.1"


def as_json(comparison: Comparison) -> dict[str, Any]:
    """All facts of a comparison. What is not known is null."""
    return {
        "schema": SCHEMA,
        "a": comparison.a,
        "b": comparison.b,
        "differs": comparison.differs,
        "verdict": {
            "kind": comparison.verdict.kind,
            "sentence": comparison.verdict.sentence,
            "factors": list(comparison.verdict.factors),
        },
        "in_words": comparison.in_words or None,
        "changes": [_change(asdict(change)) for change in comparison.changes],
        "matching": {
            name: [asdict(match) for match in getattr(comparison.matching, name)]
            for name in ("bindings", "axes", "measures")
        },
        "nodes": asdict(comparison.counts),
        "store": asdict(comparison.reuse) if comparison.reuse else None,
        "results": [asdict(result) for result in comparison.results],
    }


def _change(record: dict[str, Any]) -> dict[str, Any]:
    kind = record.pop("kind")
    return {
        "class": kind.value,
        "form": record.pop("form").value,
        "subject": record.pop("subject").value,
        **record,
    }
