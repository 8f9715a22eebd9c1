"""The family of stopping rules: what ``finetune(stop: ...)`` accepts."""

from __future__ import annotations

from typing import Annotated, Any

from w2sdl_runtime.op import Count, PortMark, Variant, variant
from w2sdl_runtime.values import Labels, Value


class Stop(Variant):
    """When a training ends, and which of the weights that it went through are kept."""

    def settings(self) -> dict[str, Any]:
        """All that a result depends on, in JSON form: of what comes in, the digest."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        plain = {n: v.digest if isinstance(v, Value) else v for n, v in fields.items()}
        return {"variant": self.variant_name, **plain}


@variant("at_end")
class AtEnd(Stop):
    """After the last step; the last weights are kept."""


@variant("agreeing")
class Agreeing(Stop):
    """Early, by agreement with weak labels of other rows; the weights that agreed best are kept.

    Burns et al. 2023: students are stopped by agreement with weak labels on validation rows, never by
    gold. After every ``every`` steps, and after the last, the student answers the rows that ``labels``
    keep: agreement is the share, by weight, of the same class; a row whose transcript is shown in both
    orders counts once in each. Of equal measurements the earlier counts. After
    ``patience`` measurements in a row that are no better the training ends (after the last of the
    ``snapshots`` that it is asked for, which changes nothing of what is kept); the learning rate falls
    as if it had gone on. The best weights are held beside the others, on the same device.

    What kind of labels reaches it, and of which rows, the rules of validity see: they come in by
    selection. The paper does not say how often it looks; 25 steps are EleutherAI/w2s's, and the
    patience is our design.
    """

    labels: Annotated[Labels, PortMark(channel="select")]
    patience: Count = 3
    every: Count = 25
