"""What operations answer, and where labels of one kind meet what takes another: for ``@op(answers=)``.

Rules that several operations have; a rule of one alone stands in its file. A judgement (soft or hard)
is of one candidate, a preference (pairwise) of two, a text is words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from w2sdl.signature import Mismatch
from w2sdl_runtime.op import variant_class

Params = Mapping[str, Any]
Given = Mapping[str, tuple[str, ...]]

JUDGEMENT = ("soft", "hard")

#: What labels of a kind do, to say in a message.
PHRASE = {
    "soft": "judge one candidate",
    "hard": "judge one candidate",
    "pairwise": "prefer one of two candidates",
    "text": "are words",
}
#: How a predictor that gives labels of a kind is made.
ADVICE = {
    "soft": "train with a head that judges, such as linear(), and a loss such as xent()",
    "hard": "train with a head that judges, such as linear(), and a loss such as xent()",
    "pairwise": "train with head: reward(), loss: bce()",
    "text": "train with head: lm(), loss: lm()",
}


def question(answer: str) -> str:
    """What is asked: soft and hard labels answer the same question."""
    return "soft" if answer in JUDGEMENT else answer


def always(answer: str) -> Callable[[Params, Given], str]:
    """The rule of what answers in one way, whatever comes in."""
    return lambda params, given: answer


def by_format(params: Params, given: Given) -> str:
    """Data answers as its format says."""
    from w2sdl_runtime.variants.formats import Format

    return variant_class(Format, params["format"]["variant"]).answers


def by_kind(params: Params, given: Given) -> str:
    """Labels of the kind that a parameter names."""
    return str(params["kind"])


def no_text(why: str, advice: str) -> Callable[[Params, Given], str | Mismatch]:
    """The rule of what combines numbers: answers as its inputs do, and refuses texts."""

    def rule(params: Params, given: Given) -> str | Mismatch:
        if "text" in every_answer(given):
            return Mismatch(why, advice)
        return the_answer(given)

    return rule


def same_question(params: Params, given: Given) -> str | Mismatch:
    """The rule of a measure: all its labels answer one question."""
    found: dict[str, str] = {}
    for port, answers in given.items():
        for answer in filter(None, answers):
            found.setdefault(question(answer), port)
    if len(found) > 1:
        (one, first), (other, second) = list(found.items())[:2]
        return Mismatch(
            f"`{first}` and `{second}` can't be compared: the labels of one {PHRASE[one]},"
            f" those of the other {PHRASE[other]}",
            "measure predictors on rows of the kind that they were trained on",
        )
    return ""


def against_other(params: Params, given: Given) -> str | Mismatch:
    """The rule of a measure that may compare with other labels than the gold of the part."""
    yardstick = given.get("against") or given["gold"]
    return same_question(params, {"scored": given["scored"], "gold": yardstick})


def in_numbers(params: Params, given: Given) -> str | Mismatch:
    """The rule of a measure of probabilities or of two classes: words have neither."""
    if "text" in every_answer(given):
        return Mismatch(
            "these labels are words, and this measure needs probabilities or classes",
            "use accuracy(), which compares words",
        )
    return same_question(params, given)


def together(answers: Iterable[str]) -> str | Mismatch:
    """What several answer once they are one: judgements are soft where some are, "" is not known."""
    kinds = list(dict.fromkeys(filter(None, answers)))
    if len({question(kind) for kind in kinds}) > 1:
        return Mismatch(
            f"{' and '.join(kinds)} labels can't be one",
            "give labels of one kind; soft and hard ones go together",
        )
    return "soft" if len(kinds) > 1 else "".join(kinds)


def as_the_labels(params: Params, given: Given) -> str | Mismatch:
    """The rule of what changes something of ``labels`` and not their kind."""
    return the_answer({"labels": given["labels"]})


def chosen_by(family: type[Any]) -> Callable[[Params, Given], str | Mismatch]:
    """The rule of what does something with ``labels`` by other labels, in a way of ``family``.

    The way says what it can read, by ``mismatch(labels, by)``; without ``by`` it reads the labels.
    """

    def rule(params: Params, given: Given) -> str | Mismatch:
        how = variant_class(family, params["how"]["variant"])
        labels = the_answer({"labels": given["labels"]})
        by = the_answer({"by": given["by"]}) if given.get("by") else labels
        found: Mismatch | None = how.mismatch(labels, by)
        return found or labels

    return rule


def every_answer(given: Given) -> set[str]:
    """What all that comes in answers, where it is known."""
    return {answer for answers in given.values() for answer in answers if answer}


def the_answer(given: Given) -> str:
    """What all that comes in answers, "" where they differ or it is not known."""
    every = every_answer(given)
    return every.pop() if len(every) == 1 else ""
