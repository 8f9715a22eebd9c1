"""Gives rows folds by their content: whole groups, whatever other rows there are."""

from __future__ import annotations

from collections import Counter

from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.values import FOLD, Items


def fold_of(ctx: Context, group: str, k: int) -> int:
    """The fold of a group, by highest random weight, as parts have their groups.

    More rows move no group, and one fold more takes only what is its own.
    """
    return max(range(k), key=lambda fold: (ctx.row_stream(f"fold {fold}", group), fold))


def with_folds(ctx: Context, items: Items, k: int, part: str) -> tuple[Items, list[int]]:
    """Items with their folds, and how many rows each fold has.

    Raises:
        PrerequisiteError: when a fold gets no row.
    """
    import pyarrow as pa

    names = list(zip(items.column("group"), items.column("item_id"), strict=True))
    groups = {group or item for group, item in names}
    place = {group: str(fold_of(ctx, group, k)) for group in groups}
    folds = [place[group or item] for group, item in names]
    sizes = Counter(folds)
    if len(sizes) < k:
        raise PrerequisiteError(
            f"part `{part}` has {len(groups)} groups of rows, and one of its {k} folds gets none",
            "ask for fewer folds, or for more rows in this part",
        )
    table = items.table.drop_columns(FOLD) if items.folds() else items.table
    column = pa.array(folds, pa.string())
    return Items(table.append_column(FOLD, column)), [sizes[str(fold)] for fold in range(k)]
