"""The same questions asked in other words: items with new prompts and their old ids."""

from __future__ import annotations

from w2sdl_runtime.op import Context, PrerequisiteError, Seed, op
from w2sdl_runtime.values import Items
from w2sdl_runtime.variants.retellings import Retelling


@op("retell", version=1)
def retell(ctx: Context, items: Items, *, how: Retelling, seed: Seed = 0) -> Items:
    """The items with their prompts written anew; ids, candidates and passages stay.

    So labels of a question that was asked in several ways are labels of one item, and `votes` and
    `concat` bring them together (Guo & Yang 2024)::

        axis wording = 0..4
        asked   = retell(items(qa.transfer), how: shuffled_options(order: wording))
        answers = label(W', asked)
        agreed  = votes(answers, over: wording)

    Args:
        ctx: the context.
        items: what was asked.
        how: wording, order of options, or order of the words to answer by.
        seed: draws the orders of ``shuffled_options()``.

    Raises:
        PrerequisiteError: for a template that can't be used, or one that leaves a prompt empty.
    """
    import pyarrow as pa

    prompts = how.prompts(items, ctx)
    empty = sum(not prompt for prompt in prompts)
    if empty:
        raise PrerequisiteError(
            f"the template leaves {empty:,} of {len(prompts):,} prompts empty",
            "name columns that every row has",
        )
    place = items.table.column_names.index("prompt")
    return Items(items.table.set_column(place, "prompt", pa.array(prompts, pa.string())))
