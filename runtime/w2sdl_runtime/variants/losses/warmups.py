"""How the weight of a confidence term grows with training: the warm-ups of `logconf` and `entropy`."""

from __future__ import annotations

from abc import abstractmethod

from w2sdl_runtime.op import Count, Fraction, Positive, Variant, variant


class Warmup(Variant):
    """How the weight of the confidence term grows with training."""

    def begun(self, steps: int) -> Warmup:
        """The warm-up of a training of so many steps."""
        return self

    @abstractmethod
    def coefficient(self, alpha: float, progress: float) -> float:
        """The weight at a share of all steps, in [0, alpha]."""


def _rising(alpha: float, progress: float, share: float) -> float:
    return alpha if share == 0 else alpha * min(1.0, progress / share)


@variant("linear")
class LinearWarmup(Warmup):
    """From 0 to alpha over the first ``share`` of training."""

    share: Fraction = 0.2

    def coefficient(self, alpha: float, progress: float) -> float:
        """``alpha * min(1, progress / share)``."""
        return _rising(alpha, progress, self.share)


@variant("openai_jump")
class OpenaiJump(Warmup):
    """As in openai/weak-to-strong: to a tenth of alpha over 10 % of training, then a jump."""

    def coefficient(self, alpha: float, progress: float) -> float:
        """``alpha * progress`` up to 0.1, then alpha."""
        return alpha * progress if progress <= 0.1 else alpha


@variant("steps")
class StepsWarmup(Warmup):
    """From 0 to alpha over the first ``count`` steps, however long the training (EleutherAI/w2s).

    A training of fewer steps never reaches alpha.
    """

    count: Count = 100

    def begun(self, steps: int) -> Warmup:
        """The same line as a share of this training, which may be above 1."""
        return _Reached(share=self.count / steps)

    def coefficient(self, alpha: float, progress: float) -> float:
        """Not known before the training's length is."""
        raise RuntimeError("steps() must begin with a training")


class _Reached(Warmup):
    """`StepsWarmup` in a training of known length."""

    share: Positive

    def coefficient(self, alpha: float, progress: float) -> float:
        """``alpha * min(1, progress / share)``."""
        return _rising(alpha, progress, self.share)
