"""Readers of debates that are no trained network: the feature judge, and models that are asked.

Facts of "features": ``base``, ``context``, ``rows``, ``state`` (`learning.features`); of "judge":
``base``, ``context``, ``how`` (a verdict in JSON form), ``template``, ``seed``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2sdl_runtime.learning.made_of import open_base
from w2sdl_runtime.op import Context
from w2sdl_runtime.predictors.types import Reader
from w2sdl_runtime.values import Items, Predictor, Transcripts

if TYPE_CHECKING:
    import numpy as np

    Chances = np.ndarray[Any, Any]


class FeatureJudge(Reader):
    """A regression on what debaters quote."""

    name = "features"
    no_folder = (
        "a features() judge is a regression on quotes, without a network of its own",
        "export labels that it gave",
    )

    def read(
        self, predictor: Predictor, items: Items, context: Transcripts | None, ctx: Context
    ) -> Chances:
        """By eight numbers a row."""
        from w2sdl_runtime.learning.features import predict_features

        base = open_base(predictor, ctx)
        return predict_features(base, items, context, predictor.facts["state"], ctx)


class Judge(Reader):
    """A model that reads each debate, untrained."""

    name = "judge"
    no_folder = (
        "a judge is a model and a prompt: nothing was trained",
        "export the model that judges, or labels that it gave",
    )

    def read(
        self, predictor: Predictor, items: Items, context: Transcripts | None, ctx: Context
    ) -> Chances:
        """By its verdict."""
        from w2sdl_runtime.learning.verdicts import judged

        return judged(predictor, items, context, ctx)
