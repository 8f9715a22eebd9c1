"""What a conflict costs a student, row by row: right without it, and wrong under it."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import same_question
from w2sdl_runtime.op import Changes, Context, Count, PortMark, Seed, op
from w2sdl_runtime.values import Labels, Metric


@op(
    "conflict_tax",
    version=2,
    facets={"change": ("accuracy_drop", "mended")},
    limits=(-1, 1),
    better="lower",
    answers=same_question,
)
def conflict_tax(
    ctx: Context,
    calm: Annotated[Labels, PortMark(role="student")],
    under: Annotated[Labels, PortMark(role="student")],
    gold: Annotated[Labels, PortMark(on=True)],
    *,
    resamples: Annotated[Count, Changes("sampling")] = 2000,
    seed: Seed = 0,
) -> Metric:
    """The share of rows that a student has right without a conflict, and wrong under it.

    Yang et al. (2024) say in words which rows the tax is; that the share of all measured rows is the
    conflict tax, |Tax| / |T|, is our design. ``facts["parts"]`` holds the accuracy drop too, which is the
    tax less what the conflict has ``mended`` (wrong without it, right under it). Intervals: paired
    bootstrap over rows, 95 % percentile.
    Rows: `item_id`, `calm_right`, `under_right`, `tax`, `mended`, `drop`.

    Args:
        ctx: the context.
        calm: the student that was trained without a conflict.
        under: the same student, trained under one.
        gold: of the measured part.
        resamples: of rows.
        seed: draws them.

    Raises:
        PrerequisiteError: as for ``accuracy``.
    """
    from w2sdl_runtime.measuring.classes import answers_for, gold_answers
    from w2sdl_runtime.measuring.row_ratios import Ratio, ratio_metric

    ids, truth = gold_answers(gold)
    before = answers_for(ids, calm, gold, "the calm student's labels") == truth
    after = answers_for(ids, under, gold, "the labels of the student under conflict") == truth
    columns = {
        "item_id": ids, "calm_right": before, "under_right": after,
        "tax": before & ~after, "mended": ~before & after,
        "drop": before.astype(float) - after.astype(float),
    }  # fmt: skip
    parts = [Ratio("accuracy drop", "drop", unit="difference"), Ratio("mended", "mended")]
    right = {"calm": float(before.mean()), "under": float(after.mean())}
    facts = {"better": "lower", "right": right, "count": int(columns["tax"].sum())}
    return ratio_metric(ctx, Ratio("conflict_tax", "tax"), parts, columns, resamples, facts)
