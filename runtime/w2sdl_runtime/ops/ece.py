"""How far probabilities are from frequencies."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import in_numbers
from w2sdl_runtime.op import Changes, Context, Count, PortMark, Seed, op
from w2sdl_runtime.values import Labels, Metric


@op("ece", version=2, limits=(0, 1), better="lower", answers=in_numbers)
def ece(
    ctx: Context,
    scored: Annotated[Labels, PortMark(each=True, role="measured")],
    gold: Annotated[Labels, PortMark(on=True)],
    *,
    resamples: Annotated[Count, Changes("sampling")] = 300,
    seed: Seed = 0,
) -> Metric:
    """Calibration error by monotonic sweep, equal-mass bins, 2-norm (Roelofs et al. 2020).

    Rows are sorted by P (ties keep their order) and cut into bins of as many rows; the number of bins
    is the largest up to which the share of gold class 1 never falls from bin to bin. The error is the
    root of the mean squared difference between a bin's mean P and its share. The estimate is above 0
    for a perfectly calibrated model too. Interval: bootstrap over rows (``resamples``), 95 %
    percentile; a resample holds rows twice, so its errors lie somewhat higher.
    Rows: `item_id`, `probability`, `gold`; facts: `bins`.

    Raises:
        PrerequisiteError: as for ``accuracy``.
    """
    import numpy as np

    from w2sdl_runtime.measuring.classes import base_facts, gold_classes, values_for
    from w2sdl_runtime.measuring.confidence import calibration_error, sweep
    from w2sdl_runtime.measuring.resampling import estimate

    ids, truth = gold_classes(gold)
    probability = values_for(ids, scored, "the measured labels")
    order = np.argsort(probability, kind="stable")
    _, bins = sweep(probability[order], truth[order].astype(np.float64))
    columns = {"item_id": ids, "probability": probability, "gold": truth}
    facts = {"bins": bins, "better": "lower"} | base_facts(truth)
    return estimate(
        ctx,
        "ece",
        calibration_error(probability, truth),
        columns,
        undefined="no_rows",
        resamples=resamples,
        facts=facts,
        leave_out=False,
    )
