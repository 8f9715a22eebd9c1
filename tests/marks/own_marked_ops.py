"""Operations as a user may write them, with the marks that the compiler goes by; without bodies."""

from __future__ import annotations

from w2sdl_runtime.op import Context, op
from w2sdl_runtime.values import Labels, Model, Predictor


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
