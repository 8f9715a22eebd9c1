"""The rows that all models read in full, so that no arm is measured or taught on rows of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.op import Context, Count, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Data, Items, Labels, Model, PartRef

if TYPE_CHECKING:
    import numpy as np

    from w2sdl_runtime.models import Network


@op("fits", version=1)
def fits(
    ctx: Context,
    data: Annotated[Data, PortMark(rows="kept")],
    models: list[Model],
    *,
    max_length: Count = 256,
) -> Data:
    """The data without the rows that one of the models would have to cut: for all models alike.

    Each model cuts what is too long by its own tokenizer, so without this, arms may read different
    texts of one row (a warning counts them). Rows of a group go together: candidates of one
    question are never parted. How many rows are too long for which model, and how many are left out, is
    said in a warning, which the report shows. Texts beside the rows (transcripts) are not counted, nor is
    room for what a model writes: leave it with a smaller ``max_length``. Our design.

    Args:
        ctx: the context.
        data: every part keeps its own rows.
        models: all models that are to read the rows; what is made of a model reads as it does.
        max_length: tokens a row, as in ``train.max_length``; a model with fewer positions counts by
            these.

    Raises:
        PrerequisiteError: when no model is named, one has no tokenizer of its own, or a part loses
            all of its rows.
    """
    from w2sdl_runtime.learning.opening import open_network

    if not models:
        raise PrerequisiteError(
            "fits() names no model", "name the models that read the rows: fits(data, [W, S])"
        )
    networks = [open_network(model, ctx) for model in models]
    parts: dict[str, PartRef] = {}
    counts: dict[str, dict[str, Any]] = {}
    for name, part in data.parts.items():
        items = open_as(ctx, part.items, Items)
        parts[name], counts[name] = _kept_part(ctx, name, part, items, networks, max_length)
    return Data(parts, data.corpus, {**data.notes, "fits": counts})


def _kept_part(
    ctx: Context,
    name: str,
    part: PartRef,
    items: Items,
    networks: Sequence[Network],
    max_length: int,
) -> tuple[PartRef, dict[str, Any]]:
    """A part without what does not fit, and its counts."""
    import numpy as np

    from w2sdl_runtime.learning.lengths import read_in_full

    each = [read_in_full(network, items, max_length) for network in networks]
    long = [int((~fit).sum()) for fit in each]
    kept = _whole_groups(items, np.logical_and.reduce(each))
    counts = {"too_long": long, "left_out": int((~kept).sum()), "rows": len(items)}
    if kept.all():
        return part, counts
    if not kept.any():
        raise PrerequisiteError(
            f"no row of part `{name}` fits into {max_length:,} tokens for all models",
            "raise max_length, or take models that read longer rows",
        )
    ctx.warn(
        f"part `{name}`: {counts['left_out']:,} of {len(items):,} rows are left out for all models "
        f"alike, with their groups: too long are, model by model, {_listed(long)}"
    )
    digest = ctx.put(Items(items.table.filter(kept)))
    gold = open_as(ctx, part.gold, Labels)
    gold = replace(gold, table=gold.table.filter(kept), items=digest)
    return PartRef(digest, ctx.put(gold), int(kept.sum())), counts


def _whole_groups(items: Items, fit: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What fits, less the groups that hold a row that doesn't."""
    import numpy as np

    ids, groups = items.column("item_id"), items.column("group")
    own = [group or item for item, group in zip(ids, groups, strict=True)]
    parted = {name for name, fine in zip(own, fit, strict=True) if not fine}
    return np.array([name not in parted for name in own], bool)


def _listed(counts: Sequence[int]) -> str:
    return ", ".join(f"{count:,}" for count in counts)
