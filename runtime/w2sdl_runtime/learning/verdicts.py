"""What an untrained judge says of debates: by log-probability, by text, by votes, by likelihood."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.contexts import turns_of
from w2sdl_runtime.learning.judging import VARIABLES, Questions, log_odds, position_a
from w2sdl_runtime.learning.made_of import open_base
from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.learning.tokens import Text
from w2sdl_runtime.op import Context, PrerequisiteError, stream_seed, variant_from
from w2sdl_runtime.values import Items, Model, Predictor, Transcripts
from w2sdl_runtime.variants.verdicts import Verdict

if TYPE_CHECKING:
    import numpy as np

    from w2sdl_runtime.models import Network

    Chances = np.ndarray[Any, Any]

#: More texts without an answer than this share are an error.
UNKNOWN = 0.2

#: ``Answer: A``; a small letter only where no word follows: "a" may be an article.
_ANSWER = re.compile(r"(?i:answer)\s*:\s*<?([AB]\b|[ab]\b(?=\s*(?:[>.,;:!?)]|$)))")


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is judged, by whom."""

    base: Model
    items: Items
    context: Transcripts
    template: str
    seed: int | list[int]  #: the judge's
    ctx: Context

    @property
    def network(self) -> Network:
        """The judge's own."""
        return open_network(self.base, self.ctx)

    @property
    def whose(self) -> str:
        """Digest of the model."""
        return self.base.digest

    def prompts(self) -> tuple[list[str], Chances]:
        """A prompt for each item, and whether position A is that its candidate is right."""
        import numpy as np

        questions = Questions(self.template)
        told = turns_of(self.context, self.items.column("item_id"))
        rows = self.items.table.select(VARIABLES[:4]).to_pylist()
        asked = [questions.ask(item, turns) for item, turns in zip(rows, told, strict=True)]
        return asked, np.array([position_a(turns) == "correct" for turns in told], dtype=bool)


def judged(
    predictor: Predictor, items: Items, context: Transcripts | None, ctx: Context
) -> Chances:
    """P(candidate is right) by a judge, float64, ``[rows]``.

    Raises:
        PrerequisiteError: for a missing transcript, a model that can't be asked so, or more than a
            fifth of answers that name no side.
    """
    if context is None:
        raise ValueError("a judge without transcripts")
    base, facts = open_base(predictor, ctx), predictor.facts
    how = variant_from(Verdict, facts["how"])
    return how.judge(Hearing(base, items, context, facts["template"], facts["seed"], ctx))


def by_next_token(hearing: Hearing) -> Chances:
    """Softmax over the two letters."""
    import numpy as np

    prompts, is_a = hearing.prompts()
    odds = log_odds(hearing.network, prompts, hearing.ctx, hearing.whose)
    return np.asarray(1 / (1 + np.exp(-np.where(is_a, odds, -odds))), np.float64)


def by_texts(
    hearing: Hearing, max_tokens: int, votes: int = 1, temperature: float = 0.0
) -> Chances:
    """Share of A or B among the texts that say one of them."""
    import numpy as np

    from w2sdl_runtime.learning.decoding import Sampling
    from w2sdl_runtime.learning.writers import open_writer

    writer = open_writer(hearing.base, Sampling(max_tokens, temperature), hearing.ctx)
    asked, is_a = hearing.prompts()
    prompts, ids = [Text(prompt, "") for prompt in asked], hearing.items.column("item_id")
    said = np.full((votes, len(ids)), np.nan)
    for vote in range(votes):
        seeds = [stream_seed(hearing.seed, "judge", f"vote {vote}\n{item_id}") for item_id in ids]
        texts = [one.text for one in writer.write(prompts, seeds, "verdicts")]
        said[vote] = [answer_of(text) for text in texts]
    _check_unknown(said, hearing.ctx)
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


def by_likelihood(hearing: Hearing) -> Chances:
    """Sigmoid of the candidate's score less the rival's, each after transcript and prompt."""
    import numpy as np

    from w2sdl_runtime.learning.likelihood import MAX_LENGTH
    from w2sdl_runtime.learning.numerics import numerics
    from w2sdl_runtime.learning.reading import scores
    from w2sdl_runtime.learning.rows import texts_of
    from w2sdl_runtime.learning.tokens import encode

    texts = texts_of(hearing.items, hearing.context, "before")
    rivals = hearing.items.column("rival")
    without = sum(not rival for rival in rivals)
    if without:
        raise PrerequisiteError(
            f"{without:,} of {len(rivals):,} items have no rival to compare the candidate with",
            "use how: logprob(), or a format with two options",
        )
    other = [Text(t.prompt, r, before=t.before) for t, r in zip(texts, rivals, strict=True)]
    network, ctx = hearing.network, hearing.ctx
    with numerics(ctx, "judging"):
        found = []
        for told in (texts, other):
            rows = encode(network.tokenizer, told, network.longest(MAX_LENGTH))
            rows.warn_of_cuts(ctx)
            found.append(scores(network, rows, ctx, hearing.whose))
    return np.asarray(1 / (1 + np.exp(found[1] - found[0])), np.float64)
