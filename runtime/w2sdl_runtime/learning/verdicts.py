"""What an untrained judge says of debates: by log-probability, by text, by votes, by likelihood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.contexts import turns_of
from w2sdl_runtime.learning.judging import VARIABLES, Questions, log_odds, position_a
from w2sdl_runtime.op import Context, PrerequisiteError, stream_seed
from w2sdl_runtime.values import Items, Predictor, Transcripts
from w2sdl_runtime.variants.verdicts import Likelihood, Logprob, Verdict, Vote, Written

if TYPE_CHECKING:
    import numpy as np

    from w2sdl_runtime.models import Network

#: More texts without an answer than this share are an error.
UNKNOWN = 0.2

#: ``Answer: A``; a small letter only where no word follows: "a" may be an article.
_ANSWER = re.compile(r"(?i:answer)\s*:\s*<?([AB]\b|[ab]\b(?=\s*(?:[>.,;:!?)]|$)))")


def judged(
    predictor: Predictor, items: Items, context: Transcripts | None, ctx: Context
) -> np.ndarray[Any, Any]:
    """P(candidate is right) by a judge, float64, ``[rows]``.

    Raises:
        PrerequisiteError: for a missing transcript, a model that can't be asked so, or more than a
            fifth of answers that name no side.
    """
    import numpy as np

    from w2sdl_runtime.models import open_network
    from w2sdl_runtime.predictors import open_base, variant_from

    if context is None:
        raise ValueError("a judge without transcripts")
    how = variant_from(Verdict, predictor.facts["how"])
    base = open_base(predictor, ctx)
    network = open_network(base, ctx)
    if isinstance(how, Likelihood):
        return _by_likelihood(network, items, context, base.digest, ctx)
    prompts, is_a = _asked(predictor, items, context)
    if isinstance(how, Logprob):
        odds = log_odds(network, prompts, ctx, base.digest)
        return np.asarray(1 / (1 + np.exp(-np.where(is_a, odds, -odds))), np.float64)
    if not isinstance(how, Written | Vote):
        raise TypeError(f"{how.variant_name}() is no verdict that is known here")
    return _by_text(_Room(predictor, network, base.digest, ctx), how, items, prompts, is_a)


def _asked(
    predictor: Predictor, items: Items, context: Transcripts
) -> tuple[list[str], np.ndarray[Any, Any]]:
    """A prompt for each item, and whether position A is that its candidate is right."""
    import numpy as np

    questions = Questions(predictor.facts["template"])
    told = turns_of(context, items.column("item_id"))
    rows = items.table.select(VARIABLES[:4]).to_pylist()
    prompts = [questions.ask(item, turns) for item, turns in zip(rows, told, strict=True)]
    return prompts, np.array([position_a(turns) == "correct" for turns in told], dtype=bool)


class _Room:
    """What writing takes: the model, and the judge's seed."""

    def __init__(self, predictor: Predictor, network: Network, whose: str, ctx: Context) -> None:
        self.seed: int | list[int] = predictor.facts["seed"]
        self.network, self.whose, self.ctx = network, whose, ctx


def _by_text(
    room: _Room,
    how: Written | Vote,
    items: Items,
    prompts: Sequence[str],
    is_a: np.ndarray[Any, Any],
) -> np.ndarray[Any, Any]:
    """Share of A or B among the texts that say one of them."""
    import numpy as np

    from w2sdl_runtime.learning.writing import Writer

    temperature = how.temperature if isinstance(how, Vote) else 0.0
    votes = how.n if isinstance(how, Vote) else 1
    writer = Writer(room.network, how.max_tokens, temperature, room.ctx, whose=room.whose)
    said = np.full((votes, len(items)), np.nan)
    for vote in range(votes):
        label = [f"vote {vote}\n{item_id}" for item_id in items.column("item_id")]
        seeds = [stream_seed(room.seed, "judge", one) for one in label]
        texts = [one.text for one in writer.write(prompts, seeds, "verdicts")]
        said[vote] = [answer_of(text) for text in texts]
    _check_unknown(said, room.ctx)
    known = np.isfinite(said)
    right = np.where(known & (said == is_a[None, :]), 1.0, 0.0).sum(0)
    total = known.sum(0)
    return np.where(total > 0, right / np.maximum(total, 1), 0.5)


def answer_of(text: str) -> float:
    """1 for A, 0 for B, not a number where a text names neither; the last answer counts."""
    found = _ANSWER.findall(text)
    return float(found[-1].lower() == "a") if found else float("nan")


def _check_unknown(said: np.ndarray[Any, Any], ctx: Context) -> None:
    import numpy as np

    unknown, total = int(np.isnan(said).sum()), said.size
    if unknown > UNKNOWN * total:
        raise PrerequisiteError(
            f"{unknown:,} of {total:,} texts of the judge name no side (`Answer: A` or `Answer: B`)",
            "use how: logprob(), another template or model, or a larger max_tokens",
        )
    if unknown:
        ctx.warn(
            f"{unknown:,} of {total:,} texts of the judge name no side: they count for neither"
        )


def _by_likelihood(
    network: Network, items: Items, context: Transcripts, whose: str, ctx: Context
) -> np.ndarray[Any, Any]:
    """Sigmoid of the candidate's score less the rival's, each after transcript and prompt."""
    import numpy as np

    from w2sdl_runtime.learning.likelihood import MAX_LENGTH
    from w2sdl_runtime.learning.numerics import numerics
    from w2sdl_runtime.learning.reading import scores
    from w2sdl_runtime.learning.rows import texts_of
    from w2sdl_runtime.learning.tokens import Text, encode

    texts, rivals = texts_of(items, context, "before"), items.column("rival")
    without = sum(not rival for rival in rivals)
    if without:
        raise PrerequisiteError(
            f"{without:,} of {len(rivals):,} items have no rival to compare the candidate with",
            "use how: logprob(), or a format with two options",
        )
    other = [Text(t.prompt, r, before=t.before) for t, r in zip(texts, rivals, strict=True)]
    with numerics(ctx, "judging"):
        own, rival = (
            scores(
                network, encode(network.tokenizer, told, network.longest(MAX_LENGTH)), ctx, whose
            )
            for told in (texts, other)
        )
    return np.asarray(1 / (1 + np.exp(rival - own)), np.float64)
