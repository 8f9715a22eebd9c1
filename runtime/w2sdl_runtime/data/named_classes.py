"""Labels over named classes: words, with how likely each of them is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.values import Labels

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Chances = NDArray[np.float64]

PROBABILITIES = "probabilities"


def one_spaced(text: str) -> str:
    """A word, or several with one blank between each: spacing does not count, case does."""
    return " ".join(text.split())


def words_of(labels: Labels) -> list[str]:
    """What text labels say, "" where nothing."""
    return [one_spaced(text or "") for text in labels.table.column("text").to_pylist()]


def in_order(words: Iterable[str]) -> list[str]:
    """Classes in their order: that of the numbers where all are whole numbers, else the alphabet's."""
    every = set(words)
    numbers = all(word.isascii() and word.isdigit() for word in every)
    return sorted(every, key=lambda word: (int(word), word) if numbers else (0, word))


def one_hot(words: Sequence[str], classes: Sequence[str]) -> Chances:
    """1 for each row's word, ``[rows, classes]``; a row whose word is none of them has zeros only."""
    import numpy as np

    place = {word: at for at, word in enumerate(classes)}
    chances = np.zeros((len(words), len(classes)))
    for row, word in enumerate(words):
        if word in place:
            chances[row, place[word]] = 1.0
    return chances


def likeliest(chances: Chances, classes: Sequence[str]) -> list[str]:
    """The likeliest class of each row; of equal ones the first."""
    return [classes[at] for at in chances.argmax(1)]


def with_chances(table: pa.Table, chances: Chances) -> pa.Table:
    """A table of labels with these probabilities as its column, in place of those it has."""
    import numpy as np
    import pyarrow as pa

    flat = pa.array(np.ascontiguousarray(chances, dtype=np.float64).reshape(-1), pa.float64())
    column = pa.FixedSizeListArray.from_arrays(flat, chances.shape[1])
    if PROBABILITIES not in table.column_names:
        return table.append_column(PROBABILITIES, column)
    return table.set_column(table.column_names.index(PROBABILITIES), PROBABILITIES, column)


def retold(labels: Labels, chances: Chances, classes: Sequence[str]) -> Labels:
    """The same rows with other probabilities, and the likeliest class of each as its word."""
    import pyarrow as pa

    place = labels.table.column_names.index("text")
    words = pa.array(likeliest(chances, classes), pa.string())
    table = with_chances(labels.table.set_column(place, "text", words), chances)
    return replace(labels, table=table, classes=tuple(classes))


def chances_of(labels: Labels) -> Chances:
    """Probabilities as they are stored, ``[rows, classes]``.

    Raises:
        ValueError: for labels without classes.
    """
    import numpy as np

    if not labels.classes:
        raise ValueError("labels without classes")
    column = labels.table.column(PROBABILITIES).combine_chunks()
    flat = np.asarray(column.flatten().to_numpy(zero_copy_only=False), np.float64)
    return flat.reshape(labels.table.num_rows, len(labels.classes))


def chances_over(labels: Labels, classes: Sequence[str]) -> Chances:
    """Probabilities of these classes; one that the labels don't know has 0.

    Words without probabilities are certain of themselves.
    """
    import numpy as np

    if not labels.classes:
        return one_hot(words_of(labels), classes)
    place = {word: at for at, word in enumerate(classes)}
    own, chances = chances_of(labels), np.zeros((labels.table.num_rows, len(classes)))
    for at, word in enumerate(labels.classes):
        if word in place:
            chances[:, place[word]] = own[:, at]
    return chances


def over_all_classes(labels: Sequence[Labels]) -> tuple[list[Labels], tuple[str, ...]]:
    """The labels over the classes of all of them, if any has some: words are then sure of themselves."""
    if not any(one.classes for one in labels) or {one.label_kind for one in labels} != {"text"}:
        return list(labels), ()
    words = (word for one in labels for word in one.classes or words_of(one) if word)
    classes = tuple(in_order(words))
    tables = [with_chances(one.table, chances_over(one, classes)) for one in labels]
    made = zip(labels, tables, strict=True)
    return [replace(one, table=table, classes=classes) for one, table in made], classes


def belief(labels: Labels, what: str) -> tuple[tuple[str, ...], Chances]:
    """What labels believe of each row as a distribution: over their classes, or over (wrong, right).

    ``classes`` is () for judgements and preferences, whose two columns are ``1 - p`` and ``p``.

    Raises:
        PrerequisiteError: for words without probabilities, or values that are none.
    """
    import numpy as np

    if labels.classes:
        return labels.classes, chances_of(labels)
    if labels.label_kind == "text":
        raise PrerequisiteError(
            f"{what} are words without probabilities",
            "label with a predictor that tells classes apart, such as probe(states, words)",
        )
    value = np.asarray(labels.table.column("value").to_numpy(), np.float64)
    if not (np.isfinite(value) & (value >= 0) & (value <= 1)).all():
        raise PrerequisiteError(f"{what} are no probabilities between 0 and 1", "correct them")
    return (), np.column_stack([1 - value, value])
