"""The quoting debater."""

from __future__ import annotations

from collections.abc import Sequence

from w2sdl_runtime.debating.speech import Case, Speaker
from w2sdl_runtime.op import Context, NonNegative, PrerequisiteError, variant
from w2sdl_runtime.values import Model
from w2sdl_runtime.variants.debaters import Debater


@variant("quoting")
class Quoting(Debater):
    """Quotes whole sentences of the passage; every quote is verified by construction.

    A turn shows the unquoted sentences s with the largest similarity(question + own answer, s)
    + ``partisanship`` × (similarity(own answer, s) − similarity(rival's answer, s)), under the
    model's input embeddings weighted by inverse document frequency. With 0 quotes leak the other
    side.
    """

    partisanship: NonNegative = 1.0

    def speaker(self, ctx: Context, model: Model, cases: Sequence[Case]) -> Speaker:
        """A quoting debater.

        Raises:
            PrerequisiteError: when no item has a passage.
        """
        from w2sdl_runtime.debating.quoting import QuotingSpeaker, embedder_of
        from w2sdl_runtime.learning.opening import open_network

        if cases and not any(case.sentences for case in cases):
            raise PrerequisiteError(
                "these items have no passage, and quoting() can only quote",
                "use data with a passage, or debater: generative()",
            )
        embedder = embedder_of(open_network(model, ctx), model.digest, cases)
        return QuotingSpeaker(embedder, self.partisanship)
