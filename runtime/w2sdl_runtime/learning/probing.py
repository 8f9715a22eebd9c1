"""Linear probes: a regression on hidden states, to convergence; and what it says of other rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from w2sdl_runtime.data.by_item import joined
from w2sdl_runtime.data.named_classes import chances_over, in_order
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.values import Activations, Items, Labels, Predictor, open_as

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

PROBE_FILE = "probe.safetensors"


def fit_probe(
    ctx: Context, activations: Activations, labels: Labels, ridge: float, steps: int
) -> Predictor:
    """Fit to labels of some of the rows, and give a predictor for all rows that are embedded."""
    ids, weight, kept = _kept(labels)
    classes, target = _targets(labels, kept)
    states = states_of(activations, ids)
    mean, deviation = states.mean(0), states.std(0)
    deviation[deviation == 0] = 1.0
    design = np.column_stack([np.ones(len(ids)), (states - mean) / deviation])
    weights, turns = fit_softmax(design, target, weight, ridge, steps)
    if turns >= steps:
        ctx.warn(f"the probe had not converged after {steps:,} steps: raise steps or ridge")
    folder = ctx.scratch()
    _save(folder / PROBE_FILE, {"mean": mean, "deviation": deviation, "weights": weights})
    facts = {
        "type": "probe",
        "activations": activations.digest,
        "classes": classes,
        "says": "chances" if classes else "right",
        "rows": {"used": len(ids), "dropped": len(kept) - len(ids), "steps": turns},
    }
    return Predictor(facts, folder)


def _save(path: Any, arrays: dict[str, Numbers]) -> None:
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path)


def _kept(labels: Labels) -> tuple[list[str], Numbers, NDArray[np.bool_]]:
    """Ids and weights of the rows that labels keep, and which those are.

    Raises:
        PrerequisiteError: where there are none.
    """
    table = labels.table
    weight = np.asarray(table.column("weight").to_pylist(), dtype=np.float64)
    kept = np.asarray(table.column("keep").to_pylist(), dtype=bool) & (weight > 0)
    if not kept.any():
        raise PrerequisiteError("the labels keep no row to fit a probe on", "keep at least one row")
    ids: list[str] = table.column("item_id").filter(kept).to_pylist()
    return ids, weight[kept], kept


def _targets(labels: Labels, kept: NDArray[np.bool_]) -> tuple[list[str], Numbers]:
    """The words to tell apart ([] for right and wrong), and their chances, rows x classes.

    Raises:
        PrerequisiteError: for labels without classes, or of one class only.
    """
    if labels.label_kind == "text":
        words: list[str] = labels.table.column("text").filter(kept).to_pylist()
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


def fit_softmax(
    design: Numbers, target: Numbers, weight: Numbers, ridge: float, steps: int
) -> tuple[Numbers, int]:
    """Weights ``[features, classes]`` by L-BFGS, and its steps; the first feature is the intercept.

    Minimises ``sum_i weight_i CE(target_i, softmax(x_i W)) + ridge/2 |W|²``, without a penalty on the
    intercept. Two classes have two columns of weights that mirror each other.
    """
    from scipy.optimize import minimize

    shape = (design.shape[1], target.shape[1])
    penalty = np.full((shape[0], 1), ridge)
    penalty[0] = 0.0

    def loss(flat: Numbers) -> tuple[float, Numbers]:
        weights = flat.reshape(shape)
        logits = design @ weights
        shifted = logits - logits.max(1, keepdims=True)
        log_chance = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
        value = -(weight @ (target * log_chance).sum(1)) + 0.5 * (penalty * weights**2).sum()
        slope = design.T @ (weight[:, None] * (np.exp(log_chance) - target)) + penalty * weights
        return float(value), slope.reshape(-1)

    limits = {"maxiter": steps, "maxfun": 10 * steps, "ftol": 1e-13, "gtol": 1e-6}
    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options=limits)
    return found.x.reshape(shape), int(found.nit)


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
    scaled = (states_of(activations, items.column("item_id")) - state["mean"]) / state["deviation"]
    logits = scaled @ state["weights"][1:] + state["weights"][0]
    raised = np.exp(logits - logits.max(1, keepdims=True))
    chances: Numbers = raised / raised.sum(1, keepdims=True)
    return chances


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
