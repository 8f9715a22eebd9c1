"""Data from the Hugging Face hub, at a pinned revision."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import by_format
from w2sdl_runtime.data.build import Recipe, build_data
from w2sdl_runtime.data.hub import load_hub_rows
from w2sdl_runtime.data.pieces import template_tells_no_gold
from w2sdl_runtime.op import (
    CHOSEN,
    TOLD,
    Changes,
    Context,
    Count,
    DatasetSource,
    PrerequisiteError,
    op,
)
from w2sdl_runtime.values import Data
from w2sdl_runtime.variants.duplicates import Duplicates, KeepTogether
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.formats.binary import Binary
from w2sdl_runtime.variants.parts import PartSize
from w2sdl_runtime.variants.texts import Text


@op("hub", version=4, answers=by_format, check=template_tells_no_gold)
def hub(
    ctx: Context,
    repo: DatasetSource,
    *,
    parts: Annotated[dict[str, Count | PartSize], CHOSEN],
    format: Annotated[Format, TOLD] = Binary(),  # noqa: B008 (frozen)
    subset: str | None = None,
    splits: Annotated[list[str], CHOSEN] = [],  # noqa: B006 (never changed)
    revision: str | None = None,
    columns: Annotated[dict[str, list[str]], TOLD] = {},  # noqa: B006
    template: Annotated[str | Text | None, TOLD] = None,
    group: Annotated[str | None, CHOSEN] = None,
    key: Annotated[list[str], CHOSEN] = [],  # noqa: B006
    stratify: Annotated[str | None, CHOSEN] = None,
    deduplicate: Annotated[Duplicates, CHOSEN] = KeepTogether(),  # noqa: B008
    draw: Annotated[int, Changes("sampling"), CHOSEN] = 0,
    corpus: Annotated[str | None, CHOSEN] = None,
    corpus_of: Annotated[str | None, CHOSEN] = None,
) -> Data:
    """Rows of a hub data set, cut into disjoint parts. Code from the hub is never run.

    Args:
        ctx: the runtime.
        repo: ``owner/name``.
        parts: items of each part: a number, ``take(n, of: split)``, ``rest(of: split)``.
        format: how a row becomes items.
        subset: the configuration, where the data set has several.
        splits: the splits to read; without it, all of them, as one source.
        revision: a commit; without one, the newest, whose commit is noted in the result.
        columns: {name that the format uses: column of the data set}; of a list of columns the text is
            made, a line each.
        template: in place of the format's prompt; it may name the columns that the text is made of,
            or any that tell no gold: these then are the text.
        group: a column; rows with an equal cell never lie in two parts.
        key: columns that make up a row's content; without it, what the format shows (rule R8).
        stratify: a column; its cells have the same shares in all parts. Of the column of the label,
            this is instead of as many 1 as 0.
        deduplicate: rows that share a question, a passage or a text: ``keep_together()``, or
            ``drop_later()``.
        draw: another number draws other rows and other wrong answers.
        corpus: a column whose texts are the corpus of the data. Never one that tells gold.
        corpus_of: the one split that the corpus comes from; without it, all of them.

    Raises:
        PrerequisiteError: when the hub can't be reached, or has no such data set, subset or split.
    """
    if (ctx.base / repo).is_dir():
        raise PrerequisiteError(
            f"`{repo}` is a folder, not a hub data set", f'read it with table("{repo}", ...)'
        )
    rows, commit = load_hub_rows(repo, subset, splits, revision, format.first_rows())
    data = build_data(
        ctx,
        rows,
        Recipe(
            format,
            parts,
            columns=columns,
            template=template,
            group=group,
            key=key,
            stratify=stratify,
            deduplicate=deduplicate,
            draw=draw,
            corpus=corpus,
            corpus_of=corpus_of,
        ),
    )
    data.notes["revision"] = commit
    return data
