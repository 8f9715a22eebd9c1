"""The texts of items as a corpus, to go on pretraining with."""

from __future__ import annotations

from w2sdl_runtime.op import Context, PrerequisiteError, op
from w2sdl_runtime.values import Corpus, Items


@op("texts", version=1)
def texts(ctx: Context, items: Items) -> Corpus:
    """What a model reads of each item (prompt and candidate), each text once, without any label.

    The generative step of Burns et al. (2023) reads every completion, the worse one too.

    Raises:
        PrerequisiteError: when the items hold no text.
    """
    documents = [text for text in dict.fromkeys(items.texts()) if text]
    if not documents:
        raise PrerequisiteError("these items hold no text", "name data with a prompt or a text")
    parts = ", ".join(dict.fromkeys(items.column("part")))
    return Corpus(documents, f"texts of the items of {parts}")
