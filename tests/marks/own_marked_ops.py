"""Operations as a user may write them, with the marks that the compiler goes by; without bodies."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.op import Context, Count, PortMark, op
from w2sdl_runtime.values import Data, Items, Labels, Model, Predictor
from w2sdl_runtime.variants.texts import Text


@op("committee", version=1, network="none")
def committee(ctx: Context, members: list[Predictor]) -> Predictor:
    """Several as one, in another way than `ensemble`."""
    raise NotImplementedError


@op("shifted", version=1, network="given")
def shifted(ctx: Context, predictor: Predictor) -> Predictor:
    """What another says, moved a little."""
    raise NotImplementedError


@op("service", version=1, network="remote")
def service(ctx: Context, *, place: str) -> Model:
    """A model that somebody else runs."""
    raise NotImplementedError


@op("learner", version=1)
def learner(ctx: Context, model: Model, labels: Labels) -> Predictor:
    """Has a network, as most have, and says nothing of it."""
    raise NotImplementedError


@op("either", version=1)
def either(
    ctx: Context,
    one: Annotated[Labels, PortMark(rows="joined")],
    other: Annotated[Labels, PortMark(rows="joined")],
    tuned_on: Labels | None = None,
) -> Labels:
    """Joins two by row; the third is of any rows."""
    raise NotImplementedError


@op("stacked", version=1)
def stacked(ctx: Context, labels: Annotated[list[Labels], PortMark(rows="added")]) -> Labels:
    """One after the other."""
    raise NotImplementedError


@op("spread_to", version=1)
def spread_to(ctx: Context, labels: Labels, items: Items) -> Labels:
    """Labels of items that look like labelled ones: of which rows, no mark says."""
    raise NotImplementedError


@op("cut_anew", version=1)
def cut_anew(ctx: Context, data: Data, *, parts: dict[str, Count]) -> Data:
    """The rows of a data set in other parts, which may have the names of the old ones."""
    raise NotImplementedError


@op("without_short", version=1)
def without_short(ctx: Context, data: Annotated[Data, PortMark(rows="kept")]) -> Data:
    """Fewer rows in the same parts."""
    raise NotImplementedError


@op("written_down", version=1)
def written_down(ctx: Context, *, place: str) -> Labels:
    """Labels of rows that nobody here knows."""
    raise NotImplementedError


@op("own_prompts", version=1)
def own_prompts(ctx: Context, items: Items, *, template: str | Text) -> Items:
    """With a template in place, or in a file."""
    raise NotImplementedError
