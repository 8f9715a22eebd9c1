"""Keeps labels of some classes, for specialists that know no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from w2sdl_runtime.answers import Given, Params
from w2sdl_runtime.op import Context, Count, CountOrZero, Mismatch, PrerequisiteError, op
from w2sdl_runtime.values import Labels


def _as_the_labels(params: Params, given: Given) -> str | Mismatch:
    """Classes of judgements are two; those of rows are said by a column."""
    (labels,) = given["labels"]
    if labels and labels != "text" and params["field"] is None:
        return Mismatch(
            "only() keeps labels by their words, and these have none",
            'name a column of the rows: field: "domain"',
        )
    return labels


def _one_way(given: Mapping[str, Any]) -> tuple[str, str] | None:
    """The classes are listed, or one of several ranges."""
    block, blocks = given["block"], given["blocks"]
    if bool(given["classes"]) == (block is not None):
        return (
            "only() is told " + ("both classes and a block" if given["classes"] else "no class"),
            'list them, classes: ["cat", "dog"], or take a range, block: 0, blocks: 2',
        )
    if (block is None) != (blocks is None):
        missing = "blocks" if blocks is None else "block"
        return f"a range needs both block: and blocks:, and there is no {missing}:", "say both"
    if block is not None and blocks is not None and block >= blocks:
        last = f"the last of {blocks} blocks is block: {blocks - 1}"
        return f"there is no block {block} of {blocks}", f"{last}; the first is 0"
    return None


@op("only", version=1, answers=_as_the_labels, check=_one_way)
def only(
    ctx: Context,
    labels: Labels,
    *,
    classes: list[str] = [],  # noqa: B006 (never changed)
    block: CountOrZero | None = None,
    blocks: Count | None = None,
    field: str | None = None,
) -> Labels:
    """The labels with only the rows of some classes kept: what a specialist learns from.

    Liu & Alahi (2024) give each specialist a range of the classes: ``only(gold(d.supervise), block: 0,
    blocks: 4)`` is the first of four. Rows of other classes stay, with ``keep`` false and
    ``{"drop_reason": "of another class"}`` in ``meta``.

    Args:
        ctx: the context.
        labels: words, with or without probabilities; with ``field`` of any kind.
        classes: the classes to keep.
        block: in place of a list, the place of a range of classes; 0 is the first.
        blocks: of how many ranges. All classes of the labels, in order (as numbers where all are whole
            numbers, else by the alphabet), are cut into so many ranges, as even as can be; the first
            ones are the longer.
        field: the column of the rows that says the class, in place of the labels.

    Raises:
        PrerequisiteError: for a class that no row has, more ranges than classes, or a column that the
            rows don't have.
    """
    import numpy as np

    from w2sdl_runtime.data.named_classes import words_of
    from w2sdl_runtime.refining import rows

    if field is None and labels.label_kind != "text":
        raise PrerequisiteError(
            f"only() keeps labels by their words, and these are {labels.label_kind} labels",
            'name a column of the rows: field: "domain"',
        )
    words = words_of(labels) if field is None else _of_rows(labels, field)
    wanted = _listed(words, classes) if block is None else _range(words, labels, block, blocks or 1)
    keep = np.array([word in wanted for word in words], bool)
    ctx.log(f"{int(keep.sum()):,} of {len(words):,} rows are of {len(wanted)} of the classes")
    return rows.dropped(labels, keep, "of another class")


def _of_rows(labels: Labels, field: str) -> list[str]:
    from w2sdl_runtime.data.named_classes import one_spaced
    from w2sdl_runtime.ops.gold import words_in

    return [one_spaced(word) for word in words_in(labels.open_items(), field)]


def _listed(words: Sequence[str], classes: Sequence[str]) -> set[str]:
    from w2sdl_runtime.data.named_classes import in_order

    unknown = [name for name in classes if name not in set(words)]
    if unknown:
        known = in_order(words)
        shown = ", ".join(f"`{word}`" for word in known[:12]) + (" ..." if len(known) > 12 else "")
        raise PrerequisiteError(
            f"no row is of class `{unknown[0]}`", f"the classes are {shown}; spelling counts"
        )
    return set(classes)


def _range(words: Sequence[str], labels: Labels, block: int, blocks: int) -> set[str]:
    import numpy as np

    from w2sdl_runtime.data.named_classes import in_order

    known = in_order({*words, *labels.classes})
    if blocks > len(known):
        raise PrerequisiteError(
            f"{len(known)} classes can't be cut into {blocks} ranges", "take fewer blocks:"
        )
    return set(np.array_split(np.array(known, dtype=object), blocks)[block])
