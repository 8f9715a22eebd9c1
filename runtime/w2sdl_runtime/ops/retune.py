"""A model as it is, to be tuned in another way: how one made in the run is probed, or adapted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from w2sdl_runtime.arguments import needs_network, one_after_another
from w2sdl_runtime.json_forms import to_json
from w2sdl_runtime.op import Context, PrerequisiteError, op
from w2sdl_runtime.values import Model, Predictor
from w2sdl_runtime.variants.tunes import Tune

_TRAINED = "name the model that it was trained from: a predictor keeps the tune of its model"


def _is_trained(given: Mapping[str, Any]) -> tuple[str, str] | None:
    """A predictor's files are what its tune has moved, so it keeps it."""
    if given["model"].op not in ("finetune", "checkpoint", "zero_shot"):
        return None
    return f"retune() takes a model, and what {given['model'].op}() makes is trained", _TRAINED


@op("retune", version=1, check=one_after_another(_is_trained, needs_network("model")))
def retune(ctx: Context, model: Model, tune: Tune) -> Model:
    """The same weights, of which a finetuning moves others: ``retune(S, linear_probe())``.

    What moves belongs to the model and not to a training, so that student and ceiling share it.
    ``model(...)`` says it of a folder or a hub repository; this says it of a model that is made in the
    run. Nothing is trained here.

    Args:
        ctx: the context.
        model: as made by ``pretrain``, ``adapt`` or ``model``.
        tune: what a finetuning of the result moves.

    Raises:
        PrerequisiteError: for a predictor.
    """
    if isinstance(model, Predictor):
        raise PrerequisiteError("retune() takes a model, and this is a predictor", _TRAINED)
    return Model({**model.facts, "tune": to_json(tune)}, model.folder)
