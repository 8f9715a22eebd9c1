"""Do weights tell right labels from wrong ones? Their means over both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from w2sdl_runtime.answers import same_question
from w2sdl_runtime.op import Context, PortMark, op
from w2sdl_runtime.values import Labels, Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray


@op("mean_weight", version=1, facets={"among": ("right", "wrong")}, answers=same_question)
def mean_weight(
    ctx: Context,
    told: Annotated[Labels, PortMark(each=True)],
    gold: Annotated[Labels, PortMark(on=True)],
) -> Metric:
    """Mean weight of the labels, and of the right and the wrong ones (Guo & Yang 2024).

    Of the rows that the labels keep. A question may have several, as `concat` makes them; the interval
    takes those of one question together (means of clusters, normal, 95 %). Measures labels of the part
    named after `on`, not what learned of them.

    Raises:
        PrerequisiteError: for labels of other rows, or that can't be compared with gold.
    """
    import numpy as np

    from w2sdl_runtime.refining import rows

    kept = rows.kept(told)
    weight = np.array(told.table.column("weight"), np.float64)
    right = _right(told, gold, kept)
    items = np.unique(rows.item_ids(told), return_inverse=True)[1]
    parts = [
        {"name": name, **_mean(weight, items, kept & (right == wanted), f"no_label_is_{name}")}
        for name, wanted in (("right", True), ("wrong", False))
    ]
    whole = _mean(weight, items, kept, "nothing_is_kept")
    numbers = (whole["value"], whole["lower"], whole["upper"], whole["n"], whole["reason"])
    return Metric("mean_weight", *numbers, {"interval": "normal, by question", "parts": parts})


def _right(told: Labels, gold: Labels, kept: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    from w2sdl_runtime.data.named_classes import words_of
    from w2sdl_runtime.refining import rows

    truth = rows.aligned(told, gold, "the gold labels")
    if told.label_kind == "text" and gold.label_kind == "text":
        right: NDArray[Any] = np.array(words_of(told)) == np.array(words_of(truth))
        return right
    said = rows.numbers(told, "the labels", kept) > 0.5
    right = said == (rows.numbers(truth, "the gold labels", kept) > 0.5)
    return right


def _mean(
    weight: NDArray[Any], items: NDArray[Any], among: NDArray[Any], reason: str
) -> dict[str, Any]:
    """The mean of some rows, and an interval that takes the rows of one item together."""
    import numpy as np

    n = int(among.sum())
    if not n:
        return {"n": 0, "value": None, "lower": None, "upper": None, "reason": reason}
    mean = float(weight[among].mean())
    apart = np.bincount(items[among], weight[among] - mean)
    reach = 1.96 * float(np.sqrt((apart**2).sum())) / n
    return {"n": n, "value": mean, "lower": mean - reach, "upper": mean + reach, "reason": ""}
