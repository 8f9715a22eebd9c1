"""Answers to one question, asked in several ways or by several models, as one label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from w2sdl_runtime.answers import Given, Params, question
from w2sdl_runtime.op import Axes, Context, Mismatch, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Labels
from w2sdl_runtime.variants.readings import Anything, Readable

if TYPE_CHECKING:
    import numpy as np

    from w2sdl_runtime.refining.voting import Ballot

NO_ANSWER, UNREAD = "no answer won", "an answer could not be read"


def _of_one_question(params: Params, given: Given) -> str | Mismatch:
    asked = {question(answer) for answer in given["labels"] if answer}
    if len(asked) > 1:
        return Mismatch(
            f"{' and '.join(sorted(asked))} labels don't answer one question",
            "count votes of labels of one kind",
        )
    if asked and asked != {"text"} and params["readable"]["variant"] != "anything":
        return Mismatch(
            f"readable: {params['readable']['variant']}() reads words, and these labels are numbers",
            "leave out readable:",
        )
    kind = asked.pop() if asked else ""
    return "hard" if kind == "soft" else kind


def _several(given: Mapping[str, Any]) -> tuple[str, str] | None:
    return _too_few(len(given.get("labels", ())))


def _too_few(count: int) -> tuple[str, str] | None:
    """One answer is unanimous whatever it is, so its entropy says nothing."""
    if count > 1:
        return None
    return (
        f"votes() has {count} answer to each question, and one needs no counting",
        "give several labels, or labels that vary over the axis in over:",
    )


@op("votes", version=1, answers=_of_one_question, check=_several)
def votes(
    ctx: Context,
    labels: Annotated[list[Labels], PortMark(rows="joined")],
    *,
    over: Axes = (),
    readable: Readable = Anything(),  # noqa: B008 (frozen)
    unreadable: Literal["class", "drop"] = "class",
) -> Labels:
    """One label a question: the answer that most gave, with all votes in ``meta``.

    ``meta`` holds ``{"votes": {"forest": 3, "river": 2}, "entropy": 0.673, "n": 5}``: the entropy
    ``H = - SUM p ln p`` of the shares, in nats, is what ``select(how: entropy())`` reads, and the votes
    what ``weigh(how: reliability())`` does (Guo & Yang 2024). Soft labels vote for a class, "1" or
    "0", at 0.5. What can't be read is a class of its own, as in the released code. Each answer counts
    once, kept or not. Which one stands for all is our design: the likeliest, of equally many the first
    given; where what can't be read wins, the row is dropped.

    Args:
        ctx: the context.
        labels: two or more, of the same items, joined by item id.
        over: the axes to reduce, such as those of the ways to ask.
        readable: which texts are answers.
        unreadable: "class", or "drop" the questions where some answer can't be read (the released code
            does so with GSM8K).

    Raises:
        PrerequisiteError: for fewer than two, labels of other rows, or of several kinds.
    """
    from w2sdl_runtime.refining import rows
    from w2sdl_runtime.refining.voting import UNREADABLE, ballots, said

    first = _checked(labels)
    items = first.open_items()
    every = [rows.aligned(first, one, "the labels to vote with") for one in labels]
    answers = [said(one) for one in every]
    is_text = first.label_kind == "text"
    can = [readable.readable(one, items) if is_text else [True] * len(one) for one in answers]
    counted = ballots(answers, can)
    found = _folded(first, counted)
    found = rows.dropped(found, _not([b.winner == UNREADABLE for b in counted]), NO_ANSWER)
    if unreadable == "drop":
        found = rows.dropped(found, _not([UNREADABLE in b.counts for b in counted]), UNREAD)
    split = sum(len(ballot.counts) > 1 for ballot in counted)
    lost = len(counted) - int(rows.kept(found).sum())
    ctx.log(
        f"{split:,} of {len(counted):,} questions are answered in several ways, {lost:,} dropped"
    )
    return found


def _checked(labels: list[Labels]) -> Labels:
    """The first, if all can vote together."""
    too_few = _too_few(len(labels))
    if too_few is not None:
        raise PrerequisiteError(*too_few)
    kinds = {"text" if one.label_kind == "text" else "number" for one in labels}
    if len(kinds) > 1:
        raise PrerequisiteError(
            "texts and numbers don't answer one question", "count votes of labels of one kind"
        )
    return labels[0]


def _folded(first: Labels, counted: list[Ballot]) -> Labels:
    from w2sdl_runtime.refining import rows

    is_text = first.label_kind == "text"
    won = [ballot.winner for ballot in counted]
    found = rows.with_columns(
        rows.of_one_class(first),
        text=won if is_text else [None] * len(won),
        value=[None if is_text or not one else float(one) for one in won],
        keep=[True] * len(won),
        weight=[1.0] * len(won),
        meta=[None] * len(won),
    )
    found = rows.noted(found, [ballot.facts() for ballot in counted])
    kind = first.label_kind if first.label_kind in ("text", "pairwise") else "hard"
    return replace(found, label_kind=kind)


def _not(flags: list[bool]) -> np.ndarray[Any, Any]:
    import numpy as np

    return ~np.array(flags, bool)
