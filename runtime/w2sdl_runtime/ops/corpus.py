"""The pretraining corpus that belongs to a data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.op import Context, Made, PrerequisiteError, op
from w2sdl_runtime.values import Corpus, Data

#: Data of one's own, whose corpus is a column that the call names.
_OF_A_COLUMN = ("table", "hub")


def _is_declared(given: Mapping[str, Any]) -> tuple[str, str] | None:
    """Data that is made of other data (a part of it, folds) has its corpus."""
    made: Made | None = given.get("data")
    while made is not None and made.op not in _OF_A_COLUMN:
        before = made.arguments.get("data")
        made = None if isinstance(before, tuple) else before
    if made is None or made.arguments.get("corpus") is not None:
        return None
    return (
        f"this {made.op}() declares no corpus",
        f'name a column that tells no gold, {made.op}(..., corpus: "support"), or pretrain on '
        'text_file("...") or on texts(items(...))',
    )


@op("corpus", version=1, inline=True, check=_is_declared)
def corpus(ctx: Context, data: Data) -> Corpus:
    """The corpus that the data set declares.

    Raises:
        PrerequisiteError: when it declares none: nothing is ever taken from the items by itself.
    """
    if not data.corpus:
        raise PrerequisiteError(
            "this data set has no corpus",
            'declare one: table(..., corpus: "support") takes a column, text_file("...") a file',
        )
    return open_as(ctx, data.corpus, Corpus)
