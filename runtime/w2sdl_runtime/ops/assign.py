"""Which of several teachers labels a row: the student says it, by what it believes of the row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from w2sdl_runtime.answers import PHRASE, Given, Params, question
from w2sdl_runtime.arguments import needs_probabilities
from w2sdl_runtime.op import (
    Axes,
    Context,
    Mismatch,
    PortMark,
    PrerequisiteError,
    op,
    variant_class,
)
from w2sdl_runtime.values import Labels
from w2sdl_runtime.variants.assignments import Assignment, Beliefs, Ranges

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def _of_one_question(params: Params, given: Given) -> str | Mismatch:
    how = variant_class(Assignment, params["how"]["variant"])
    every = [answer for answers in given.values() for answer in answers if answer]
    kinds = {question(answer): answer for answer in every}
    if len(kinds) > 1:
        one, other = list(kinds.values())[:2]
        return Mismatch(
            f"student and teachers can't be compared: labels of one {PHRASE[one]}, those of another"
            f" {PHRASE[other]}",
            "assign by labels of the kind that the teachers give",
        )
    taught = {answer for answer in given["teachers"] if answer}
    for answer in taught:
        found = how.mismatch(answer)
        if found:
            return found
    return "soft" if (taught == {"hard"} and how.mixes) or len(taught) > 1 else "".join(taught)


@op(
    "assign",
    version=2,
    answers=_of_one_question,
    check=needs_probabilities("student", "teachers"),
)
def assign(
    ctx: Context,
    student: Annotated[Labels, PortMark(channel="select", rows="joined")],
    teachers: Annotated[list[Labels], PortMark(rows="joined")],
    *,
    over: Axes = (),
    how: Assignment = Ranges(),  # noqa: B008 (frozen)
) -> Labels:
    """For each row the label of one teacher, chosen by what the student believes of it.

    Co-supervised learning (Liu & Alahi 2024, step a): the student of one level says which specialist
    labels a row on the next. Each row comes with the teacher's weight and ``keep``; ``meta`` says which
    one it was, ``{"teacher": 2}``, counted from 1. The result is over all classes of all teachers: a class
    out of a specialist's range has probability 0.

    Args:
        ctx: the context.
        student: its labels of the rows, soft, joined by item id.
        teachers: labels of the same rows; with ``over`` one for each point of the reduced axes.
        over: the axes to reduce.
        how: which teacher: by range of classes, by nearness, all of them, or (a control) by gold.

    Raises:
        PrerequisiteError: for labels of other rows, words without probabilities, or a row that no
            teacher can take.
    """
    if not teachers:
        raise PrerequisiteError("assign() has no teachers", "name the labels of at least one")
    ranges = [frozenset(one.classes) for one in teachers]
    told, own, classes = _over_the_same(_in_one_order(teachers), student)
    beliefs = _beliefs(told, own, classes, ranges)
    shares = how.shares(beliefs)
    for at, share in enumerate(shares, start=1):
        ctx.log(f"teacher {at} of {len(told)}: {share.sum():,.0f} of {len(share):,} rows")
    return _mixed(told, beliefs, shares) if how.mixes else _chosen(told, shares)


def _in_one_order(teachers: list[Labels]) -> list[Labels]:
    from w2sdl_runtime.refining import rows

    first = teachers[0]
    return [
        first,
        *(rows.aligned(first, one, "the labels of another teacher") for one in teachers[1:]),
    ]


def _over_the_same(
    told: list[Labels], student: Labels
) -> tuple[list[Labels], Labels, tuple[str, ...]]:
    """All of them over the same rows and classes: those of the teachers and of the student."""
    from w2sdl_runtime.data.named_classes import belief, over_all_classes
    from w2sdl_runtime.refining import rows

    if len({one.label_kind == "text" for one in (student, *told)}) > 1:
        raise PrerequisiteError(
            "student and teachers can't be compared: some labels are words, others are not",
            "assign by labels of the kind that the teachers give",
        )
    own = rows.aligned(told[0], student, "the student's labels")
    belief(own, "the student's labels")  # words without probabilities say nothing of other classes
    for one in told:
        belief(one, "the teachers' labels")
    (*others, own), classes = over_all_classes([*told, own])
    return others, own, classes


def _beliefs(
    told: list[Labels], own: Labels, classes: tuple[str, ...], ranges: list[frozenset[str]]
) -> Beliefs:
    import numpy as np

    from w2sdl_runtime.data.named_classes import belief

    student, *teachers = (belief(one, "the labels")[1] for one in (own, *told))
    return Beliefs(classes, student, np.array(teachers), ranges, told[0])


def _chosen(told: list[Labels], shares: NDArray[np.float64]) -> Labels:
    """Every row as its teacher has it."""
    from dataclasses import replace

    import numpy as np
    import pyarrow as pa

    from w2sdl_runtime.data.as_one import kind_of, origin_of
    from w2sdl_runtime.data.label_meta import TEACHER
    from w2sdl_runtime.refining import rows

    best = shares.argmax(0)
    every = pa.concat_tables([one.table for one in told])
    table = every.take(best * len(best) + np.arange(len(best))).combine_chunks()
    found = replace(told[0], table=table, label_kind=kind_of(told), origin=origin_of(told))
    return rows.noted(found, [{TEACHER: int(at) + 1} for at in best])


def _mixed(told: list[Labels], beliefs: Beliefs, shares: NDArray[np.float64]) -> Labels:
    """Every row by all teachers: a row stays where all keep it, with the mean of their weights."""
    from dataclasses import replace

    import numpy as np

    from w2sdl_runtime.data.as_one import origin_of
    from w2sdl_runtime.data.named_classes import retold
    from w2sdl_runtime.refining import rows

    chances = (beliefs.teachers * shares[..., None]).sum(0)
    weight = np.mean([np.array(one.table.column("weight"), float) for one in told], axis=0)
    keep = np.logical_and.reduce([rows.kept(one) for one in told])
    found = rows.with_columns(replace(told[0], origin=origin_of(told)), weight=weight)
    found = rows.dropped(found, keep, "dropped by a teacher")
    if beliefs.classes:
        return retold(found, chances, beliefs.classes)
    kind = "soft" if found.label_kind == "hard" else found.label_kind
    return replace(rows.with_columns(found, value=chances[:, 1]), label_kind=kind)
