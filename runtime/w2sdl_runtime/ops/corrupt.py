"""Gold labels with as many mistakes as a supervisor makes, but of another form: a control."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from w2sdl_runtime.answers import JUDGEMENT, Given, Params, every_answer, in_numbers, the_answer
from w2sdl_runtime.op import Context, Mismatch, PortMark, PrerequisiteError, Seed, op
from w2sdl_runtime.values import Labels
from w2sdl_runtime.variants.mistakes import Mistakes, RandomFlips

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.bool_]
    Numbers = NDArray[np.float64]


def _as_the_gold(params: Params, given: Given) -> str | Mismatch:
    """Two classes can be swapped, words can't."""
    found = in_numbers(params, given)
    if isinstance(found, Mismatch):
        return Mismatch("only labels of two classes can be corrupted", "give it hard gold labels")
    return "hard" if set(JUDGEMENT) & every_answer(given) else the_answer(given)


@op("corrupt", version=1, control=True, wants_gpu=True, answers=_as_the_gold)
def corrupt(
    ctx: Context,
    labels: Annotated[Labels, PortMark(rows="joined")],
    like: Annotated[Labels, PortMark(rows="joined")],
    *,
    form: Mistakes = RandomFlips(),  # noqa: B008 (frozen)
    seed: Seed = 0,
) -> Labels:
    """Gold with the mistakes of a form, as many as ``like`` has (Burns et al. 2023, error structure).

    What a student learns from these labels, beside what it learns from ``like``, says whether the
    form of the supervisor's mistakes matters, at equal accuracy. Reads gold on purpose: a control,
    marked as one wherever it appears. The labels are 0 or 1, of the kind that gold has; that the
    count is exact and how ties are ordered (by item id) are our design.

    Args:
        ctx: the context.
        labels: gold, 0 or 1.
        like: labels of the same rows; the share of wrong ones among those that it keeps is copied.
        form: which rows are labelled wrongly.
        seed: draws ``random_flips()``.

    Raises:
        PrerequisiteError: as for ``accuracy``, for labels that are no gold, or where ``like``
            keeps no row.
    """
    import numpy as np

    from w2sdl_runtime.data.tables import label_table
    from w2sdl_runtime.measuring.classes import gold_classes, values_for

    if labels.origin != "gold":
        raise PrerequisiteError(
            f"corrupt() puts mistakes into gold labels, and these are of other origin: {labels.origin}",
            "name gold first, as in corrupt(gold(qa.transfer), like: y)",
        )
    ids, truth = gold_classes(labels)
    told = values_for(ids, like, "the labels whose mistakes are counted")
    mistakes = round(_share_wrong(labels, like, truth, told) * len(ids))
    rank = form.rank(labels.open_items(), truth, ctx)
    wrong = np.zeros(len(ids), dtype=bool)
    wrong[np.lexsort((np.array(ids), rank))[:mistakes]] = True
    ctx.log(f"{mistakes:,} of {len(ids):,} labels are wrong: {form.variant_name}()")
    table = label_table(ids, (truth != wrong).astype(float).tolist(), [None] * len(ids))
    kind = labels.label_kind
    return Labels(table, labels.items, kind, f"control: gold with {form.variant_name}()")


def _share_wrong(gold: Labels, like: Labels, truth: Rows, told: Numbers) -> float:
    """Share of wrong classes among the rows that ``like`` keeps; ``told`` are its values, in order."""
    from w2sdl_runtime.data.label_meta import nothing_kept
    from w2sdl_runtime.measuring.classes import THRESHOLD
    from w2sdl_runtime.refining import rows

    kept = rows.kept(rows.aligned(gold, like, "the labels whose mistakes are counted"))
    if not kept.any():
        raise nothing_kept(like, "the labels whose mistakes are counted keep no row")
    return float(((told > THRESHOLD) != truth)[kept].mean())
