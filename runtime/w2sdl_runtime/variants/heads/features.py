"""A judge that weighs quotes by hand-made features, for models too small to read an argument."""

from __future__ import annotations

from w2sdl_runtime.op import Positive, variant
from w2sdl_runtime.values import Predictor
from w2sdl_runtime.variants.heads import Fitting, Head


@variant("features")
class Features(Head):
    """Logistic regression on the model's likelihood margin and the quotes that a transcript shows.

    The same eight features in every condition (`learning.features`); the body stays as it is, and
    nothing is drawn at random. ``ridge`` is the penalty on the squared weights of standardised
    features, in rows.
    """

    ridge: Positive = 1.0

    def fit(self, task: Fitting) -> Predictor:
        """Fit to convergence.

        Raises:
            PrerequisiteError: for a loss or a train record, which this fit has no use for.
        """
        from w2sdl_runtime.learning.features import fit_features

        return fit_features(task, self.ridge)
