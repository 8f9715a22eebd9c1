"""The family of verdicts: how an untrained judge says which side of a debate is right."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.op import Changes, Count, Positive, Variant, variant


class Verdict(Variant):
    """How a model is asked; `w2sdl_runtime.learning.verdicts` does it."""


@variant("logprob")
class Logprob(Verdict):
    """P = softmax over the log-probabilities of "A" and "B" as the next token after "Answer:".

    Khan et al. (2024). The whole vocabulary is known here, so no letter is ever missing.
    """


@variant("text")
class Written(Verdict):
    """The likeliest text, in which ``Answer: A`` or ``Answer: B`` is looked for (Khan et al. 2024).

    The last one counts. P is 1 or 0; 0.5 where there is none. More than a fifth of such rows is an
    error.
    """

    max_tokens: Annotated[Count, Changes("sampling")] = 150


@variant("vote")
class Vote(Verdict):
    """``n`` texts, drawn; P = share of those with an answer that say that the candidate is right.

    More than a fifth of texts without an answer is an error.
    """

    n: Count
    max_tokens: Annotated[Count, Changes("sampling")] = 150
    temperature: Annotated[Positive, Changes("sampling")] = 1.0


@variant("likelihood")
class Likelihood(Verdict):
    """P = sigmoid(score of the candidate − score of its rival), each after transcript and prompt.

    Our design, for models too small to be asked: the score is the mean over the text's tokens of
    (token logit − best logit), as in ``zero_shot``. The template plays no part; rows need a rival.
    """
