"""Preferences between replies, by a rule that no text states, and dialogues to pretrain on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from w2sdl_runtime.advice.world import PROMPT, Pair, Size, build_world
from w2sdl_runtime.answers import always
from w2sdl_runtime.data.build import Recipe, build_data
from w2sdl_runtime.data.rows import Row
from w2sdl_runtime.op import Changes, Context, Count, op
from w2sdl_runtime.values import Corpus, Data
from w2sdl_runtime.variants.formats.pairs import Pairs
from w2sdl_runtime.variants.parts import PartSize


@op("preferences", version=1, answers=always("pairwise"))
def preferences(
    ctx: Context,
    *,
    parts: dict[str, Count | PartSize],
    world: int = 0,
    draw: Annotated[int, Changes("sampling")] = 0,
    group: Literal["thing", "dialogue"] = "thing",
    pairs: Count = 5_000,
    dialogues: Count = 5_000,
    topics: Annotated[int, Field(ge=2, le=10)] = 4,
) -> Data:
    """Requests for advice with two replies, of which one is better; offline and free. Our design.

    Better is the reply whose means belong to the thing that is asked about (a violin: bow and tune, not
    yeast and oven). Where both do, or neither does, it is the kind one. A model that knows nothing of
    things can learn the second half only; what belongs together is told by the corpus, in dialogues and
    notes without any preference, kind and rude alike. No request is worded there as in the pairs.
    An item's domain is what decides it, ``fit`` or ``manner``: reports show both.

    Args:
        ctx: the runtime.
        parts: pairs of each part: a number, or ``rest()``.
        world: which world: its wording and its corpus.
        draw: another draw of the pairs; the corpus stays the same.
        group: what never lies in two parts: a thing, or only a request about it.
        pairs: how many are written; the parts are cut from these.
        dialogues: dialogues of the corpus.
        topics: of ten, what a world is about. The fewer, the easier it is to learn what fits.

    Raises:
        PrerequisiteError: for parts that are larger than the world.
    """
    made = build_world(Size(pairs, dialogues, topics), world, draw)
    rows = [_row(number, pair) for number, pair in enumerate(made.pairs, start=1)]
    corpus = Corpus(list(made.corpus), f"preferences world {world}")
    recipe = Recipe(Pairs(dialogue="dialogue"), parts, group=group, draw=draw)
    return build_data(ctx, rows, recipe, corpus)


def _row(number: int, pair: Pair) -> Row:
    values = {
        "dialogue": PROMPT.format(ask=pair.dialogue),
        "chosen": pair.better,
        "rejected": pair.worse,
        "thing": pair.thing,
        "domain": pair.decides,
    }
    return Row(values, f"pair {number}")
