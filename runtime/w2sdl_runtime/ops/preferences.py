"""Preferences between replies, by a rule that no text states, and dialogues to pretrain on."""

from __future__ import annotations

from typing import Annotated, Literal

from w2sdl_runtime.answers import always
from w2sdl_runtime.data.build import Recipe, build_data
from w2sdl_runtime.data.rows import Row
from w2sdl_runtime.op import CHOSEN, Changes, Context, Count, op
from w2sdl_runtime.preferences.world import PROMPT, Pair, Size, build_world
from w2sdl_runtime.values import Corpus, Data
from w2sdl_runtime.variants.formats.pairs import Pairs
from w2sdl_runtime.variants.parts import PartSize


@op("preferences", version=1, answers=always("pairwise"))
def preferences(
    ctx: Context,
    *,
    parts: Annotated[dict[str, Count | PartSize], CHOSEN],
    world: int = 0,
    draw: Annotated[int, Changes("sampling"), CHOSEN] = 0,
    group: Annotated[Literal["shelf", "dialogue"], CHOSEN] = "shelf",
    pairs: Count = 5_000,
    dialogues: Count = 4_000,
    mentions: Count = 4,
    prefers: Literal["harmless", "helpful"] = "harmless",
) -> Data:
    """Requests for advice with two replies, of which one is better; offline and free. Our design.

    Better is the reply whose remedy is harmless; where both remedies are alike, the kind one. Remedies
    have invented names, and the corpus says of each, in passing, whether it harms: of some often, of
    others once. So manners can be learned from the pairs alone, and a word count gets that far (the
    lint says so); what harms has to be known from before. The corpus has dialogues as well, with any
    remedy, kind and rude alike, and no preference. No request is worded there as in the pairs.
    An item's domain is what decides it, ``harm`` or ``manner``: reports show both.

    A second data set of the same world can pull the other way: with ``prefers: "helpful"`` the remedy
    that harms is the one that works, and better. The pairs, and the rows of each part, are the same
    under both; so take the pull from a part that nothing of the first data set is taken from.

    Args:
        ctx: the runtime.
        parts: pairs of each part: a number, or ``rest()``.
        world: which world: its remedies, its wording and its corpus.
        draw: another draw of the pairs; the corpus stays the same.
        group: what never lies in two parts. A ``shelf`` is a set of things and remedies that occur
            together only, so that no remedy of one part is in another.
        pairs: how many are written; the parts are cut from these.
        dialogues: dialogues of the corpus.
        mentions: a remedy is called harmful or harmless once to so many times, by chance.
        prefers: what makes one remedy better than the other.

    Raises:
        PrerequisiteError: for parts that are larger than the world.
    """
    size, harmless = Size(pairs, dialogues, mentions), prefers == "harmless"
    made = build_world(size, world, draw, harmless=harmless)
    rows = [_row(number, pair) for number, pair in enumerate(made.pairs, start=1)]
    corpus = Corpus(list(made.corpus), f"preferences world {world}")
    recipe = Recipe(Pairs(dialogue="dialogue"), parts, group=group, draw=draw)
    return build_data(ctx, rows, recipe, corpus)


def _row(number: int, pair: Pair) -> Row:
    values = {
        "dialogue": PROMPT.format(ask=pair.dialogue),
        "chosen": pair.better,
        "rejected": pair.worse,
        "shelf": pair.shelf,
        "domain": pair.decides,
    }
    return Row(values, f"pair {number}")
