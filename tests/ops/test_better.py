"""What each metric declares of its good side, which comparisons go by."""

from __future__ import annotations

import pytest

from w2sdl.kinds import Kind
from w2sdl_runtime.op import op
from w2sdl_runtime.registry import load_signatures

HIGHER = {
    "accuracy", "accuracy_by_entropy", "auroc", "balanced_accuracy", "f1", "keep_rates", "legality",
    "order_accuracy", "pgr",
}  # fmt: skip
LOWER = {"blind_spot", "conflict_tax", "deception", "ece", "error_types", "toxicity"}
#: Good depends on what is studied, or lies in between.
NEITHER = {"agreement", "car", "cdr", "eoe", "mean_weight"}


def test_every_metric_says_which_side_is_good_or_is_known_to_have_none() -> None:
    metrics = [one for one in load_signatures().ops.values() if one.result is Kind.METRIC]
    declared = {one.name: one.better for one in metrics}
    assert declared == (
        dict.fromkeys(HIGHER, "higher") | dict.fromkeys(LOWER, "lower") | dict.fromkeys(NEITHER, "")
    )


def test_another_word_is_refused() -> None:
    with pytest.raises(TypeError, match='better="more": it is "higher", "lower" or ""'):
        op("odd", better="more")(lambda: None)
