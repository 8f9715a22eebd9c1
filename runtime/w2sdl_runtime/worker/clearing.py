"""Clears what a measured model was pretrained on: rule R2, by the content of corpora.

The compiler sees where rows flow; it can't see that a text file happens to hold them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from w2sdl.errors.validity import RULES
from w2sdl.signature import OpSignature
from w2sdl_runtime.artifacts import Value, open_as
from w2sdl_runtime.bounded import Bounded
from w2sdl_runtime.data.overlap import Held, held_by
from w2sdl_runtime.op import Context
from w2sdl_runtime.values import Corpus, Labels

_KEPT: Bounded[Held] = Bounded(10_000)


def clear_corpora(
    ctx: Context, op: OpSignature, edges: Mapping[str, Sequence[Value]], corpora: Sequence[str]
) -> None:
    """Warn where a corpus behind a measure holds items that it measures on, word for word.

    Measures of labels (none of whose ports makes a role) are exempt.

    Args:
        ctx: of the measure.
        op: the measure.
        edges: its inputs, by port.
        corpora: digests of all corpora that anything measured here was made from.
    """
    port = next((port.name for port in op.ports if port.on), "")
    if not any(port.role for port in op.ports):
        return
    for gold in edges.get(port, ()):
        if isinstance(gold, Labels):
            for digest in corpora:
                _clear(ctx, open_as(ctx, digest, Corpus), gold)


def _clear(ctx: Context, corpus: Corpus, gold: Labels) -> None:
    held = _KEPT.get(
        (corpus.digest, gold.items), lambda: held_by(corpus, gold.open_items()), lambda _: 1
    )
    if held.found:
        of = f" ({corpus.origin})" if corpus.origin else ""
        ctx.warn(
            f"a corpus behind this measure{of} holds {held.found:,} of the {held.checked:,} measured "
            f'texts, word for word, such as "{held.first[:80]}": the models have read them',
            RULES["test_teaches"],
        )
