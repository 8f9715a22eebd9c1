"""The family of verdicts: how an untrained judge says which side of a debate is right."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any

from w2sdl_runtime.op import Changes, Count, Positive, Variant, variant

if TYPE_CHECKING:
    import numpy as np

    from w2sdl_runtime.learning.verdicts import Hearing


class Verdict(Variant):
    """How a model is asked."""

    @abstractmethod
    def judge(self, hearing: Hearing) -> np.ndarray[Any, Any]:
        """P(candidate is right) of every item, float64, ``[rows]``.

        Raises:
            PrerequisiteError: for a model or items that lack what is asked for.
        """


@variant("logprob")
class Logprob(Verdict):
    """P = softmax over the log-probabilities of "A" and "B" as the next token after "Answer:".

    Khan et al. (2024). The whole vocabulary is known here, so no letter is ever missing.
    """

    def judge(self, hearing: Hearing) -> np.ndarray[Any, Any]:
        """By the next token."""
        from w2sdl_runtime.learning.verdicts import by_next_token

        return by_next_token(hearing)


@variant("text")
class Written(Verdict):
    """The likeliest text, in which ``Answer: A`` or ``Answer: B`` is looked for (Khan et al. 2024).

    The last one counts. P is 1 or 0; 0.5 where there is none. More than a fifth of such rows is an
    error.
    """

    max_tokens: Annotated[Count, Changes("sampling")] = 150

    def judge(self, hearing: Hearing) -> np.ndarray[Any, Any]:
        """By one text."""
        from w2sdl_runtime.learning.verdicts import by_texts

        return by_texts(hearing, self.max_tokens)


@variant("vote")
class Vote(Verdict):
    """``n`` texts, drawn; P = share of those with an answer that say that the candidate is right.

    More than a fifth of texts without an answer is an error.
    """

    n: Count
    max_tokens: Annotated[Count, Changes("sampling")] = 150
    temperature: Annotated[Positive, Changes("sampling")] = 1.0

    def judge(self, hearing: Hearing) -> np.ndarray[Any, Any]:
        """By several texts."""
        from w2sdl_runtime.learning.verdicts import by_texts

        return by_texts(hearing, self.max_tokens, self.n, self.temperature)


@variant("likelihood")
class Likelihood(Verdict):
    """P = sigmoid(score of the candidate − score of its rival), each after transcript and prompt.

    Our design, for models too small to be asked: the score is the mean over the text's tokens of
    (token logit − best logit), as in ``zero_shot``. The template plays no part; rows need a rival.
    """

    def judge(self, hearing: Hearing) -> np.ndarray[Any, Any]:
        """By two scores."""
        from w2sdl_runtime.learning.verdicts import by_likelihood

        return by_likelihood(hearing)
