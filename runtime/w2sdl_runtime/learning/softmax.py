"""Softmax regression on standardised states, to convergence: what `probe` and logistic() cleaning fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


class Weights(NamedTuple):
    """What a fit found, and how."""

    weights: Numbers  #: [features, classes]
    steps: int
    converged: bool


@dataclass(frozen=True, slots=True)
class Regression:
    """A fitted regression: how states are standardised, and the weights of what comes out."""

    mean: Numbers  #: [width]
    deviation: Numbers  #: [width]; 1 where all states are equal
    weights: Numbers  #: [1 + width, classes]; the first are the intercepts

    def chances(self, states: Numbers) -> Numbers:
        """How likely each class is, ``[rows, classes]``."""
        scaled = (states - self.mean) / self.deviation
        logits = scaled @ self.weights[1:] + self.weights[0]
        raised = np.exp(logits - logits.max(1, keepdims=True))
        chances: Numbers = raised / raised.sum(1, keepdims=True)
        return chances


def fit_regression(
    states: Numbers, target: Numbers, weight: Numbers, ridge: float, steps: int
) -> tuple[Regression, Weights]:
    """A regression from states ``[rows, width]`` to ``target``, a distribution over classes a row."""
    mean, deviation = states.mean(0), states.std(0)
    deviation[deviation == 0] = 1.0
    design = np.column_stack([np.ones(len(states)), (states - mean) / deviation])
    found = fit_softmax(design, target, weight, ridge, steps)
    return Regression(mean, deviation, found.weights), found


def fit_softmax(
    design: Numbers, target: Numbers, weight: Numbers, ridge: float, steps: int
) -> Weights:
    """Weights by L-BFGS, in at most so many steps; the first feature is the intercept.

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
    out_of_steps = found.status == 1
    return Weights(found.x.reshape(shape), int(found.nit), not out_of_steps)
