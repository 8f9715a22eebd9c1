"""A judge that weighs quotes by hand-made features, for models too small to read an argument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from w2sdl_runtime.json_forms import to_json
from w2sdl_runtime.op import ParameterCheck, Positive, variant
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import Predictor
from w2sdl_runtime.variants.heads import Fitting, Head


def _fitted_in_one_go(values: Mapping[str, Any]) -> tuple[str, str] | None:
    """It is fitted to convergence by cross-entropy: no other loss, and no steps to set."""
    if values["loss"]["variant"] != "xent":
        fact = f"features() is fitted by cross-entropy; it has no use for {values['loss']['variant']}()"
        return fact, "leave out loss:, or use a head that is trained in steps"
    if values["stop"]["variant"] != "at_end":
        fact = (
            f"features() is fitted to convergence; it has no use for {values['stop']['variant']}()"
        )
        return fact, "leave out stop:, or use a head that is trained in steps"

    if values["train"] != to_json(Train()):
        fact = "features() is fitted to convergence; it has no use for a train record"
        return fact, "leave out train:, or use a head that is trained in steps"
    if values.get("snapshots"):
        fact = "features() is fitted to convergence; there is nothing on its way to keep"
        return fact, "leave out snapshots:, or use a head that is trained in steps"
    return None


@variant("features")
class Features(Head):
    """Logistic regression on the model's likelihood margin and the quotes that a transcript shows.

    The same eight features in every condition (`learning.features`); the body stays as it is, and
    nothing is drawn at random. ``ridge`` is the penalty on the squared weights of standardised
    features, in rows.
    """

    check: ClassVar[ParameterCheck | None] = _fitted_in_one_go
    network: ClassVar[str] = "none"

    ridge: Positive = 1.0

    def fit(self, task: Fitting) -> Predictor:
        """Fit to convergence.

        Raises:
            PrerequisiteError: for a loss or a train record, which this fit has no use for.
        """
        from w2sdl_runtime.learning.features import fit_features

        return fit_features(task, self.ridge)
