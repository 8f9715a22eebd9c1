"""One label or the other, row by row."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from w2sdl_runtime.answers import Given, Params, together
from w2sdl_runtime.op import Context, Fraction, Mismatch, PortMark, op
from w2sdl_runtime.values import Labels


def _of_one_question(params: Params, given: Given) -> str | Mismatch:
    if "text" in given["by"]:
        return Mismatch(
            "route() reads probabilities of `by`, and these labels are words",
            "route by: labels of a classifier, such as label(knows, qa.transfer)",
        )
    return together((*given["then"], *given["otherwise"]))


@op("route", version=1, answers=_of_one_question)
def route(
    ctx: Context,
    by: Annotated[Labels, PortMark(channel="select", rows="joined")],
    then: Annotated[Labels, PortMark(rows="joined")],
    otherwise: Annotated[Labels, PortMark(rows="joined")],
    *,
    threshold: Fraction = 0.5,
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
        threshold: of P(class 1). The paper does not tell its own.

    Raises:
        PrerequisiteError: for labels of other rows, or of two kinds that can't be one.
    """
    import numpy as np
    import pyarrow as pa

    from w2sdl_runtime.data.as_one import kind_of, origin_of
    from w2sdl_runtime.data.label_meta import ROUTE, ROUTED_BY
    from w2sdl_runtime.refining import rows

    kind = kind_of([then, otherwise])
    if then.classes != otherwise.classes:
        then, otherwise = rows.of_one_class(then), rows.of_one_class(otherwise)
    first = rows.aligned(otherwise, then, "the labels `then`")
    judge = rows.aligned(otherwise, by, "the labels `by`")
    p = rows.numbers(judge, "the labels `by`", np.ones(judge.table.num_rows, bool))
    taken = p > threshold
    both = pa.concat_tables([first.table, otherwise.table], promote_options="default")
    count = len(taken)
    table = both.take(np.where(taken, 0, count) + np.arange(count)).combine_chunks()
    ctx.log(f"{int(taken.sum()):,} of {count:,} rows take the labels `then`")
    origin = origin_of([then, otherwise])
    found = replace(otherwise, table=table, label_kind=kind, origin=origin)
    notes = [
        {ROUTE: "then" if one else "otherwise", ROUTED_BY: float(score)}
        for one, score in zip(taken, p, strict=True)
    ]
    return rows.noted(found, notes)
