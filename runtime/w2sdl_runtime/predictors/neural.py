"""Trained networks: a head over what a body reads, and language models that write.

Facts: ``base`` (digest), ``context`` (digest or ""), ``head``, ``tune``, ``train`` and ``loss``,
``reader``, ``architecture``, ``dtype``, ``max_length``, ``precision``, ``rows`` (counts); ``start``
(digest of what its training began from) where its answers are measured from that. The files hold the
head, and of the body what ``tune`` moved. A "generator" is the same with ``head: lm()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.learning.trained import body_of, head_of, head_weights
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.predictors.types import PredictorType, Reader
from w2sdl_runtime.values import Items, Model, Predictor, Transcripts

if TYPE_CHECKING:
    import numpy as np

    Chances = np.ndarray[Any, Any]


class Neural(Reader):
    """A head that judges."""

    name = "neural"

    def read(
        self, predictor: Predictor, items: Items, context: Transcripts | None, ctx: Context
    ) -> Chances:
        """The sigmoid of the head's log-odds."""
        import numpy as np
        import torch

        from w2sdl_runtime.learning.numerics import numerics
        from w2sdl_runtime.learning.opening import open_network
        from w2sdl_runtime.learning.reading import check_readable, read_all
        from w2sdl_runtime.learning.rows import item_rows

        head = head_of(predictor)
        network = open_network(predictor, ctx)
        wanted = head.wants(network.causal)
        length = int(predictor.facts["max_length"])
        read = (head.transcript, length, head.sides)
        cut = predictor.facts.get("train", {}).get("truncation", "context")
        rows = item_rows(network, items, context, *read, truncation=cut)
        rows.warn_of_cuts(ctx, length)
        check_readable(network, rows, wanted)
        with numerics(ctx, "predict"), torch.inference_mode():
            precision = predictor.facts["precision"]
            reading = read_all(network, rows, wanted, ctx, precision, whose=body_of(predictor))
            if head.answers_by_start:
                start = open_as(ctx, predictor.facts["start"], Model)
                before = open_network(start, ctx)
                given = (before, rows, wanted, ctx, precision)
                reading = reading.beside(read_all(*given, whose=body_of(start)))
            logits = head.answer(head_weights(predictor), reading)
            return torch.sigmoid(logits.double()).numpy().astype(np.float64)

    def answer_kind(self, predictor: Predictor, ctx: Context) -> str:
        """As its head says."""
        return head_of(predictor).answers


class Generator(PredictorType):
    """A language model that answers in words."""

    name = "generator"

    def predict(self, predictor: Predictor, items: Items, ctx: Context) -> Chances:
        """It has no probability of a class."""
        raise PrerequisiteError(
            "this predictor answers in words, and has no probability of a class",
            "use it where text labels are wanted, or train it with a head that judges",
        )

    def answer_kind(self, predictor: Predictor, ctx: Context) -> str:
        """Text."""
        return head_of(predictor).answers

    def words(self, predictor: Predictor, items: Items, ctx: Context) -> list[tuple[str, bool]]:
        """What it writes."""
        from w2sdl_runtime.learning.answering import write_answers

        return write_answers(predictor, items, ctx)
