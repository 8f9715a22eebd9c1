"""Performance gap recovered, with every guard that keeps the ratio honest.

Never without its three accuracies, never a number where the ceiling is not above the weak model.
"""

from __future__ import annotations

from typing import Annotated, Literal

from w2sdl_runtime.answers import Given, Params, every_answer, same_question
from w2sdl_runtime.op import Axes, Changes, Context, Count, Mismatch, PortMark, Seed, op
from w2sdl_runtime.values import Labels, Metric


def _one_question(params: Params, given: Given) -> str | Mismatch:
    """Words can be matched and not ranked."""
    if params["metric"] == "auroc" and "text" in every_answer(given):
        return Mismatch(
            "these labels are words, which can't be ranked", 'leave out metric: "auroc"'
        )
    return same_question(params, given)


@op("pgr", version=1, answers=_one_question)
def pgr(
    ctx: Context,
    weak: Annotated[list[Labels], PortMark(role="weak")],
    student: Annotated[list[Labels], PortMark(role="student")],
    ceiling: Annotated[list[Labels], PortMark(role="ceiling")],
    gold: Annotated[Labels, PortMark(on=True)],
    *,
    metric: Annotated[Literal["accuracy", "auroc"], Changes("measurement")] = "accuracy",
    over: Axes = (),
    resamples: Annotated[Count, Changes("sampling")] = 2000,
    seed: Seed = 0,
) -> Metric:
    """(student - weak) / (ceiling - weak) of the accuracies (Burns et al. 2023, section 3).

    With ``metric: "auroc"`` areas under the ROC curve take their place (EleutherAI/w2s). The metric
    stands in the name: `PGR[acc]`, `PGR[auroc]`, of text labels `PGR[exact_match]`; `accuracies`,
    below, are then areas or matches.

    With ``over: seed`` each list has one Labels a seed, paired by position (a single Labels stands
    for all seeds): accuracies are averaged over seeds first. The interval is a paired bootstrap,
    95 % percentile: rows, and seeds where there are several, are drawn anew with replacement, the
    same for all three, ``resamples`` times. Rows: `item_id`, `seed` (position), `weak`, `student`,
    `ceiling` (right? or, for areas, the probabilities, and `gold`).

    Facts: the three accuracies, `seeds`, per-seed values, `gap` and `gain` (ceiling and student
    minus weak, with intervals), `no_gap_share` (of resamples), and `warnings`: ``small_gap`` (less
    than two standard errors) and ``unstable`` (more than 5 % of resamples without a gap: then there
    is no interval of the ratio; read that of `gain`).

    Raises:
        PrerequisiteError: as for ``accuracy``, and for lists of different lengths.
    """
    from w2sdl_runtime.measuring.classes import gold_classes
    from w2sdl_runtime.measuring.recovery import measure, stack_right, stack_scores
    from w2sdl_runtime.measuring.recovery_area import measure_area

    models = {"weak": weak, "student": student, "ceiling": ceiling}
    generator = ctx.generator("resamples")
    if metric == "auroc":
        ids, truth = gold_classes(gold)
        return measure_area(stack_scores(models, ids), truth, ids, resamples, generator)
    ids, right = stack_right(models, gold)
    name = "exact_match" if gold.label_kind == "text" else "acc"
    return measure(right, ids, resamples, generator, name)
