"""Data from the Hugging Face hub, at a pinned revision."""

from __future__ import annotations

from w2sdl_runtime.data.build import Recipe, build_data
from w2sdl_runtime.data.hub import load_hub_rows
from w2sdl_runtime.op import Context, Count, DatasetSource, PrerequisiteError, op
from w2sdl_runtime.values import Data
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.parts import PartSize


@op("hub", version=1)
def hub(
    ctx: Context,
    repo: DatasetSource,
    *,
    format: Format,
    parts: dict[str, Count | PartSize],
    subset: str | None = None,
    splits: list[str] = [],  # noqa: B006  # read off as a default in JSON form, never changed
    revision: str | None = None,
    columns: dict[str, str] = {},  # noqa: B006
    group: str | None = None,
    key: list[str] = [],  # noqa: B006
    draw: int = 0,
    corpus: str | None = None,
    corpus_of: str | None = None,
) -> Data:
    """Rows of a hub data set, cut into disjoint parts. Code from the hub is never run.

    Args:
        ctx: the runtime.
        repo: ``owner/name``.
        format: how a row becomes items.
        parts: items of each part: a number, ``take(n, of: split)``, ``rest(of: split)``.
        subset: the configuration, where the data set has several.
        splits: the splits to read; without it, all of them, as one source.
        revision: a commit; without one, the newest, whose commit is noted in the result.
        columns: {name that the format uses: column of the data set}.
        group: a column; rows with an equal cell never lie in two parts.
        key: columns that make up a row's content; without it, what the format shows (rule R8).
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
    rows, commit = load_hub_rows(repo, subset, splits, revision)
    data = build_data(
        ctx, rows, Recipe(format, parts, columns, group, key, draw, corpus, corpus_of)
    )
    data.notes["revision"] = commit
    return data
