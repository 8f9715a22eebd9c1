"""The family of retellings: ways to ask the same question again, for ``retell``."""

from __future__ import annotations

import json
import random
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from itertools import islice, permutations
from math import factorial
from typing import Annotated, Any

from pydantic import Field

from w2sdl_runtime.op import Context, CountOrZero, PrerequisiteError, Variant, variant
from w2sdl_runtime.values import Items
from w2sdl_runtime.variants.texts import Text, text_of

_CHOICE = "Question: {{ question }} Options: {{ options | join(', ') }}. Answer:"


class Retelling(Variant):
    """How the prompts of items are written anew. What was asked of a row, and who it is, stays."""

    @abstractmethod
    def prompts(self, items: Items, ctx: Context) -> list[str]:
        """The prompt of every item.

        Raises:
            PrerequisiteError: for a template that names what a row does not have.
        """


@variant("wording")
class Wording(Retelling):
    """By another template: over ``prompt``, ``passage`` and the columns of the row that tell no gold.

    A column of paraphrases in the file is a wording too: ``wording(template: "{{ rephrased }}")``.
    """

    template: Annotated[str, Field(min_length=1)] | Text

    def prompts(self, items: Items, ctx: Context) -> list[str]:
        """Each row rendered by itself."""
        return _rendered(items, text_of(ctx, self.template), [{}] * len(items))


@variant("shuffled_options")
class ShuffledOptions(Retelling):
    """With the row's options in another order: ``order`` 0, 1, 2 … are distinct draws for each question.

    Guo & Yang (2024) ask HellaSwag and MMLU in 5 of the 24 orders of four options. The model answers
    with an option's text, so that nothing has to be mapped back (there, letters are). All items of one
    question have the same order.
    """

    order: CountOrZero
    template: Annotated[str, Field(min_length=1)] | Text = _CHOICE
    column: str = "options"

    def prompts(self, items: Items, ctx: Context) -> list[str]:
        """The options by their new order, under their own name."""
        prompts, shown = items.column("prompt"), []
        for prompt, fields in zip(prompts, items.column("fields"), strict=True):
            options = _options(fields, self.column)
            seed = ctx.row_stream("orders", prompt)
            shown.append({self.column: _drawn(options, self.order, seed)})
        return _rendered(items, text_of(ctx, self.template), shown)


def _enough_orders(given: Mapping[str, Any]) -> tuple[str, str] | None:
    words, order = given["how"]["words"], given["how"]["order"]
    orders = factorial(len(words))
    if len(set(words)) < len(words):
        return "words: names a word twice", "give different words"
    if order < orders:
        return None
    fact = f"{len(words)} words have {orders} orders, and order: {order} is none of them"
    return fact, f"count from 0 to {orders - 1}"


@variant("reordered")
class Reordered(Retelling):
    """With the words to answer by in another order: ``order`` 0 is as given, 1 swaps two.

    Guo & Yang (2024) ask ETHICS with both orders of its two answer words. The template places ``words``:
    ``"{{ prompt }} Is this {{ words | join(' or ') }}?"``.
    """

    check = _enough_orders
    words: Annotated[list[str], Field(min_length=2)]
    order: CountOrZero
    template: Annotated[str, Field(min_length=1)] | Text

    def prompts(self, items: Items, ctx: Context) -> list[str]:
        """The same words for every row."""
        words = list(next(islice(permutations(self.words), self.order, None)))
        return _rendered(items, text_of(ctx, self.template), [{"words": words}] * len(items))


def _options(fields: str, column: str) -> list[str]:
    found = (json.loads(fields) if fields else {}).get(column)
    if not isinstance(found, list) or len(found) < 2:
        raise PrerequisiteError(
            f"a row lists no options in `{column}`",
            "retell rows of a format with options, such as multiple_choice() or choices(), or name "
            "their column",
        )
    return [str(one) for one in found]


def _drawn(options: Sequence[str], order: int, seed: int) -> list[str]:
    """The ``order``-th of distinct random orders."""
    if order >= factorial(len(options)):
        raise PrerequisiteError(
            f"order: {order} counts from 0, and {len(options)} options have"
            f" {factorial(len(options))} orders",
            "ask in fewer orders",
        )
    dice, seen = random.Random(seed), dict[tuple[str, ...], None]()  # noqa: S311  # no secret
    start = sorted(options)
    while len(seen) <= order:
        dice.shuffle(start)
        seen.setdefault(tuple(start))
    return list(list(seen)[order])


def _rendered(items: Items, template: str, more: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every row by a template over its prompt, its passage, its columns and what is added."""
    from w2sdl_runtime.data.templates import compile_prompt

    rows = [json.loads(fields) if fields else {} for fields in items.column("fields")]
    own = (name for row in [*rows[:1], *more[:1]] for name in row)
    render = compile_prompt(template, tuple(dict.fromkeys(("prompt", "passage", *own))))
    return [
        render(**{**row, "prompt": prompt, "passage": passage, **added})
        for row, prompt, passage, added in zip(
            rows, items.column("prompt"), items.column("passage"), more, strict=True
        )
    ]
