"""A debater whose model has folds: about each item speaks a member that has not seen it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from w2sdl_runtime.debating.speech import Case, Cue, Exchange, Said, Speaker
from w2sdl_runtime.learning.folded import arguing_member
from w2sdl_runtime.learning.made_of import members_of
from w2sdl_runtime.op import Context
from w2sdl_runtime.values import Items, Model, Predictor
from w2sdl_runtime.variants.debaters import Debater
from w2sdl_runtime.variants.protocols import Protocol


class FoldedSpeaker(Speaker):
    """Several speakers as one; ``place`` says who speaks about an item."""

    def __init__(self, speakers: Sequence[Speaker], place: Mapping[str, int]) -> None:
        self._speakers, self._place = speakers, place
        self.prompt_digest = speakers[0].prompt_digest  # they differ in weights only

    def speak(self, exchanges: Sequence[Exchange], cue: Cue) -> list[Said]:
        """One turn in every exchange."""
        said: dict[str, Said] = {}
        for at, speaker in enumerate(self._speakers):
            own = [e for e in exchanges if self._place[e.case.item_id] == at]
            if own:
                spoken = speaker.speak(own, cue)
                said |= {e.case.item_id: words for e, words in zip(own, spoken, strict=True)}
        return [said[exchange.case.item_id] for exchange in exchanges]


def ready(
    debater: Debater, ctx: Context, model: Model, items: Items, cases: Sequence[Case]
) -> Speaker:
    """A debater with this model, ready to argue about these items.

    Raises:
        PrerequisiteError: when the model or the items lack what it needs.
    """
    if not (isinstance(model, Predictor) and model.facts["type"] == "folded"):
        return debater.speaker(ctx, model, cases)
    places = arguing_member(model, items, ctx)
    speakers = [debater.speaker(ctx, member, cases) for member in members_of(model, ctx)]
    return FoldedSpeaker(speakers, dict(zip(items.column("item_id"), places, strict=True)))


def speakers_of(
    protocol: Protocol,
    debater: Debater,
    models: tuple[Model, Model],
    items: Items,
    cases: Sequence[Case],
    ctx: Context,
) -> dict[str, tuple[Speaker, str]]:
    """Whoever speaks in a protocol, by name, each with the digest of its model.

    Raises:
        PrerequisiteError: when a model or the items lack what is needed.
    """
    arguing = {plan.speaker for plan in protocol.script() if plan.how == "argue"}
    asking = any(plan.how == "ask" for plan in protocol.script())
    first, second = models
    found: dict[str, tuple[Speaker, str]] = {}
    for name in sorted(arguing):
        model = first if name == "A" else second
        twin = name == "B" and "A" in found and model.digest and model.digest == first.digest
        speaker = found["A"][0] if twin else ready(debater, ctx, model, items, cases)
        found[name] = (speaker, model.digest)
    asker = protocol.questioner() if asking else None
    if asker is not None:
        judge, how = asker
        found["judge"] = (ready(how, ctx, judge, items, cases), judge.digest)
    return found
