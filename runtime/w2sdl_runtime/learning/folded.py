"""Training out of fold: a member for each fold that never sees it, and the one Predictor they make."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from w2sdl.keys import Json, tagged_hash
from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.learning.made_of import members_of
from w2sdl_runtime.learning.numerics import partial_label
from w2sdl_runtime.op import Context
from w2sdl_runtime.partials import Partial
from w2sdl_runtime.storage.objects import CorruptObject
from w2sdl_runtime.values import Items, Labels, Predictor

if TYPE_CHECKING:
    import numpy as np

#: Fits one member; the second argument is the fold that it must not see, "" for none.
Fit = Callable[[Context, str], Predictor]
Predict = Callable[[Predictor, Items, Context], "np.ndarray"]


def fit_folds(
    ctx: Context, labels: Labels, fit: Fit, what: Mapping[str, Json] | None = None
) -> Predictor:
    """What ``fit`` gives; where the labelled rows have folds, a member for each of them.

    All members draw from the same streams. Rows without a fold are seen by all.

    Args:
        ctx: the context.
        labels: of rows with or without folds.
        fit: fits one member.
        what: digests and settings that a member depends on beside the labels, so that the members
            which a killed attempt has finished are taken as they are; without it, all are fitted.
    """
    names = sorted(set(labels.open_items().folds()) - {""}, key=int)
    if not names:
        return fit(ctx, "")
    members = []
    for number, name in enumerate(names, 1):
        part = replace(ctx, work=ctx.work / f"fold{name}", report=_counted(ctx, number, len(names)))
        known = {"labels": labels.digest, "fold": name, **what} if what else {"labels": ""}
        label = partial_label(ctx, "member", **known)
        members.append(_kept(ctx, label) or _fitted(part, fit, name, label))
    return Predictor({"type": "folded", "members": members, "folds": names, "items": labels.items})


def _fitted(ctx: Context, fit: Fit, fold: str, label: str) -> str:
    """Fit a member and store it; returns its digest."""
    before = len(ctx.warnings)
    member = ctx.put(fit(ctx, fold))
    shutil.rmtree(ctx.work, ignore_errors=True)  # a large member is not on the disk twice
    facts = {"member": member, "warnings": ctx.warnings[before:]}
    ctx.partials.offer(label, Partial({}, facts))
    return member


def _kept(ctx: Context, label: str) -> str:
    """The member that a killed attempt finished, "" where there is none."""
    found = ctx.partials.load(label)
    if found is None:
        return ""
    member: str = found.facts["member"]
    try:
        ctx.open(member)
    except CorruptObject:  # or swept away: nothing named it yet
        return ""
    for warning in found.facts["warnings"]:
        ctx.warn(warning)
    return member


def _counted(ctx: Context, number: int, members: int) -> Callable[..., None]:
    def report(done: int, total: int, unit: str, **facts: float | str) -> None:
        ctx.report(done, total, unit, **{**facts, "fold": f"{number} of {members}"})

    return report


def unseeing_member(predictor: Predictor, items: Items, ctx: Context) -> list[int | None]:
    """The place of the member that has not seen each row; None for rows that no member saw.

    A row is known by its id, or by its group: what shares a group with a row was held out with it.
    """
    place = {name: at for at, name in enumerate(predictor.facts["folds"])}
    trained = open_as(ctx, predictor.facts["items"], Items)
    known: dict[str, int] = {}
    for column in ("group", "item_id"):
        for name, fold in zip(trained.column(column), trained.folds(), strict=True):
            if fold and name:
                known[f"{column} {name}"] = place[fold]
    names = zip(items.column("item_id"), items.column("group"), strict=True)
    return [known.get(f"item_id {item}", known.get(f"group {group}")) for item, group in names]


def arguing_member(predictor: Predictor, items: Items, ctx: Context) -> list[int]:
    """The member that argues about each row: one that has not seen it.

    Arguments have no mean: about a row that no member saw argues one of them, by its group.
    """
    members = len(predictor.facts["members"])
    places = unseeing_member(predictor, items, ctx)
    return [
        _any_member(group, members) if place is None else place
        for place, group in zip(places, items.column("group"), strict=True)
    ]


def _any_member(group: str, members: int) -> int:
    return int(tagged_hash("member.1", group), 16) % members


def predict_folded(
    predictor: Predictor, items: Items, ctx: Context, predict: Predict
) -> np.ndarray:
    """Each row by the member that has not seen it, any other row by the mean of the members."""
    import numpy as np

    places = unseeing_member(predictor, items, ctx)
    value = np.zeros(len(items))
    for at, member in enumerate(members_of(predictor, ctx)):
        share = np.array([1.0 if p == at else 0.0 for p in places])
        share[[p is None for p in places]] = 1 / len(predictor.facts["members"])
        index = np.flatnonzero(share)
        if len(index):
            value[index] += share[index] * predict(member, _some(items, index.tolist()), ctx)
    return value


def _some(items: Items, index: Sequence[int]) -> Items:
    """Some rows; the items themselves where that is all of them, so that what is kept is found."""
    return items if len(index) == len(items) else Items(items.table.take(index))
