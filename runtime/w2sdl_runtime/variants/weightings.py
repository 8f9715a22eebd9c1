"""The family of weightings: how what one judge says makes the weights of others' labels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from w2sdl_runtime.arguments import nobody_voted
from w2sdl_runtime.op import Mismatch, ParameterCheck, Positive, PrerequisiteError, Variant, variant
from w2sdl_runtime.values import Labels

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Weighting(Variant):
    """Weights of rows, at least 0, from what the labels and a judge say of them."""

    @abstractmethod
    def weights(self, labels: Labels, judge: Labels, kept: NDArray[Any]) -> NDArray[Any]:
        """The weight of every row, ``[rows]``; of rows that are not ``kept``, anything.

        Args:
            labels: what is weighed.
            judge: labels of the same rows in the same order.
            kept: the rows that the labels keep.
        """

    @classmethod
    def mismatch(cls, labels: str, by: str) -> Mismatch | None:
        """Why labels of a kind can't be weighed by such of another ("" where that is not known)."""
        if "text" not in (labels, by):
            return None
        return Mismatch(
            f"weigh(how: {cls.variant_name}()) needs probabilities, and texts have none",
            "weigh labels of predictors that judge or prefer, by such labels",
        )


@variant("margin")
class Margin(Weighting):
    """``|2 p - 1|``: 1 where the judge is certain, 0 where it can't tell. Which side does not count.

    Our design.
    """

    def weights(self, labels: Labels, judge: Labels, kept: NDArray[Any]) -> NDArray[Any]:
        """Twice the distance of the judge from 1/2."""
        from w2sdl_runtime.refining.rows import numbers

        distance: NDArray[Any] = abs(2 * numbers(judge, "the judge's labels", kept) - 1)
        return distance


@variant("backing")
class Backing(Weighting):
    """``y p + (1 - y)(1 - p)``: the probability that the judge gives to what the label says.

    Our design.
    """

    def weights(self, labels: Labels, judge: Labels, kept: NDArray[Any]) -> NDArray[Any]:
        """How far the judge backs the label."""
        from w2sdl_runtime.refining.rows import numbers

        p, y = numbers(judge, "the judge's labels", kept), numbers(labels, "the labels", kept)
        backed: NDArray[Any] = y * p + (1 - y) * (1 - p)
        return backed


_NO_VOTES = (
    "reliability() weighs by votes, and these labels hold none",
    "weigh by: votes(...) of several answers to each question",
)


def _has_votes(given: Mapping[str, Any]) -> tuple[str, str] | None:
    return _NO_VOTES if nobody_voted(given["by"]) else None


@variant("reliability")
class Reliability(Weighting):
    """``exp(p_a / T) / SUM_b exp(p_b / T)``, where p_a is the share of the votes for the label's answer.

    Reliability re-weighting (Guo & Yang 2024, released code): ``by`` is what `votes` has counted, and
    b runs over the answers that were given. The paper has T 0.2 for five answers and 1 for two. An
    answer that nobody gave has share 0 and joins the sum (our design).
    """

    check: ClassVar[ParameterCheck | None] = _has_votes
    temperature: Positive = 0.2

    def weights(self, labels: Labels, judge: Labels, kept: NDArray[Any]) -> NDArray[Any]:
        """How often the label's answer was given, against the others."""
        import numpy as np

        from w2sdl_runtime.data.label_meta import UNREAD, VOTES, facts
        from w2sdl_runtime.refining.voting import UNREADABLE, said

        counted, unread = facts(judge, VOTES), facts(judge, UNREAD)
        if any(votes is None for votes, needed in zip(counted, kept, strict=True) if needed):
            raise PrerequisiteError(*_NO_VOTES)
        rows = zip(said(labels), counted, unread, strict=True)
        return np.array(
            [
                self._weight(UNREADABLE if answer in (none or ()) else answer, votes or {})
                for answer, votes, none in rows
            ]
        )

    def _weight(self, answer: str, votes: dict[str, int]) -> float:
        import numpy as np

        counts = {answer: 0} | votes
        share = np.array(list(counts.values()), float) / max(1, sum(counts.values()))
        power = np.exp((share - share.max()) / self.temperature)
        return float(power[list(counts).index(answer)] / power.sum())

    @classmethod
    def mismatch(cls, labels: str, by: str) -> Mismatch | None:
        """Words and classes alike, but all of one question."""
        if "" in (labels, by) or (labels == "text") == (by == "text"):
            return None
        return Mismatch(
            f"{labels} labels can't be weighed by votes for {by} labels",
            "weigh answers by votes over answers of the same kind",
        )
