"""Draws several texts after each item, as a model continues it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from w2sdl_runtime.answers import always
from w2sdl_runtime.arguments import is_remote, needs_writer, one_after_another
from w2sdl_runtime.op import (
    Changes,
    Context,
    Count,
    CountOrZero,
    Fraction,
    NonNegative,
    PortMark,
    Seed,
    op,
)
from w2sdl_runtime.values import Items, Labels, Model

if TYPE_CHECKING:
    import pyarrow as pa

    from w2sdl_runtime.learning.writing import Written


def _settings(given: Mapping[str, Any]) -> tuple[str, str] | None:
    """What would change nothing, or could draw nothing."""
    if given["temperature"] == 0:
        drawing = [
            name for name, idle in (("n", 1), ("top_p", 1), ("top_k", 0)) if given[name] != idle
        ]
        if drawing:
            fact = f"{drawing[0]}: {given[drawing[0]]:g} is for draws, and at temperature 0 there are none"
            return (
                fact,
                f"raise temperature:, or write {drawing[0]}: {1 if drawing[0] != 'top_k' else 0}",
            )
    beyond = [name for name in ("top_k", "no_repeat") if given[name]]
    if beyond and is_remote(given["model"]):
        return (
            f"{beyond[0]}: is no setting of an OpenAI-compatible endpoint, where api() is asked",
            f"leave out {beyond[0]}:",
        )
    if given["top_p"] == 0:
        return "top_p: 0 leaves nothing to draw from", "use temperature: 0 for the likeliest token"
    if given["no_repeat"] == 1:
        return (
            "no_repeat: 1 lets no token occur twice, full stops and the end included",
            "use no_repeat: 2 or more, or leave it out",
        )
    return None


@op(
    "sample",
    version=1,
    wants_gpu=True,
    answers=always("text"),
    check=one_after_another(_settings, needs_writer("model")),
)
def sample(
    ctx: Context,
    model: Annotated[Model, PortMark(role="supervisor")],
    items: Items,
    *,
    n: Annotated[Count, Changes("sampling")] = 25,
    temperature: Annotated[NonNegative, Changes("sampling")] = 1.0,
    top_p: Annotated[Fraction, Changes("sampling")] = 1.0,
    top_k: Annotated[CountOrZero, Changes("sampling")] = 0,
    no_repeat: Annotated[CountOrZero, Changes("sampling")] = 0,
    max_tokens: Annotated[Count, Changes("sampling")] = 20,
    seed: Seed = 0,
) -> Labels:
    """What a model writes after each item, drawn ``n`` times: text labels.

    They are labels because they are what a model says of rows: refiners, ratings and rules of validity
    take them as they take its other answers. ``text`` is the first draw, and ``meta`` has all of them:
    ``{"samples": [...], "unended": 3}``, where the latter counts draws that ``max_tokens`` cut short. A row
    whose first draw is without a word, or cut short, is kept out of training, as by ``label``.

    Each draw has numbers of its own, by the seed, the row and its number. On a processor neither batches
    nor other rows change a text. Settings are those below and no other: a ``generation_config.json`` in
    the model's folder is not read. By default the model's own distribution is drawn from. What a model
    behind an endpoint writes (`api`) may differ from one time to the next, whatever the seed.

    Args:
        ctx: the context.
        model: a causal language model, a predictor with ``head: lm()``, or an `api` model.
        items: their prompts are continued; a predictor with context reads its transcripts.
        n: draws a row.
        temperature: 0 takes the likeliest token.
        top_p: draws among the likeliest tokens that together have this probability (nucleus sampling).
        top_k: draws among so many of the likeliest tokens; 0: all.
        no_repeat: no run of so many tokens occurs twice, the prompt included; 0 allows any.
        max_tokens: of each text.
        seed: of the draws.

    Raises:
        PrerequisiteError: for an encoder, a combination of predictors, or an endpoint that lacks one of
            these settings.
    """
    from w2sdl_runtime.learning.answering import prompts_for
    from w2sdl_runtime.learning.decoding import Sampling
    from w2sdl_runtime.learning.writers import open_writer

    how = Sampling(max_tokens, temperature, top_p, top_k, no_repeat)
    writer = open_writer(model, how, ctx)
    ids, prompts = items.column("item_id"), prompts_for(model, items, ctx)
    seeds = [ctx.row_stream(f"draw {draw}", item) for item in ids for draw in range(n)]
    written = writer.write([prompt for prompt in prompts for _ in range(n)], seeds, "samples")
    by_row = [written[start : start + n] for start in range(0, len(written), n)]
    return Labels(_table(ctx, ids, by_row), items.digest, "text", "model")


def _table(ctx: Context, ids: list[str], by_row: list[list[Written]]) -> pa.Table:
    from w2sdl_runtime.data.label_meta import DROP_REASON, SAMPLES, UNENDED, as_json
    from w2sdl_runtime.data.tables import label_table

    texts = [row[0].text for row in by_row]
    reasons = [_unfit(row[0]) for row in by_row]
    meta = [
        as_json(
            {SAMPLES: [one.text for one in row], UNENDED: sum(not one.ended for one in row)}
            | ({DROP_REASON: why} if why else {})
        )
        for row, why in zip(by_row, reasons, strict=True)
    ]
    for why, rows in Counter(filter(None, reasons)).items():
        ctx.warn(f"{rows:,} of {len(ids):,} rows are kept out of training: {why}")
    return label_table(ids, [None] * len(ids), texts, meta, [not why for why in reasons])


def _unfit(first: Written) -> str:
    """Why nobody should learn to write this; "" where it is whole."""
    from w2sdl_runtime.data.label_meta import CUT_SHORT, NO_ANSWER

    if not first.text:
        return NO_ANSWER
    return "" if first.ended else CUT_SHORT
