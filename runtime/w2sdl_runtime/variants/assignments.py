"""The family of assignments: which teacher labels a row, by what the student says of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from w2sdl_runtime.op import Mismatch, PortMark, PrerequisiteError, Variant, variant
from w2sdl_runtime.values import Labels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Chances = NDArray[np.float64]

#: What a teacher holds for impossible counts as this likely: else all that leave out a class are alike.
_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What is believed of the same rows, over the same classes (() for wrong and right)."""

    classes: tuple[str, ...]
    student: Chances  #: [rows, classes]
    teachers: Chances  #: [teachers, rows, classes]
    ranges: Sequence[frozenset[str]]  #: the classes that each teacher tells apart
    items: Labels  #: any labels of these rows


class Assignment(Variant):
    """How much of each teacher's word goes into a row."""

    judges: ClassVar[bool] = True  #: whether it can assign teachers who judge, not name classes
    mixes: ClassVar[bool] = False  #: whether a row's label is made of several teachers'

    @abstractmethod
    def shares(self, beliefs: Beliefs) -> Chances:
        """The share of every teacher in each row's label, ``[teachers, rows]``; they add up to 1.

        Raises:
            PrerequisiteError: where a row can't be assigned.
        """

    @classmethod
    def mismatch(cls, answer: str) -> Mismatch | None:
        """Why teachers whose labels are of this kind can't be assigned."""
        if answer in ("", "text") or cls.judges:
            return None
        return Mismatch(
            f"{cls.variant_name}() looks for the teacher of a class, and these teachers judge candidates",
            "assign by how: kl()",
        )


def _wholly(best: NDArray[np.int64], teachers: int) -> Chances:
    """One teacher for each row."""
    import numpy as np

    return np.asarray(np.arange(teachers)[:, None] == best[None, :], np.float64)


@variant("ranges")
class Ranges(Assignment):
    """The specialist in whose range of classes the student's likeliest class lies: a hard gate.

    Liu & Alahi (2024), on ImageNet. A specialist's range are the classes that it was fitted to tell
    apart; no class may be in two ranges, and the student's class must be in one.
    """

    judges = False

    def shares(self, beliefs: Beliefs) -> Chances:
        """1 for the specialist of the likeliest class."""
        import numpy as np

        from w2sdl_runtime.data.named_classes import likeliest

        owner: dict[str, int] = {}
        for at, classes in enumerate(beliefs.ranges):
            for word in classes:
                if owner.setdefault(word, at) != at:
                    raise PrerequisiteError(
                        f"class `{word}` is in the ranges of two teachers",
                        "give specialists of classes that differ, or assign by how: kl()",
                    )
        named = likeliest(beliefs.student, beliefs.classes)
        lost = sorted({word for word in named if word not in owner})
        if lost:
            raise PrerequisiteError(
                f"no teacher knows class `{lost[0]}`, which the student names",
                "the ranges of all teachers together must hold every class of the student",
            )
        return _wholly(np.array([owner[word] for word in named]), len(beliefs.ranges))


@variant("kl")
class NearestKl(Assignment):
    """The teacher t with the least ``KL(student || teacher_t)``; of equal ones the first.

    For teachers without ranges of classes: a re-implementation of Liu & Alahi (2024) has it. What a
    teacher holds for impossible counts as 1e-9 likely, which is our design.
    """

    def shares(self, beliefs: Beliefs) -> Chances:
        """1 for the nearest."""
        import numpy as np

        student = beliefs.student
        own = student * np.log(np.maximum(student, _LEAST))
        others = student[None] * np.log(np.maximum(beliefs.teachers, _LEAST))
        divergence = (own[None] - others).sum(2)
        return _wholly(divergence.argmin(0), len(beliefs.teachers))


@variant("mean")
class Mean(Assignment):
    """The mean of all teachers, whatever the student says: the ensemble to compare with."""

    mixes = True

    def shares(self, beliefs: Beliefs) -> Chances:
        """Equal shares."""
        import numpy as np

        teachers, rows, _ = beliefs.teachers.shape
        return np.full((teachers, rows), 1.0 / teachers)


@variant("oracle")
class Oracle(Assignment):
    """The teacher who holds the truth for likeliest: what the best assignment could do. A control.

    It reads gold of the rows on purpose, and is marked as a control wherever it appears.
    """

    gold: Annotated[Labels, PortMark(channel="control", rows="joined")]

    def shares(self, beliefs: Beliefs) -> Chances:
        """1 for the teacher with the largest probability of gold; of equal ones the first."""
        import numpy as np

        from w2sdl_runtime.data.named_classes import one_hot, words_of
        from w2sdl_runtime.refining import rows

        truth = rows.aligned(beliefs.items, self.gold, "the gold labels of oracle()")
        if beliefs.classes:
            chances = one_hot(words_of(truth), beliefs.classes)
        else:
            every = np.ones(truth.table.num_rows, bool)
            right = rows.numbers(truth, "the gold labels of oracle()", every)
            chances = np.column_stack([1 - right, right])
        best = (beliefs.teachers * chances[None]).sum(2).argmax(0)
        return _wholly(best, len(beliefs.teachers))
