"""How much surer a model is than it is right."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import in_numbers
from w2sdl_runtime.op import Changes, Context, Count, PortMark, Seed, op
from w2sdl_runtime.values import Labels, Metric


@op("eoe", version=2, limits=(-1, 1), answers=in_numbers)
def eoe(
    ctx: Context,
    scored: Annotated[Labels, PortMark(each=True, role="measured")],
    gold: Annotated[Labels, PortMark(on=True)],
    *,
    resamples: Annotated[Count, Changes("sampling")] = 1000,
    seed: Seed = 0,
) -> Metric:
    """Expected overconfidence error (EleutherAI/weak-to-strong).

    The mean of P − y where P > 0.5, and of y − P elsewhere (y is gold, 0 or 1): confidence minus
    accuracy. Above 0 is overconfident, below 0 underconfident. Interval: bootstrap over rows
    (``resamples``), 95 % BCa. Rows: `item_id`, `probability`, `gold`, `excess`, `without`.

    Raises:
        PrerequisiteError: as for ``accuracy``.
    """
    import numpy as np

    from w2sdl_runtime.measuring.classes import THRESHOLD, base_facts, gold_classes, values_for
    from w2sdl_runtime.measuring.resampling import estimate, ratio

    ids, truth = gold_classes(gold)
    probability = values_for(ids, scored, "the measured labels")
    gap = probability - truth
    excess = np.where(probability > THRESHOLD, gap, -gap)
    columns = {"item_id": ids, "probability": probability, "gold": truth, "excess": excess}
    facts = base_facts(truth)
    return estimate(
        ctx,
        "eoe",
        ratio(excess, np.ones(len(ids))),
        columns,
        undefined="no_rows",
        resamples=resamples,
        facts=facts,
    )
