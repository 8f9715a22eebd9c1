"""How far a student's belief of a row goes with the class that its label names (Liu & Alahi 2024)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from w2sdl_runtime.data.named_classes import belief
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.refining import rows
from w2sdl_runtime.values import Labels

if TYPE_CHECKING:
    from numpy.typing import NDArray


def agrees(labels: Labels, by: Labels, top: int) -> NDArray[np.bool_]:
    """Whether the named class is among the ``top`` likeliest of the student, ``[rows]``.

    Raises:
        PrerequisiteError: where as many classes are asked for as there are: then all agree.
    """
    _, student = belief(by, "the student's labels")
    if top >= student.shape[1]:
        raise PrerequisiteError(
            f"consistent(top: {top}) holds for every row: the student knows {student.shape[1]} classes",
            f"ask for fewer, such as consistent(top: {student.shape[1] - 1})",
        )
    likelier = (student > _of_the_named(labels, by)[:, None]).sum(1)
    return np.asarray(likelier < top)


def surprise(labels: Labels, by: Labels) -> NDArray[np.float64]:
    """``-ln P(the named class)`` by the student, ``[rows]``; infinite for a class that it doesn't know."""
    with np.errstate(divide="ignore"):
        return -np.log(_of_the_named(labels, by))


def _of_the_named(labels: Labels, by: Labels) -> NDArray[np.float64]:
    """What the student believes of the likeliest class of each label."""
    classes, student = belief(by, "the student's labels")
    if (labels.label_kind == "text") != bool(classes):
        raise PrerequisiteError(
            "the labels and the student's can't be compared: one side is words, the other is not",
            "select by a student that answers as the labels do",
        )
    if classes:
        place = {word: at for at, word in enumerate(classes)}
        known = np.column_stack([student, np.zeros(len(student))])  # the last is for all others
        at = np.array([place.get(word, len(classes)) for word in rows.words(labels)])
    else:
        known, at = student, (np.array(labels.table.column("value"), float) > 0.5).astype(int)
    found: NDArray[np.float64] = known[np.arange(len(at)), at]
    return found
