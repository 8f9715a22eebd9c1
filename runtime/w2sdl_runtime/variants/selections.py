"""The family of selections: which rows of labels are kept for training."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from w2sdl_runtime.answers import PHRASE
from w2sdl_runtime.arguments import needs_probabilities
from w2sdl_runtime.op import (
    Count,
    Fraction,
    Mismatch,
    NonNegative,
    ParameterCheck,
    Variant,
    variant,
)
from w2sdl_runtime.values import Labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Entropies that differ by rounding are equal.
_ROUNDING = 1e-12


class Selection(Variant):
    """Which rows ``select`` keeps, from what other labels say of them, or the labels themselves."""

    #: kinds of labels that it can read; those of `by`, or the labels themselves where there is no `by`
    reads: ClassVar[tuple[str, ...]] = ("soft", "hard", "pairwise")

    @abstractmethod
    def chosen(self, labels: Labels, by: Labels, considered: NDArray[Any]) -> NDArray[Any]:
        """Whether each row is selected, ``[rows]`` of bool.

        Args:
            labels: what is selected from.
            by: what it is selected by, row for row; the labels themselves where nothing else is given.
            considered: the rows that ``labels`` keep; what others say counts for no threshold.

        Raises:
            PrerequisiteError: where a row that is considered has nothing to be selected by.
        """

    @classmethod
    def mismatch(cls, labels: str, by: str) -> Mismatch | None:
        """Why it can't select by labels of this kind ("" where that is not known)."""
        if not by or by in cls.reads:
            return None
        return Mismatch(
            f"{cls.variant_name}() selects by probabilities, and these labels are words",
            "select by: labels with probabilities, or how: entropy() of votes()",
        )


def _needs_by(name: str) -> ParameterCheck:
    def check(given: Mapping[str, Any]) -> tuple[str, str] | None:
        if "by" in given:
            return None
        return (
            f"{name}() selects by what other labels say of a row, and there are none",
            "name them, as in select(y, by: label(knows, qa.transfer)), or use confident()",
        )

    return check


def _has_probabilities(given: Mapping[str, Any]) -> tuple[str, str] | None:
    place = "by" if "by" in given else "labels"
    return needs_probabilities(place)(given) if place in given else None


@variant("above")
class Above(Selection):
    """Rows that another predictor holds for true: P(class 1) of ``by`` is above ``at``.

    ``by: label(knows, ...)`` of a classifier P(IK), or ``by: was_right(...)`` of a control.
    """

    check: ClassVar[ParameterCheck | None] = _needs_by("above")
    threshold: Fraction = 0.5

    def chosen(self, labels: Labels, by: Labels, considered: NDArray[Any]) -> NDArray[Any]:
        """Where the probability is above the threshold; not at it."""
        from w2sdl_runtime.refining.rows import numbers

        found: NDArray[Any] = numbers(by, "the labels to select by", considered) > self.threshold
        return found


@variant("below")
class Below(Selection):
    """The rows that ``above()`` leaves: P(class 1) of ``by`` is at most ``threshold``."""

    check: ClassVar[ParameterCheck | None] = _needs_by("below")
    threshold: Fraction = 0.5

    def chosen(self, labels: Labels, by: Labels, considered: NDArray[Any]) -> NDArray[Any]:
        """Where the probability is not above the threshold."""
        from w2sdl_runtime.refining.rows import numbers

        found: NDArray[Any] = numbers(by, "the labels to select by", considered) <= self.threshold
        return found


@variant("confident")
class Confident(Selection):
    """Rows with ``max(p, 1 - p) >= threshold``: of ``by``, or of the labels themselves.

    Of named classes it is the probability of the likeliest.
    """

    check: ClassVar[ParameterCheck | None] = _has_probabilities
    reads = ("soft", "hard", "pairwise", "text")
    threshold: Fraction = 0.75

    def chosen(self, labels: Labels, by: Labels, considered: NDArray[Any]) -> NDArray[Any]:
        """Where either class is likely enough."""
        import numpy as np

        from w2sdl_runtime.data.named_classes import chances_of
        from w2sdl_runtime.refining.rows import numbers

        if by.classes:
            likeliest: NDArray[Any] = chances_of(by).max(axis=1)
            return likeliest >= self.threshold
        p = numbers(by, "the labels to select by", considered)
        found: NDArray[Any] = np.maximum(p, 1 - p) >= self.threshold
        return found


@variant("entropy")
class Entropy(Selection):
    """Rows whose entropy is at most ``threshold``, in nats: of ``by``, or of the labels themselves.

    The entropy is that of the answers which `votes` has counted (Guo & Yang 2024, uncertainty
    filtering), and of a probability ``- p ln p - (1 - p) ln (1 - p)``. ``threshold: "median"`` is the
    median over the rows that the labels keep; where it is 0, only what is answered unanimously stays. A
    hard label that nobody voted on says nothing of how sure it is, and is refused.
    """

    reads = ("soft", "hard", "pairwise", "text")
    threshold: Literal["median"] | NonNegative = "median"

    def chosen(self, labels: Labels, by: Labels, considered: NDArray[Any]) -> NDArray[Any]:
        """Where it is no larger than the threshold."""
        import numpy as np

        from w2sdl_runtime.refining.uncertainty import entropies

        of = entropies(by, considered)
        most = float(np.median(of[considered])) if self.threshold == "median" else self.threshold
        found: NDArray[Any] = of <= most + _ROUNDING
        return found


def _needs_a_student(given: Mapping[str, Any]) -> tuple[str, str] | None:
    if "by" in given:
        return needs_probabilities("by")(given)
    return (
        "consistent() asks what a student says of each row, and there are no labels of one",
        "name them, as in select(y, by: label(student, d.transfer), how: consistent(top: 3))",
    )


@variant("consistent")
class Consistent(Selection):
    """As many rows as agree with the student, and of all rows those that it finds easiest.

    Liu & Alahi (2024), teacher-student consistency: r is the share of rows whose likeliest class is among
    the ``top`` likeliest of the student; all rows are ranked by the cross-entropy of the student's belief
    to that class, and the first r N are kept, N rows being considered. So a row may go that agrees, and
    none stays that is harder than one that went. Of equal ones the first by item id stays. For judgements
    of one candidate, ``top: 1``: of two classes both are among the top 2.
    """

    check = _needs_a_student
    reads = ("soft", "hard", "pairwise", "text")
    top: Count = 3

    @classmethod
    def mismatch(cls, labels: str, by: str) -> Mismatch | None:
        """Words are compared with words."""
        if not labels or not by or (labels == "text") == (by == "text"):
            return None
        return Mismatch(
            f"these labels {PHRASE[labels]}, and those to select by {PHRASE[by]}",
            "select by a student that answers as the labels do",
        )

    def chosen(self, labels: Labels, by: Labels, considered: NDArray[Any]) -> NDArray[Any]:
        """The easiest, as many as agree."""
        import numpy as np

        from w2sdl_runtime.refining.consistency import agrees, surprise
        from w2sdl_runtime.refining.rows import item_ids

        agree = agrees(labels, by, self.top) & considered
        order = np.lexsort((np.array(item_ids(labels)), surprise(labels, by)))
        easiest = order[considered[order]][: int(agree.sum())]
        found = np.zeros(len(considered), bool)
        found[easiest] = True
        return found
