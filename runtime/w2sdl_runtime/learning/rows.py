"""Items as rows of tokens, with the transcript where one is read; kept in a warm worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from w2sdl_runtime.bounded import Bounded
from w2sdl_runtime.learning.batching import Rows
from w2sdl_runtime.learning.contexts import as_text, turns_of
from w2sdl_runtime.learning.tokens import Text, encode
from w2sdl_runtime.train import Truncation
from w2sdl_runtime.values import Items, Transcripts

if TYPE_CHECKING:
    from w2sdl_runtime.models import Network

#: Where a transcript stands: after the item (as in Lang et al. 2025), or before the prompt, so that
#: the candidate still follows the prompt directly.
Place = Literal["after", "before"]

_KEPT: Bounded[Rows] = Bounded(128 * 2**20)


#: Which of an item's texts follows the prompt in a row: its candidate ("" of one without), or its rival.
Side = Literal["candidate", "rival"]


def item_rows(
    network: Network,
    items: Items,
    context: Transcripts | None,
    place: Place,
    max_length: int,
    sides: Sequence[Side] = ("candidate",),
    *,
    truncation: Truncation = "context",
) -> Rows:
    """Tokenise items, with their transcripts where there is a context.

    With two sides there are two rows an item: first those of all candidates, then those of all rivals.
    Rows are cut to ``max_length`` tokens, or to what the network has positions for, as ``truncation``
    says.

    Raises:
        PrerequisiteError: when an item has no transcript, or can't be cut to ``max_length`` tokens.
    """
    max_length = network.longest(max_length)

    def make() -> Rows:
        texts = [text for side in sides for text in texts_of(items, context, place, side)]
        return encode(network.tokenizer, texts, max_length, truncation)

    digests = (network.words, items.digest, context.digest if context else "none")
    if not all(digests):
        return make()
    return _KEPT.get((*digests, place, max_length, truncation, *sides), make, _bytes)


def texts_of(
    items: Items, context: Transcripts | None, place: Place, side: Side = "candidate"
) -> list[Text]:
    """Prompt, candidate (or rival) and transcript of every item."""
    prompts, candidates = items.column("prompt"), items.column(side)
    if context is None:
        return [Text(p, c) for p, c in zip(prompts, candidates, strict=True)]
    shown = [as_text(turns) for turns in turns_of(context, items.column("item_id"))]
    pairs = zip(prompts, candidates, shown, strict=True)
    if place == "after":
        return [Text(p, c, after=text) for p, c, text in pairs]
    return [Text(p, c, before=text) for p, c, text in pairs]


def _bytes(rows: Rows) -> int:
    return int(rows.tokens.nbytes + 3 * rows.start.nbytes)
