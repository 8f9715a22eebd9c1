"""F1 against gold, of class 1 or of both classes by their share."""

from __future__ import annotations

from typing import Annotated, Literal

from w2sdl_runtime.answers import in_numbers
from w2sdl_runtime.op import Changes, Context, Count, PortMark, Seed, op
from w2sdl_runtime.values import Labels, Metric


@op("f1", version=2, limits=(0, 1), better="higher", answers=in_numbers)
def f1(
    ctx: Context,
    scored: Annotated[Labels, PortMark(each=True, role="measured")],
    gold: Annotated[Labels, PortMark(on=True)],
    *,
    average: Annotated[Literal["weighted", "binary"], Changes("measurement")] = "weighted",
    resamples: Annotated[Count, Changes("sampling")] = 1000,
    seed: Seed = 0,
) -> Metric:
    """The harmonic mean of precision and recall.

    Interval: bootstrap over rows, 95 % BCa.
    Rows: `item_id`, `label`, `gold`, `without` (the value without that row).

    Args:
        ctx: the context.
        scored: what is measured.
        gold: of the measured part.
        average: "weighted" is the mean of both classes' F1 by their share of gold, "binary" that of
            class 1. A class that is neither given nor gold has F1 0, as in scikit-learn.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Raises:
        PrerequisiteError: as for ``accuracy``.
    """
    from w2sdl_runtime.measuring.classes import THRESHOLD, base_facts, gold_classes, values_for
    from w2sdl_runtime.measuring.confusion import f_score
    from w2sdl_runtime.measuring.resampling import estimate

    ids, truth = gold_classes(gold)
    label = values_for(ids, scored, "the measured labels") > THRESHOLD
    columns = {"item_id": ids, "label": label, "gold": truth}
    facts = {"unit": "share", "average": average} | base_facts(truth)
    statistic = f_score(label, truth, average == "weighted")
    return estimate(
        ctx,
        "f1",
        statistic,
        columns,
        undefined="no_rows",
        resamples=resamples,
        facts=facts,
    )
