"""Labels that rows share with those that lie close to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from w2sdl_runtime.answers import Given, Params, the_answer
from w2sdl_runtime.coverage import smoothed_rows_are_told
from w2sdl_runtime.data.label_meta import nothing_kept
from w2sdl_runtime.op import Context, Mismatch, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Activations, Labels
from w2sdl_runtime.variants.smoothings import Knn, Smoothing


def _in_numbers(params: Params, given: Given) -> str | Mismatch:
    if "text" in given["labels"]:
        return Mismatch(
            "smooth() takes means of labels, and texts have none",
            "smooth labels with probabilities",
        )
    kind = the_answer({"labels": given["labels"]})
    return "soft" if kind == "hard" else kind


@op("smooth", version=1, answers=_in_numbers, check=smoothed_rows_are_told)
def smooth(
    ctx: Context,
    labels: Annotated[Labels, PortMark(rows="joined")],
    near: Annotated[Activations, PortMark(rows="joined")],
    *,
    how: Smoothing = Knn(),  # noqa: B008 (frozen)
) -> Labels:
    """The labels made smooth over a graph of the nearest rows, by the cosine of their states.

    Selective W2SG (Lang, Huang & Li 2025) refines weak labels by graph smoothing and its formula is not
    known to us: both forms are our design. Rows that the labels drop are no neighbours and stay as
    they are; weights play no part. A hard label becomes a soft one. ``meta`` holds what a label was:
    ``{"unsmoothed": 0.31}``.

    Args:
        ctx: the context.
        labels: one a row.
        near: states of at least these rows, such as ``embed(S, items(qa))``; joined by item id.
        how: one step, or in the limit. ``among: "other_prompts"`` of either leaves out rows with the same
            prompt: the two candidates of a question lie close together and have opposite labels.

    Raises:
        PrerequisiteError: for rows without a state, a row with two labels, or fewer rows than ``k``.
    """
    import numpy as np

    from w2sdl_runtime.data.label_meta import UNSMOOTHED
    from w2sdl_runtime.learning.probing import states_of
    from w2sdl_runtime.refining import rows
    from w2sdl_runtime.refining.neighbours import by_item, by_question, nearest

    kept = np.flatnonzero(rows.kept(labels))
    ids = rows.item_ids(labels)
    _check(labels, ids, len(kept), how.k)
    values = rows.numbers(labels, "the labels", rows.kept(labels))
    states = states_of(near, [ids[at] for at in kept])
    apart = (by_question if how.among == "other_prompts" else by_item)(labels)[kept]
    fresh = values.copy()
    fresh[kept] = how.smoothed(values[kept], *nearest(states, how.k, apart))
    moved = np.abs(fresh - values)[kept].mean()
    crossed = int(((fresh > 0.5) != (values > 0.5))[kept].sum())
    ctx.log(
        f"labels move by {moved:.3f} in the mean, {crossed:,} of {len(kept):,} to the other class"
    )
    notes: list[dict[str, float]] = [{} for _ in ids]
    for at in kept:
        notes[at] = {UNSMOOTHED: float(values[at])}
    found = rows.noted(rows.with_columns(rows.unvoted(labels), value=fresh), notes)
    kind = "soft" if labels.label_kind == "hard" else labels.label_kind
    return replace(found, label_kind=kind)


def _check(labels: Labels, ids: list[str], kept: int, k: int) -> None:
    if not kept:
        raise nothing_kept(labels, "the labels keep no row to smooth")
    if len(set(ids)) < len(ids):
        raise PrerequisiteError(
            f"{len(ids) - len(set(ids)):,} rows have more than one label",
            "smooth before concat(), or votes() of the answers to each question",
        )
    if kept <= k:
        raise PrerequisiteError(
            f"{kept:,} rows are kept, and each needs {k:,} others to share labels with",
            "use a smaller k:",
        )
