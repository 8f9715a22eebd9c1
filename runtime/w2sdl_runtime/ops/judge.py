"""A judge that reads debates without any training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from w2sdl_runtime.answers import always
from w2sdl_runtime.arguments import is_remote, needs_writer, one_after_another
from w2sdl_runtime.json_forms import to_json
from w2sdl_runtime.learning.judging import JUDGE, VARIABLES
from w2sdl_runtime.op import Context, PrerequisiteError, Seed, op
from w2sdl_runtime.templates import names_only
from w2sdl_runtime.values import Model, Predictor, Transcripts
from w2sdl_runtime.variants.texts import Text, text_of
from w2sdl_runtime.variants.verdicts import Logprob, Verdict


def _asked(values: Mapping[str, Any]) -> tuple[str, str] | None:
    """Likelihoods are read off the item, where nothing is asked; a remote model gives none."""
    if values["how"]["variant"] in ("logprob", "likelihood") and is_remote(values["model"]):
        return (
            f"{values['how']['variant']}() reads probabilities, and from api() only texts come back",
            "use how: text(), or vote(n: 5)",
        )
    if values["how"]["variant"] != "likelihood" or values["template"] == JUDGE:
        return None
    return (
        "likelihood() asks nothing, so it has no use for a template",
        "leave out template:, or use how: logprob(), text() or vote()",
    )


@op(
    "judge",
    version=2,
    inline=True,
    network="none",
    answers=always("soft"),
    check=one_after_another(
        _asked, needs_writer("model"), names_only("template", VARIABLES, JUDGE)
    ),
)
def judge(
    ctx: Context,
    model: Model,
    context: Transcripts,
    *,
    how: Verdict = Logprob(),  # noqa: B008 (frozen)
    template: str | Text = JUDGE,
    seed: Seed = 0,
) -> Predictor:
    """A model that reads each debate and says which side is right, without any label.

    The positions are called A and B, after the debater that argues each, so that ``stance:
    both_orders()`` swaps them: the judge's answer is then the mean over both orders, and
    ``order_accuracy`` tells them apart (Khan et al. 2024). What debates in one order alone would show of
    a judge that prefers a letter is said as a warning.

    Args:
        ctx: the context.
        model: a causal language model, or one behind `api` (with ``text()`` or ``vote()``).
        context: the debates; what is not argued ("none", quotes) has position A = correct.
        how: ``logprob()``, ``text()``, ``vote(n: 5)``, or ``likelihood()`` (our design).
        template: Jinja text, in a sandbox: ``prompt``, ``candidate``, ``rival``, ``passage``,
            ``turns``, and the positions ``a`` and ``b`` ("correct" or "incorrect"). By default it
            shows the transcript without the passage. ``Answer:`` is put after it for ``logprob()``.
        seed: draws the texts of ``vote``.

    Raises:
        PrerequisiteError: for an encoder, an ensemble, or a template with a mistake.
    """
    from w2sdl_runtime.learning.contexts import argued, by_order
    from w2sdl_runtime.learning.judging import Questions

    if model.facts.get("reader") not in ("causal", "api"):
        raise PrerequisiteError(
            "judge needs one causal language model: an encoder or a combination of predictors has "
            "no output over the vocabulary to answer with",
            "use a causal model, or Φ(W, gold(...), context: T) for a reader that is trained",
        )
    text = text_of(ctx, template)
    Questions(text)
    if argued(context) and not by_order(context):
        ctx.warn(
            "this judge reads each debate in one order alone: a preference for a letter or for who "
            "speaks first can't be told from judgement (stance: both_orders() shows both)"
        )
    facts = {
        "type": "judge",
        "base": model.digest,
        "context": context.digest,
        "reader": model.facts["reader"],
    }
    return Predictor(facts | {"how": to_json(how), "template": text, "seed": ctx.seed})
