"""The texts of items as a corpus, to go on pretraining with."""

from __future__ import annotations

from w2sdl_runtime.op import Context, PrerequisiteError, op
from w2sdl_runtime.values import Corpus, Items


@op("texts", version=1)
def texts(ctx: Context, items: Items, *, rivals: bool = False) -> Corpus:
    """What a model reads of each item (prompt and candidate), each text once, without any label.

    The generative step of Burns et al. (2023) reads every completion, the worse one too: of pairs,
    that needs ``rivals: true``.

    Args:
        ctx: the context.
        items: the items.
        rivals: the prompt with the rival as well, the other completion of a pair.

    Raises:
        PrerequisiteError: when the items hold no text, or no rival where rivals are asked for.
    """
    found = items.texts()
    if rivals:
        found = [text for two in zip(found, _with_rivals(items), strict=True) for text in two]
    documents = [text for text in dict.fromkeys(found) if text]
    if not documents:
        raise PrerequisiteError("these items hold no text", "name data with a prompt or a text")
    parts = ", ".join(dict.fromkeys(items.column("part")))
    return Corpus(documents, f"texts of the items of {parts}")


def _with_rivals(items: Items) -> list[str]:
    """Prompt and rival of every item, as `Items.texts` joins prompt and candidate."""
    rivals = items.column("rival")
    lacking = rivals.count("")
    if lacking:
        raise PrerequisiteError(
            f"{lacking:,} of {len(rivals):,} items have no rival",
            "leave out rivals: true, or name items of pairs",
        )
    return [
        f"{prompt} {rival}".strip()
        for prompt, rival in zip(items.column("prompt"), rivals, strict=True)
    ]
