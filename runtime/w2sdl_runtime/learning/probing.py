"""Linear probes: a regression on hidden states, to convergence; and what it says of other rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.data.by_item import joined
from w2sdl_runtime.data.label_meta import nothing_kept, trained_on
from w2sdl_runtime.data.named_classes import chances_over, in_order, words_of
from w2sdl_runtime.learning.softmax import Regression, fit_regression
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.values import Activations, Items, Labels, Predictor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

PROBE_FILE = "probe.safetensors"


def fit_probe(
    ctx: Context, activations: Activations, labels: Labels, ridge: float, steps: int
) -> Predictor:
    """Fit to labels of some of the rows, and give a predictor for all rows that are embedded."""
    kept = trained_on(labels)
    if not kept.any():
        raise nothing_kept(labels, "the labels keep no row to fit a probe on")
    ids: list[str] = labels.table.column("item_id").filter(kept).to_pylist()
    weight = np.asarray(labels.table.column("weight").to_pylist(), np.float64)[kept]
    classes, target = _targets(labels, kept)
    states = states_of(activations, ids)
    found, fit = fit_regression(states, target, weight, ridge, steps)
    if not fit.converged:
        ctx.warn(f"the probe had not converged after {steps:,} steps: raise steps or ridge")
    folder = ctx.scratch()
    _save(folder / PROBE_FILE, asdict(found))
    facts = {
        "type": "probe",
        "activations": activations.digest,
        "classes": classes,
        "says": "chances" if classes else "right",
        "rows": {"used": len(ids), "dropped": len(kept) - len(ids), "steps": fit.steps},
    }
    return Predictor(facts, folder)


def _save(path: Any, arrays: dict[str, Numbers]) -> None:
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path)


def _targets(labels: Labels, kept: NDArray[np.bool_]) -> tuple[list[str], Numbers]:
    """The words to tell apart ([] for right and wrong), and their chances, rows x classes.

    Raises:
        PrerequisiteError: for labels without classes, or of one class only.
    """
    if labels.label_kind == "text":
        words = [word for word, is_kept in zip(words_of(labels), kept, strict=True) if is_kept]
        if "" in words:
            raise PrerequisiteError("a text label is empty", "drop the row, or give it words")
        classes = list(labels.classes) or in_order(words)
        if len(classes) < 2:
            raise PrerequisiteError(
                f"every label is `{classes[0]}`: there is nothing to tell apart",
                "label rows of at least two classes",
            )
        return classes, chances_over(labels, classes)[kept]
    if labels.label_kind not in ("soft", "hard"):
        raise PrerequisiteError(
            f"a probe needs soft, hard or text labels, and these are {labels.label_kind} labels",
            "use gold(...), gold(..., field: ...) or label(...)",
        )
    value = np.asarray(labels.table.column("value").to_pylist(), dtype=np.float64)[kept]
    if not (np.isfinite(value) & (value >= 0) & (value <= 1)).all():
        raise PrerequisiteError(
            "some labels are no probabilities between 0 and 1", "correct the labels"
        )
    return [], np.column_stack([1 - value, value])


def states_of(activations: Activations, ids: Sequence[str]) -> Numbers:
    """The states of some items, ``[rows, width]``.

    Raises:
        PrerequisiteError: for items that were not embedded.
    """
    both = joined(ids, activations.table.column("item_id").to_pylist())
    if both.lacking:
        raise PrerequisiteError(
            f"{len(both.lacking):,} of {len(set(ids)):,} items were not embedded (first: {both.example})",
            "embed them as well: embed(model, items(data)) reads all parts of a data set",
        )
    return activations.states()[both.places].astype(np.float64)


def probe_chances(predictor: Predictor, items: Items, ctx: Context) -> Numbers:
    """The chance of every class, rows x classes.

    Raises:
        PrerequisiteError: for items that were not embedded.
    """
    from safetensors.numpy import load_file

    if predictor.folder is None:
        raise ValueError("a probe without files")
    state = load_file(predictor.folder / PROBE_FILE)
    activations = open_as(ctx, predictor.facts["activations"], Activations)
    return Regression(**state).chances(states_of(activations, items.column("item_id")))


def probe_right(predictor: Predictor, items: Items, ctx: Context) -> Numbers:
    """P(right), ``[rows]``, of a probe that tells right from wrong.

    Raises:
        PrerequisiteError: for a probe of words.
    """
    if predictor.facts["classes"]:
        raise PrerequisiteError(
            "this probe names words, not whether a candidate is right",
            "measure it against what it was fitted to: accuracy(..., against: gold(part, field: ...))",
        )
    return probe_chances(predictor, items, ctx)[:, 1]
