"""What is asked of the items of a part, in words: what a probability is of, and what gold says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of each item. What is answered in words has no probability."""

    head: str = ""  #: of a column of probabilities: "P(right)"
    told: str = ""  #: what P is of: "P(the candidate is right)"
    gold: tuple[str, str] = ("", "")  #: what gold 0 and gold 1 say, as the end of a sentence
    pairs: bool = False  #: whether an item is two texts, of which one is preferred


CANDIDATE = Asked(
    "P(right)",
    "P(the candidate is right)",
    ("the candidate is wrong", "the candidate is right"),
)
#: The second is the candidate of an item, the first its rival (`variants/formats/pairs.py`).
PAIR = Asked(
    "P(second)",
    "P(the second of a pair is preferred)",
    ("the first is preferred", "the second is preferred"),
    pairs=True,
)
CLASS = Asked("P(class 1)", "P(class 1)", ("class 0", "class 1"))
WORDS = Asked()


def by_other_labels(against: str) -> Asked:
    """Of a measure whose gold is what other labels say (``against``), such as what a model knows."""
    return Asked("P(1)", f"P({against} says 1)", (f"{against} says 0", f"{against} says 1"))
