"""Operations as a user may write them, without bodies: of forms that no built-in operation has."""

from __future__ import annotations

from typing import Annotated

from sketch_ops import Loss

from w2sdl_runtime.op import (
    CHOSEN,
    TOLD,
    Context,
    Count,
    FileSource,
    PortMark,
    Seed,
    op,
    variant,
)
from w2sdl_runtime.values import Data, Items, Labels, Model, Predictor


@variant("taught_by")
class TaughtBy(Loss):
    """A loss that holds a model."""

    model: Predictor


@op("finetune_on", version=1)
def finetune_on(ctx: Context, model: Model, data: Data, *, seed: Seed = 0) -> Predictor:
    """Reads gold labels out of the data by itself."""
    raise NotImplementedError


@op("adapt_to", version=1)
def adapt_to(ctx: Context, model: Model, items: Items) -> Model:
    """Trains on texts of items, without labels."""
    raise NotImplementedError


@op("distil", version=1)
def distil(
    ctx: Context,
    model: Model,
    teacher: Annotated[Predictor, PortMark(role="supervisor")],
    items: Items,
) -> Predictor:
    """Labels the items by itself, as it trains."""
    raise NotImplementedError


@op("loaded", version=1)
def loaded(ctx: Context, *, file: FileSource) -> Data:
    """Its parts are known when it runs."""
    raise NotImplementedError


@op("tickets", version=1)
def tickets(
    ctx: Context,
    *,
    file: FileSource,
    months: Annotated[dict[str, Count], CHOSEN],
    language: Annotated[str, TOLD] = "en",
) -> Data:
    """Says of its parameters which choose rows, and which tell them."""
    raise NotImplementedError


@op("resplit", version=1)
def resplit(ctx: Context, data: Data, *, parts: dict[str, Count]) -> Data:
    """Cuts the rows of a data set anew."""
    raise NotImplementedError


@op("hard_rows", version=1)
def hard_rows(ctx: Context, data: Data, by: Labels) -> Data:
    """The rows that some labels tell to be hard."""
    raise NotImplementedError


@op("keep_right", version=1)
def keep_right(ctx: Context, labels: Labels, data: Data) -> Labels:
    """Compares labels with gold that it reads out of the data."""
    raise NotImplementedError


@op("imported", version=1)
def imported(
    ctx: Context,
    items: Items,
    saw: Annotated[Data, PortMark(channel="saw")],
    *,
    file: FileSource,
) -> Labels:
    """Labels from a file, whose maker was fitted on gold of ``saw``."""
    raise NotImplementedError
