"""A predictor as it was during its training: for curves of overfitting, measured from outside."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from w2sdl_runtime.arguments import kept_at
from w2sdl_runtime.op import Context, op
from w2sdl_runtime.values import Predictor

Share = Annotated[float, Field(gt=0, le=1)]


@op("checkpoint", version=1, inline=True, check=kept_at, network="given")
def checkpoint(ctx: Context, predictor: Predictor, *, at: Share) -> Predictor:
    """The predictor after a share of its training's steps (Burns et al. 2023, overfitting curve).

    One training serves all points: it keeps them where it is asked to, by
    ``finetune(..., snapshots: [10%, 50%])``. At 100 % it is the predictor itself. Of ensembles, and of
    predictors with folds, each member as it was. A checkpoint may be measured like any predictor;
    choosing one by its score on measured rows is not (rule ``test_teaches``).

    Args:
        ctx: the context.
        predictor: as its training ended.
        at: share of the steps, above 0 %.

    Raises:
        PrerequisiteError: where no snapshot was kept at that share.
    """
    from w2sdl_runtime.learning.snapshots import snapshot_of

    return snapshot_of(predictor, at, ctx)
