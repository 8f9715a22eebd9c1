"""Are labels right where they are sure? Their accuracy at each level of entropy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from w2sdl_runtime.answers import Given, Params, same_question
from w2sdl_runtime.op import Context, Mismatch, PortMark, op
from w2sdl_runtime.values import Labels, Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _labels_and_gold(params: Params, given: Given) -> str | Mismatch:
    return same_question(params, {"told": given["told"], "gold": given["gold"]})


@op(
    "accuracy_by_entropy",
    version=1,
    facets={"among": ("unanimous", "split")},
    limits=(0, 1),
    better="higher",
    answers=_labels_and_gold,
)
def accuracy_by_entropy(
    ctx: Context,
    told: Annotated[Labels, PortMark(each=True)],
    gold: Annotated[Labels, PortMark(on=True)],
    by: Labels | None = None,
) -> Metric:
    """Accuracy of labels by how unsure they are (Guo & Yang 2024: it should fall as the entropy rises).

    Parts: ``unanimous`` (entropy 0), ``split`` (all others), and every level. Of what `votes` has
    counted a level is a split of the votes, such as ``3/1/1 (H=0.950)``; of more than seven votes, and of
    probabilities, a quarter of the way from 0 to the largest entropy. A level without rows is null.
    Measures labels of the part named after `on`, one a row, not what learned of them.
    Rows: `item_id`, `entropy`, `right`, `unanimous`, `level`.

    Args:
        ctx: the context.
        told: the labels; those that are dropped count too.
        gold: what is right.
        by: labels of the same rows whose entropy it is; without, the labels themselves.

    Raises:
        PrerequisiteError: as for ``accuracy``, and where nothing tells an entropy.
    """
    import numpy as np

    from w2sdl_runtime.measuring.classes import answers_for, gold_answers, share_metric
    from w2sdl_runtime.refining.rows import aligned
    from w2sdl_runtime.refining.uncertainty import entropies, levels

    ids, truth = gold_answers(gold)
    right = answers_for(ids, told, gold, "the labels") == truth
    judge = aligned(gold, told if by is None else by, "the labels that tell the entropy")
    entropy = entropies(judge, np.ones(len(ids), bool))
    names, level = levels(judge, entropy)
    columns = {
        "item_id": ids,
        "entropy": entropy,
        "right": right,
        "unanimous": entropy <= 0,
        "level": level,
    }
    parts = _parts(right, entropy <= 0, names, level)
    return share_metric("accuracy_by_entropy", "right", columns, {"parts": parts})


def _parts(
    right: NDArray[Any], unanimous: NDArray[Any], names: list[str], level: NDArray[Any]
) -> list[dict[str, Any]]:
    """The share of right ones where all agree, where they don't, and at each level."""
    from w2sdl_runtime.measuring.classes import share_among

    where = "unanimous"
    return [
        share_among("unanimous", right, unanimous, where, "none_is_unanimous"),
        share_among("split", right, unanimous, where, "all_are_unanimous", wanted=False),
        *(_level(at, name, right, level) for at, name in enumerate(names)),
    ]


def _level(at: int, name: str, right: NDArray[Any], level: NDArray[Any]) -> dict[str, Any]:
    from w2sdl_runtime.measuring.classes import share_numbers

    numbers = share_numbers(right[level == at], "no_row_of_this_entropy")
    return {"name": name, "where": "level", "is": at, **numbers}
