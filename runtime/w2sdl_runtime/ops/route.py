"""One label or the other, row by row."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from w2sdl_runtime.answers import Given, Params, question
from w2sdl_runtime.op import Context, Fraction, Mismatch, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Labels


def _of_one_question(params: Params, given: Given) -> str | Mismatch:
    if "text" in given["by"]:
        return Mismatch(
            "route() reads probabilities of `by`, and these labels are words",
            "route by: labels of a classifier, such as label(knows, qa.transfer)",
        )
    kinds = {kind for kind in (*given["then"], *given["otherwise"]) if kind}
    if len({question(kind) for kind in kinds}) > 1:
        return Mismatch(
            f"`then` and `otherwise` are {' and '.join(sorted(kinds))} labels, which can't be one",
            "give labels of one kind; soft and hard ones go together",
        )
    return "soft" if len(kinds) > 1 else next(iter(kinds), "")


@op("route", version=1, answers=_of_one_question)
def route(
    ctx: Context,
    by: Annotated[Labels, PortMark(channel="select", rows="joined")],
    then: Annotated[Labels, PortMark(rows="joined")],
    otherwise: Annotated[Labels, PortMark(rows="joined")],
    *,
    above: Fraction = 0.5,
) -> Labels:
    """``then`` where P(class 1) of ``by`` is above a threshold, ``otherwise`` in all other rows.

    Selective W2SG (Lang, Huang & Li 2025): the strong model's own label where it knows the answer, the
    weak one elsewhere. Each row comes with its weight and its ``keep``, and ``meta`` says where from:
    ``{"route": "then", "routed_by": 0.83}``. Soft and hard labels together are soft; words keep their
    probabilities where both have them of the same classes.

    Args:
        ctx: the context.
        by: what decides, say P(IK): labels of the same items, joined by item id.
        then: the labels above the threshold.
        otherwise: the labels at and below it. All three are of the same rows.
        above: the threshold. The paper does not tell its own.

    Raises:
        PrerequisiteError: for labels of other rows, or of two kinds that can't be one.
    """
    import numpy as np
    import pyarrow as pa

    from w2sdl_runtime.data.named_classes import over_all_classes
    from w2sdl_runtime.refining import rows

    kind = _kind(then, otherwise)
    if then.classes != otherwise.classes:
        then, otherwise = rows.of_one_class(then), rows.of_one_class(otherwise)
    first = rows.aligned(otherwise, then, "the labels `then`")
    judge = rows.aligned(otherwise, by, "the labels `by`")
    p = rows.numbers(judge, "the labels `by`", np.ones(judge.table.num_rows, bool))
    taken = p > above
    told, classes = over_all_classes([first, otherwise])
    both = pa.concat_tables([one.table for one in told], promote_options="default")
    count = len(taken)
    table = both.take(np.where(taken, 0, count) + np.arange(count)).combine_chunks()
    ctx.log(f"{int(taken.sum()):,} of {count:,} rows take the labels `then`")
    origins = sorted({then.origin, otherwise.origin})
    origin = origins[0] if len(origins) == 1 else f"mixed: {', '.join(origins)}"
    found = replace(otherwise, table=table, label_kind=kind, origin=origin, classes=classes)
    notes = [
        {"route": "then" if one else "otherwise", "routed_by": float(score)}
        for one, score in zip(taken, p, strict=True)
    ]
    return rows.noted(found, notes)


def _kind(then: Labels, otherwise: Labels) -> str:
    kinds = list(dict.fromkeys((then.label_kind, otherwise.label_kind)))
    if len(kinds) == 1:
        return kinds[0]
    if set(kinds) <= {"soft", "hard"}:
        return "soft"
    raise PrerequisiteError(
        f"{' and '.join(kinds)} labels can't be one",
        "give labels of one kind; soft and hard ones go together",
    )
