"""The feature judge: eight numbers a row, and a logistic regression on them.

In order: likelihood margin (candidate − rival), stance of the debaters, and for candidate and for
rival: best and second-best support by a quote, and best coverage. Support of an answer by a quote
is its coverage × coverage of the question; coverage of a text by a quote is the share of the text's
words that the quote has, by inverse document frequency over the prompts fitted on.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.contexts import Shown, as_shown, turns_of
from w2sdl_runtime.learning.likelihood import candidate_scores
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.values import Items, Model, Predictor, Transcripts

if TYPE_CHECKING:
    import numpy as np

    from w2sdl_runtime.variants.heads import Fitting

NAMES = (
    "margin",
    "stance",
    "candidate_best",
    "candidate_second",
    "candidate_coverage",
    "rival_best",
    "rival_second",
    "rival_coverage",
)

_WORD = re.compile(r"\w+")


def words(text: str) -> frozenset[str]:
    """The distinct words of a text, NFKC and case-folded."""
    return frozenset(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def frequencies(prompts: Sequence[str]) -> dict[str, float]:
    """Inverse document frequency of every word of some prompts: ``log((1 + n) / (1 + n_with))``.

    A word that no prompt has gets ``log(1 + n)``, under the key "".
    """
    counts = Counter(word for prompt in prompts for word in words(prompt))
    total = 1 + len(prompts)
    return {"": math.log(total)} | {
        word: math.log(total / (1 + count)) for word, count in sorted(counts.items())
    }


def coverage(text: frozenset[str], quote: frozenset[str], idf: Mapping[str, float]) -> float:
    """Weighted share of a text's words that a quote has, in [0, 1]; 0 for a text without weight."""
    rare = idf[""]
    total = sum(idf.get(word, rare) for word in sorted(text))
    if total <= 0:
        return 0.0
    return sum(idf.get(word, rare) for word in sorted(text & quote)) / total


def support(
    answer: str, prompt: frozenset[str], quotes: Sequence[frozenset[str]], idf: Mapping[str, float]
) -> tuple[float, float, float]:
    """Best and second-best (answer × question) coverage, and best answer coverage, by a quote."""
    named = words(answer)
    by_answer = [coverage(named, quote, idf) for quote in quotes]
    products = sorted(
        (a * coverage(prompt, quote, idf) for a, quote in zip(by_answer, quotes, strict=True)),
        reverse=True,
    )
    best, second = [*products, 0.0, 0.0][:2]
    return best, second, max(by_answer, default=0.0)


def feature_table(
    model: Model,
    items: Items,
    context: Transcripts | None,
    idf: Mapping[str, float],
    ctx: Context,
) -> np.ndarray[Any, Any]:
    """Features of all rows, float64, ``[rows, 8]``. Without context no quote is shown."""
    import numpy as np

    prompts, candidates = items.column("prompt"), items.column("candidate")
    rivals = items.column("rival")
    margin = candidate_scores(model, items, "candidate", ctx)
    rival_score = candidate_scores(model, items, "rival", ctx)
    shown = _shown(context, items)
    table = np.zeros((len(items), len(NAMES)))
    for i, (prompt, candidate, rival) in enumerate(zip(prompts, candidates, rivals, strict=True)):
        quotes = [words(quote) for quote in shown[i].quotes]
        asked = words(prompt)
        table[i, 0] = margin[i] - (rival_score[i] if rival else 0.0)
        table[i, 1] = shown[i].stance
        table[i, 2:5] = support(candidate, asked, quotes, idf)
        table[i, 5:8] = support(rival, asked, quotes, idf)
    return table


def _shown(context: Transcripts | None, items: Items) -> list[Shown]:
    if context is None:
        return [Shown((), 0.0)] * len(items)
    return [as_shown(turns) for turns in turns_of(context, items.column("item_id"))]


def fit_features(task: Fitting, ridge: float) -> Predictor:
    """Fit the judge; its whole state is in the facts.

    Raises:
        PrerequisiteError: for a loss other than ``xent()``, a train record, or a tuned body.
    """
    _check_unused(task)
    prompts = task.items.column("prompt")
    idf = frequencies(prompts)
    table = feature_table(task.model, task.items, task.context, idf, task.ctx)
    mean, deviation = table.mean(0), table.std(0)
    deviation[deviation == 0] = 1.0
    weights = fit_logistic((table - mean) / deviation, task.target, task.weight, ridge)
    state = {
        "idf": idf,
        "mean": mean.tolist(),
        "deviation": deviation.tolist(),
        "weights": weights.tolist(),
        "names": list(NAMES),
    }
    return Predictor(
        {
            "type": "features",
            "base": task.model.digest,
            "context": task.context.digest if task.context else "",
            "state": state,
            "rows": {"used": len(task.items), "dropped": task.dropped},
        }
    )


def _check_unused(task: Fitting) -> None:
    from w2sdl_runtime.train import Train

    if task.loss.variant_name != "xent":
        raise PrerequisiteError(
            f"features() is fitted by cross-entropy; it has no use for {task.loss.variant_name}()",
            "leave out loss:, or use a head that is trained in steps",
        )
    if task.train != Train():
        raise PrerequisiteError(
            "features() is fitted to convergence; it has no use for a train record",
            "leave out train:, or use a head that is trained in steps",
        )


def predict_features(
    model: Model,
    items: Items,
    context: Transcripts | None,
    state: Mapping[str, Any],
    ctx: Context,
) -> np.ndarray[Any, Any]:
    """P(candidate is right), float64, ``[rows]``."""
    import numpy as np

    table = feature_table(model, items, context, state["idf"], ctx)
    scaled = (table - np.array(state["mean"])) / np.array(state["deviation"])
    weights = np.array(state["weights"])
    logits = scaled @ weights[1:] + weights[0]
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float64)


def fit_logistic(
    table: np.ndarray[Any, Any],
    target: np.ndarray[Any, Any],
    weight: np.ndarray[Any, Any],
    ridge: float,
) -> np.ndarray[Any, Any]:
    """Weights ``[1 + features]`` (the first is the intercept, unpenalised) by Newton's method.

    Minimises ``sum_i weight_i CE(target_i, p_i) + ridge/2 |w|²``; targets may be soft.
    """
    import numpy as np

    design = np.column_stack([np.ones(len(table)), table])
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 1e-9  # keeps the step finite when all targets are of one class
    weights = np.zeros(design.shape[1])
    for _ in range(100):
        probability = 1 / (1 + np.exp(-np.clip(design @ weights, -500, 500)))
        gradient = design.T @ (weight * (probability - target)) + penalty * weights
        curvature = weight * np.maximum(probability * (1 - probability), 1e-10)
        hessian = (design * curvature[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        size = float(np.abs(step).max())
        weights -= step * min(1.0, 5.0 / size) if size > 0 else 0.0
        if size < 1e-10:
            break
    return weights
