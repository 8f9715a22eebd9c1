"""How often a strong model is sure and wrong where the weak one can't tell: without any conflict."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import in_numbers
from w2sdl_runtime.op import Changes, Context, Count, PortMark, Seed, op
from w2sdl_runtime.values import Labels, Metric
from w2sdl_runtime.variants.selections import Confident, Selection


@op(
    "blind_spot",
    version=2,
    facets={"among": ("weak_sure",)},
    limits=(0, 1),
    better="lower",
    answers=in_numbers,
)
def blind_spot(
    ctx: Context,
    weak: Annotated[Labels, PortMark(role="weak")],
    strong: Annotated[Labels, PortMark(role="measured")],
    gold: Annotated[Labels, PortMark(on=True)],
    *,
    sure: Annotated[Selection, Changes("measurement")] = Confident(),  # noqa: B008 (frozen)
    resamples: Annotated[Count, Changes("sampling")] = 2000,
    seed: Seed = 0,
) -> Metric:
    """Among rows of which the weak model is unsure, the share that the strong one has surely wrong.

    After arXiv 2604.25077, which needs no second training: no conflict is compared with its absence. The
    part ``weak sure`` is the same share among the rows of which the weak model is sure: where the two
    are alike, the strong model's mistakes hide no better than elsewhere. ``facts`` also hold the variance
    of the strong model's confidence max(p, 1 - p), which takes no gold and is that paper's best
    predictor. Which confidence counts as sure is our design. Intervals: paired bootstrap over rows.
    Rows: `item_id`, `weak_sure`, `weak_unsure`, `strong_sure`, `surely_wrong`.

    Args:
        ctx: the context.
        weak: the supervisor.
        strong: what it has supervised, or any other model.
        gold: of the measured part.
        sure: whose labels count as sure.
        resamples: of rows.
        seed: draws them.

    Raises:
        PrerequisiteError: as for ``accuracy``.
    """
    import numpy as np

    from w2sdl_runtime.measuring.classes import gold_classes, values_for
    from w2sdl_runtime.measuring.row_ratios import Ratio, ratio_metric
    from w2sdl_runtime.refining.rows import aligned

    ids, truth = gold_classes(gold)
    every = np.ones(len(ids), dtype=bool)
    chance = values_for(ids, strong, "the strong model's labels")
    by_weak = aligned(gold, weak, "the weak model's labels")
    by_strong = aligned(gold, strong, "the strong model's labels")
    is_sure = sure.chosen(by_strong, by_strong, every)
    supervised = sure.chosen(by_weak, by_weak, every)
    columns = {
        "item_id": ids, "weak_sure": supervised, "weak_unsure": ~supervised,
        "strong_sure": is_sure, "surely_wrong": is_sure & ((chance > 0.5) != truth),
    }  # fmt: skip
    whole = Ratio("blind_spot", "surely_wrong", "weak_unsure", "weak_never_unsure")
    parts = [Ratio("weak sure", "surely_wrong", "weak_sure", "weak_never_sure")]
    spread = float(np.var(np.maximum(chance, 1 - chance)))
    facts = {"better": "lower", "confidence_variance": spread}
    return ratio_metric(ctx, whole, parts, columns, resamples, facts)
