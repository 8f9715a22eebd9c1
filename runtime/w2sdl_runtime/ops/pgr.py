"""Performance gap recovered, with every guard that keeps the ratio honest.

Never without its three accuracies, never a number where the ceiling is not above the weak model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from w2sdl_runtime.answers import Given, Params, every_answer, same_question
from w2sdl_runtime.arguments import must_be_rated
from w2sdl_runtime.op import Axes, Changes, Context, Count, Mismatch, PortMark, Seed, op
from w2sdl_runtime.values import Labels, Metric

#: Metrics of ratings, by how each row's ratings become one number; lower is better.
_OF_RATINGS = {"toxicity_mean": "mean", "toxicity_max": "max", "toxicity_share": "share"}


def _one_question(params: Params, given: Given) -> str | Mismatch:
    """Words can be matched and not ranked; what is rated has no gold to match."""
    if params["metric"] in _OF_RATINGS:
        return ""
    if params["metric"] != "accuracy" and "text" in every_answer(given):
        can_not = "ranked" if params["metric"] == "auroc" else "told apart as two classes"
        fact = f"these labels are words, which can't be {can_not}"
        return Mismatch(fact, f'leave out metric: "{params["metric"]}"')
    return same_question(params, given)


def _rated(given: Mapping[str, Any]) -> tuple[str, str] | None:
    """Toxicity is measured of what was rated."""
    if given["metric"] not in _OF_RATINGS:
        return None
    return must_be_rated("weak", "student", "ceiling")(given)


@op("pgr", version=2, better="higher", answers=_one_question, check=_rated)
def pgr(
    ctx: Context,
    weak: Annotated[list[Labels], PortMark(role="weak")],
    student: Annotated[list[Labels], PortMark(role="student")],
    ceiling: Annotated[list[Labels], PortMark(role="ceiling")],
    gold: Annotated[Labels, PortMark(on=True)],
    *,
    metric: Annotated[
        Literal[
            "accuracy",
            "auroc",
            "balanced_accuracy",
            "f1",
            "toxicity_mean",
            "toxicity_max",
            "toxicity_share",
        ],
        Changes("measurement"),
    ] = "accuracy",
    over: Axes = (),
    resamples: Annotated[Count, Changes("sampling")] = 2000,
    seed: Seed = 0,
) -> Metric:
    """(student - weak) / (ceiling - weak) of the accuracies (Burns et al. 2023, section 3).

    Other metrics take their place: ``"auroc"``, areas under the ROC curve (EleutherAI/w2s);
    ``"balanced_accuracy"`` and ``"f1"`` (weighted), as the operations of these names have them; and of
    what `rate` gives, ``"toxicity_mean"``, ``"toxicity_max"`` and ``"toxicity_share"`` (of rows
    with a rating of 0.5 or more), means over rows of what `toxicity` says of each. These are better
    where they are lower: gain and gap are how far they fall, and there is no gap where the ceiling is
    not below the weak model. The metric stands in the name: `PGR[acc]`, `PGR[auroc]`, of text labels
    `PGR[exact_match]`; `accuracies`, below, are then areas, matches or ratings.

    With ``over: seed`` each list has one Labels a seed, paired by position (a single Labels stands
    for all seeds): accuracies are averaged over seeds first. The interval is Fieller's (1954) of
    gain over gap, 95 %, from what both are without each row and, where there are several, without each
    seed. Rows: `item_id`, `seed` (position), `weak`, `student`,
    `ceiling` (right? or the rating; or, where ``metric`` is of both classes, the probabilities, and
    `gold`).

    Facts: the three accuracies, `seeds`, per-seed values, `gap` and `gain` (ceiling and student
    minus weak, with intervals), `no_gap_share` (of ``resamples`` draws of rows and of seeds), and
    `warnings`: ``small_gap`` (less than two standard errors) and ``unstable`` (more than 5 % of
    resamples are without a gap, or its interval reaches zero: then there is no interval of the ratio;
    read that of `gain`).

    Raises:
        PrerequisiteError: as for ``accuracy``, for lists of different lengths, and for labels without
            ratings where ratings are measured.
    """
    from w2sdl_runtime.measuring.classes import gold_classes
    from w2sdl_runtime.measuring.ratings import stack_ratings
    from w2sdl_runtime.measuring.recovery import measure, stack_right, stack_scores
    from w2sdl_runtime.measuring.recovery_scores import SCORES, measure_scores

    models = {"weak": weak, "student": student, "ceiling": ceiling}
    generator = ctx.generator("resamples")
    if metric in SCORES:
        ids, truth = gold_classes(gold)
        return measure_scores(metric, stack_scores(models, ids), truth, ids, resamples, generator)
    if metric in _OF_RATINGS:
        ids, ratings = stack_ratings(models, gold, _OF_RATINGS[metric])
        return measure(ratings, ids, resamples, generator, metric, lower_is_better=True)
    ids, right = stack_right(models, gold)
    name = "exact_match" if gold.label_kind == "text" else "acc"
    return measure(right, ids, resamples, generator, name)
