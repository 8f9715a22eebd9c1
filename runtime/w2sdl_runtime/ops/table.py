"""Data from a file or folder of one's own."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import by_format
from w2sdl_runtime.data.build import Recipe, build_data
from w2sdl_runtime.data.pieces import template_tells_no_gold
from w2sdl_runtime.data.readers import read_source
from w2sdl_runtime.op import CHOSEN, TOLD, Changes, Context, Count, FileSource, op
from w2sdl_runtime.values import Data
from w2sdl_runtime.variants.duplicates import Duplicates, KeepTogether
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.formats.binary import Binary
from w2sdl_runtime.variants.parts import PartSize
from w2sdl_runtime.variants.texts import Text


@op("table", version=4, answers=by_format, check=template_tells_no_gold)
def table(
    ctx: Context,
    file: FileSource,
    *,
    parts: Annotated[dict[str, Count | PartSize], CHOSEN],
    format: Annotated[Format, TOLD] = Binary(),  # noqa: B008 (frozen)
    columns: Annotated[dict[str, list[str]], TOLD] = {},  # noqa: B006 (never changed)
    template: Annotated[str | Text | None, TOLD] = None,
    group: Annotated[str | None, CHOSEN] = None,
    key: Annotated[list[str], CHOSEN] = [],  # noqa: B006
    stratify: Annotated[str | None, CHOSEN] = None,
    deduplicate: Annotated[Duplicates, CHOSEN] = KeepTogether(),  # noqa: B008
    draw: Annotated[int, Changes("sampling"), CHOSEN] = 0,
    corpus: Annotated[str | None, CHOSEN] = None,
    corpus_of: Annotated[str | None, CHOSEN] = None,
) -> Data:
    """Rows of a JSON Lines, JSON, CSV, TSV or Parquet file, cut into disjoint parts.

    A folder with ``train.jsonl``, ``validation.jsonl`` and ``test.jsonl`` (or one of them) is one
    source: ``500`` items are drawn from all of it, ``take(500, of: "train")`` from a split.

    Args:
        ctx: the runtime.
        file: the file or folder, relative to the spec.
        parts: items of each part: a number, ``take(n, of: split)``, ``rest(of: split)``.
        format: how a row becomes items.
        columns: {name that the format uses: column of the file}; of a list of columns the text is
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
        PrerequisiteError: with the line of the file, wherever one is at fault.
    """
    rows = read_source(ctx.base, file)
    return build_data(
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
