"""Several predictors as one."""

from __future__ import annotations

from w2sdl_runtime.answers import no_text
from w2sdl_runtime.op import Axes, Context, PrerequisiteError, op
from w2sdl_runtime.values import Predictor


@op(
    "ensemble",
    version=1,
    inline=True,
    network="none",
    answers=no_text("texts have no mean", "ensemble predictors that judge or prefer"),
)
def ensemble(ctx: Context, members: list[Predictor], *, over: Axes = ()) -> Predictor:
    """The mean of the members' probabilities, each with its own context (Lang et al. 2025).

    Args:
        ctx: the context.
        members: at least one; with ``over``, one for each point of the reduced axes.
        over: the axes to reduce.

    Raises:
        PrerequisiteError: when there is no member.
    """
    if not members:
        raise PrerequisiteError("an ensemble needs a member", "name at least one predictor")
    return Predictor({"type": "ensemble", "members": [member.digest for member in members]})
