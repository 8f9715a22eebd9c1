"""A model as it is, asked without any label."""

from __future__ import annotations

from w2sdl_runtime.answers import always
from w2sdl_runtime.arguments import needs_network
from w2sdl_runtime.op import Context, PrerequisiteError, op
from w2sdl_runtime.values import Model, Predictor


@op(
    "zero_shot",
    version=1,
    inline=True,
    network="given",
    answers=always("soft"),
    check=needs_network("model"),
)
def zero_shot(ctx: Context, model: Model) -> Predictor:
    """How likely a causal language model finds each candidate, without any label.

    The score is the mean over the candidate's tokens of (token logit − best logit). P is the
    sigmoid of the score, standardised (median 0, deviation 1) over the rows that are scored
    together: half of them come out above 0.5. So it supposes parts with as many right as wrong
    candidates.

    Raises:
        PrerequisiteError: for an encoder, which has no output over a vocabulary, or an ensemble.
    """
    if model.facts.get("reader") != "causal":
        raise PrerequisiteError(
            "zero_shot needs one causal language model: an encoder or a combination of predictors "
            "has no output over the vocabulary to score a candidate",
            "use a causal model, or finetune with head: linear()",
        )
    facts = {"type": "zero_shot", "base": model.digest, "reader": "causal"}
    return Predictor(facts | {"tune": model.facts["tune"]})
