"""The family of ways to tune a model: which of its weights a training may move."""

from __future__ import annotations

from typing import Literal

from w2sdl_runtime.op import Count, Fraction, Positive, Variant, variant


class Tune(Variant):
    """What moves in a finetuning: a property of the model, so student and ceiling share it."""


@variant("full")
class Full(Tune):
    """All weights, and the head."""


@variant("linear_probe")
class LinearProbe(Tune):
    """The head only. The body is frozen and is read once, before the first epoch."""


@variant("lora")
class Lora(Tune):
    """Low-rank adapters (Hu et al. 2021) on the linear layers, and the head; through peft.

    ``on`` is "all" (every linear layer but the output) or "attention" (peft's choice for the
    architecture).
    """

    rank: Count = 8
    alpha: Positive = 16.0
    dropout: Fraction = 0.0
    on: Literal["all", "attention"] = "all"
