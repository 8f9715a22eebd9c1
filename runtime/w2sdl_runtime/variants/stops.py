"""The family of stopping rules: what ``finetune(stop: ...)`` accepts."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any

from w2sdl_runtime.answers import PHRASE, Given, question
from w2sdl_runtime.artifacts import Value
from w2sdl_runtime.op import Count, Mismatch, PortMark, Variant, variant
from w2sdl_runtime.values import Labels

if TYPE_CHECKING:
    from w2sdl_runtime.learning.stopping import Training, Watch


class Stop(Variant):
    """When a training ends, and which of the weights that it went through are kept."""

    @abstractmethod
    def watch(self, training: Training) -> Watch | None:
        """What looks at a training as it goes on, and may end it.

        Raises:
            PrerequisiteError: for what comes in beside it, and does not fit the training.
        """

    @classmethod
    def mismatch(cls, head: str, answers: str, given: Given) -> Mismatch | None:
        """Why what comes in can't be compared with what a head (by its name) answers."""
        return None

    def settings(self) -> dict[str, Any]:
        """All that a result depends on, in JSON form: of what comes in, the digest."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        plain = {n: v.digest if isinstance(v, Value) else v for n, v in fields.items()}
        return {"variant": self.variant_name, **plain}


@variant("at_end")
class AtEnd(Stop):
    """After the last step; the last weights are kept."""

    def watch(self, training: Training) -> None:
        """Nobody looks."""


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

    def watch(self, training: Training) -> Watch:
        """Agreement with the labels."""
        from w2sdl_runtime.learning.stopping import Watch, agreement_of

        agreement = agreement_of(training, self.labels)
        how = {"every": self.every, "patience": self.patience}
        return Watch(training.moving, agreement, training.steps, **how)

    @classmethod
    def mismatch(cls, head: str, answers: str, given: Given) -> Mismatch | None:
        """Classes are compared, of labels that answer the same question."""
        for other in given.get("labels", ()):
            if answers == "text":
                return Mismatch(
                    f"stop: {cls.variant_name}() compares classes, and head: {head}() answers in words",
                    "leave out stop:, or train fewer epochs",
                )
            if other and question(other) != question(answers):
                return Mismatch(
                    f"the labels to agree with {PHRASE[other]}, those to train on {PHRASE[answers]}",
                    "stop by labels of the kind that is trained on",
                )
        return None
