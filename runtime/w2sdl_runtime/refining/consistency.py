"""How far a student's belief of a row goes with the class that its label names (Liu & Alahi 2024)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from w2sdl_runtime.data.named_classes import belief, words_of
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.values import Labels

if TYPE_CHECKING:
    from numpy.typing import NDArray


def agrees(labels: Labels, by: Labels, top: int) -> NDArray[np.bool_]:
    """Whether the named class is among the ``top`` likeliest of the student, ``[rows]``.

    Of equally likely classes the first counts as likelier, and none that the student holds for impossible
    is among them: so a student of hard labels agrees with the one class that it names.

    Raises:
        PrerequisiteError: where as many classes are asked for as there are: then all agree.
    """
    _, student = belief(by, "the student's labels")
    if top >= student.shape[1]:
        raise PrerequisiteError(
            f"consistent(top: {top}) holds for every row: the student knows {student.shape[1]} classes",
            f"ask for fewer, such as consistent(top: {student.shape[1] - 1})",
        )
    place, named = _named(labels, by), _of_the_named(labels, by)
    before = np.arange(student.shape[1]) < place[:, None]
    ahead = (student > named[:, None]) | ((student == named[:, None]) & before)
    return np.asarray((ahead.sum(1) < top) & (named > 0))


def surprise(labels: Labels, by: Labels) -> NDArray[np.float64]:
    """``-ln P(the named class)`` by the student, ``[rows]``; infinite for a class that it doesn't know."""
    with np.errstate(divide="ignore"):
        return -np.log(_of_the_named(labels, by))


def _of_the_named(labels: Labels, by: Labels) -> NDArray[np.float64]:
    """What the student believes of the likeliest class of each label; nothing of one it doesn't know."""
    _, student = belief(by, "the student's labels")
    known = np.column_stack([student, np.zeros(len(student))])
    found: NDArray[np.float64] = known[np.arange(len(student)), _named(labels, by)]
    return found


def _named(labels: Labels, by: Labels) -> NDArray[np.int64]:
    """Where the likeliest class of each label stands among the student's; else one past the last."""
    classes, _ = belief(by, "the student's labels")
    if (labels.label_kind == "text") != bool(classes):
        raise PrerequisiteError(
            "the labels and the student's can't be compared: one side is words, the other is not",
            "select by a student that answers as the labels do",
        )
    if not classes:
        return np.asarray(np.array(labels.table.column("value"), float) > 0.5).astype(np.int64)
    place = {word: at for at, word in enumerate(classes)}
    return np.array([place.get(word, len(classes)) for word in words_of(labels)], np.int64)
