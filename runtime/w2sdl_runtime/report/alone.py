"""What tables say of a number, for a claim that sets it against a constant: one number, one interval."""

from __future__ import annotations

import numpy as np

from w2sdl.replication import Replication
from w2sdl_runtime.report.averaging import mean_estimate
from w2sdl_runtime.report.metric_numbers import counted_rows, metric_part, part_numbers
from w2sdl_runtime.report.recovered import recovered_estimate
from w2sdl_runtime.report.sampling import Samples, metric_samples
from w2sdl_runtime.report.term import Made
from w2sdl_runtime.stats.estimates import Estimate, Share
from w2sdl_runtime.stats.shares import wilson
from w2sdl_runtime.values import Metric


def estimate_of(made: Made, repeated: Replication) -> Estimate | None:
    """The estimate whose interval the tables have.

    None where it has no test to go with it (a bootstrap of one node), or no such number is in a table.
    """
    if made.is_recovered:
        return recovered_estimate(made.metrics[0]) if len(made.cells) == 1 else None
    if len(made.cells) > 1:
        return mean_estimate(list(made.cells), made.part, repeated)
    return _share_of_rows(made.metrics[0], made.part) if made.cells else None


def _share_of_rows(metric: Metric, part: str) -> Share | None:
    """A share of the rows of one node, if its own interval is Wilson's of them."""
    value, lower, upper, _ = part_numbers(metric, part)
    rows = counted_rows(metric, part)
    if value is None or lower is None or upper is None or not rows:
        return None
    if not np.allclose(wilson(value, rows), (lower, upper), rtol=0, atol=1e-9):
        return None
    samples = Samples.of([metric], 1)
    own = metric_part(metric, part) if part else None
    left_out = samples.left_out(metric_samples(metric, samples, own))
    return Share.of_rows(left_out, rows, f"Wilson over {rows:,} rows; one seed")
