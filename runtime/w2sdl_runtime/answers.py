"""What operations answer, and where labels of one kind meet what takes another: rules for ``@op``.

A judgement (soft or hard) is of one candidate, a preference (pairwise) of two, a text is words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from w2sdl.signature import Mismatch
from w2sdl_runtime.op import variant_class

Params = Mapping[str, Any]
Given = Mapping[str, tuple[str, ...]]

JUDGEMENT = ("soft", "hard")

_WORDS = {
    "soft": "judge one candidate",
    "hard": "judge one candidate",
    "pairwise": "prefer one of two candidates",
    "text": "are words",
}
_ADVICE = {
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

    return variant_class(Format, params["format"]["variant"]).answers  # type: ignore[type-abstract]


def by_kind(params: Params, given: Given) -> str:
    """Labels of the kind that a parameter names."""
    return str(params["kind"])


def no_text(why: str, advice: str) -> Callable[[Params, Given], str | Mismatch]:
    """The rule of what combines numbers: answers as its inputs do, and refuses texts."""

    def rule(params: Params, given: Given) -> str | Mismatch:
        if "text" in _all(given):
            return Mismatch(why, advice)
        return _one(given)

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
            f"`{first}` and `{second}` can't be compared: the labels of one {_WORDS[one]},"
            f" those of the other {_WORDS[other]}",
            "measure predictors on rows of the kind that they were trained on",
        )
    return ""


def against_other(params: Params, given: Given) -> str | Mismatch:
    """The rule of a measure that may compare with other labels than the gold of the part."""
    yardstick = given.get("against") or given["gold"]
    return same_question(params, {"scored": given["scored"], "gold": yardstick})


def in_numbers(params: Params, given: Given) -> str | Mismatch:
    """The rule of a measure of probabilities or of two classes: words have neither."""
    if "text" in _all(given):
        return Mismatch(
            "these labels are words, and this measure needs probabilities or classes",
            "use accuracy(), which compares words",
        )
    return same_question(params, given)


def recovered(params: Params, given: Given) -> str | Mismatch:
    """The rule of `pgr`: words can be matched and not ranked."""
    if params["metric"] == "auroc" and "text" in _all(given):
        return Mismatch(
            "these labels are words, which can't be ranked", 'leave out metric: "auroc"'
        )
    return same_question(params, given)


def corrupting(params: Params, given: Given) -> str | Mismatch:
    """The rule of `corrupt`: two classes can be swapped, words can't."""
    found = in_numbers(params, given)
    if isinstance(found, Mismatch):
        return Mismatch("only labels of two classes can be corrupted", "give it hard gold labels")
    return "hard" if set(JUDGEMENT) & _all(given) else _one(given)


def prompting(params: Params, given: Given) -> str | Mismatch:
    """The rule of `few_shot`: a verdict is one of two."""
    if _all(given) - set(JUDGEMENT):
        return Mismatch(
            "few_shot() gives a verdict on one candidate, and these labels do not",
            "give it soft or hard labels",
        )
    return "soft"


def probing(params: Params, given: Given) -> str | Mismatch:
    """The rule of `probe`: it says what it was fitted to; what a column says is known when it is read."""
    (labels,) = given["labels"]
    if labels == "pairwise":
        return Mismatch(
            "a probe reads single states, and these labels prefer one of two candidates",
            "fit it to soft, hard or text labels",
        )
    return "soft" if labels in JUDGEMENT else labels


def labelling(params: Params, given: Given) -> str | Mismatch:
    """The rule of `label`: a predictor answers the question that the items ask."""
    (predictor,), (items,) = given["predictor"], given["items"]
    if predictor and items and question(predictor) != question(items):
        return Mismatch(
            f"this predictor's labels {_WORDS[predictor]}; labels of these items {_WORDS[items]}",
            _ADVICE[items],
        )
    if predictor == "text" and params["kind"] != "soft":
        return Mismatch(
            "this predictor writes text, and no text is soft or hard", "leave out kind:"
        )
    return str(params["kind"]) if predictor in JUDGEMENT else predictor


def training(params: Params, given: Given) -> str | Mismatch:
    """The rule of `finetune`: the labels are of a kind that its loss and its head take."""
    from w2sdl_runtime.variants.heads import Head
    from w2sdl_runtime.variants.losses import Loss

    loss = variant_class(Loss, params["loss"]["variant"])  # type: ignore[type-abstract]
    head = variant_class(Head, params["head"]["variant"])  # type: ignore[type-abstract]
    (labels,) = given["labels"]
    both = set(loss.accepts) & set(head.accepts)
    if not both:
        return Mismatch(
            f"head: {head.variant_name}() takes {_either(head.accepts)} labels, "
            f"and loss: {loss.variant_name}() {_either(loss.accepts)}",
            _ADVICE[labels or head.accepts[0]],
        )
    for what, chosen in (("head", head), ("loss", loss)):
        if labels and labels not in chosen.accepts:
            return Mismatch(
                f"{what}: {chosen.variant_name}() takes {_either(chosen.accepts)} labels, "
                f"and these are {labels} labels",
                _ADVICE[labels],
            )
    for answer in given.get("stop.labels", ()):
        if head.answers == "text":
            return Mismatch(
                f"stop: agreeing() compares classes, and head: {head.variant_name}() answers in words",
                "leave out stop:, or train fewer epochs",
            )
        if answer and question(answer) != question(head.answers):
            return Mismatch(
                f"the labels to agree with {_WORDS[answer]}, those to train on {_WORDS[head.answers]}",
                "stop by labels of the kind that is trained on",
            )
    return head.answers


def _either(words: Iterable[str]) -> str:
    return " or ".join(words)


def _all(given: Given) -> set[str]:
    return {answer for answers in given.values() for answer in answers if answer}


def _one(given: Given) -> str:
    every = _all(given)
    return every.pop() if len(every) == 1 else ""
