"""Joins rows of a file to items by key columns; whatever doesn't fit is counted and placed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from w2sdl_runtime.data.readers import read_source
from w2sdl_runtime.data.rows import Row, rename_columns, require_columns, same_text
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.values import ITEM_COLUMNS, Items

Missing = Literal["refuse", "drop"]
Extra = Literal["refuse", "leave_out"]
Key = tuple[str, ...]
_LOOKED_AT = 100  #: rows whose columns are compared with those that are read


@dataclass(frozen=True, slots=True)
class Join:
    """How the rows of a file belong to items."""

    file: str
    key: Sequence[str]
    columns: Mapping[str, Sequence[str]]
    missing: Missing
    extra: Extra
    optional: tuple[str, ...] = ()  #: columns that are read where the file has them


def read_joined(ctx: Context, items: Items, join: Join, several: bool = False) -> list[list[Row]]:
    """The rows of the file for each item, in the order of the items; in the file's order within.

    Args:
        ctx: where the file lies, and whom to tell what is left out.
        items: the rows to find.
        join: the file, its key, and what to do with what doesn't fit.
        several: whether an item may have several rows (the turns of a transcript).

    Raises:
        PrerequisiteError: with counts and the first place, for rows and items that don't fit.
    """
    rows = rename_columns(read_source(ctx.base, join.file), join.columns)
    require_columns(rows, join.key)
    _warn_of_misspelled(ctx, rows, join)
    place = _places(items, join)
    found: list[list[Row]] = [[] for _ in range(len(items))]
    extra: list[Row] = []
    for row in rows:
        key = tuple(same_text(row.word(name)) for name in join.key)
        (found[place[key]] if key in place else extra).append(row)
    if not several:
        _check_single(found, join)
    _check_fits(ctx, items, join, (rows, extra, found))
    return found


def _warn_of_misspelled(ctx: Context, rows: Sequence[Row], join: Join) -> None:
    """A column that nothing reads, and whose name is almost that of one that would be read."""
    there = dict.fromkeys(name for row in rows[:_LOOKED_AT] for name in row.values)
    free = [name for name in join.optional if name not in there]
    for name in there:
        near = () if name in (*join.key, *join.optional) else get_close_matches(name, free, 1, 0.75)
        if near and name not in ITEM_COLUMNS:
            ctx.warn(
                f"nothing reads the column `{name}` of `{join.file}`: if `{near[0]}` is meant, "
                f'columns: {{{near[0]}: "{name}"}} says so'
            )


def _places(items: Items, join: Join) -> dict[Key, int]:
    """The item of each key.

    Raises:
        PrerequisiteError: when a key names several items.
    """
    columns = [_item_column(items, name) for name in join.key]
    homes: defaultdict[Key, list[int]] = defaultdict(list)
    for at, words in enumerate(zip(*columns, strict=True)):
        homes[tuple(same_text(word) for word in words)].append(at)
    shared = {key: at for key, at in homes.items() if len(at) > 1}
    if shared:
        key, same = next(iter(shared.items()))
        raise PrerequisiteError(
            f"{_shown(join.key, key)} names {len(same)} items, and "
            f"{len(shared):,} of {len(homes):,} keys name more than one",
            "add columns that tell them apart, such as `candidate`, or use key: item_id",
        )
    return {key: at[0] for key, at in homes.items()}


def _item_column(items: Items, name: str) -> list[str]:
    """A column of the items, or of the source rows that they were made from."""
    if name in ITEM_COLUMNS:
        return items.column(name)
    ids = items.column("item_id")
    rows = [
        Row(json.loads(text or "{}"), f"item {item}")
        for text, item in zip(items.column("fields"), ids, strict=True)
    ]
    if rows:
        require_columns(rows, (name,))
    return [row.word(name) for row in rows]


def _check_single(found: Sequence[Sequence[Row]], join: Join) -> None:
    twice = [rows for rows in found if len(rows) > 1]
    if twice:
        first, second = twice[0][:2]
        raise PrerequisiteError(
            f"{len(twice):,} items have more than one row in `{join.file}`: "
            f"{second.place} repeats {first.place}",
            "keep one row for each item",
        )


def _check_fits(
    ctx: Context,
    items: Items,
    join: Join,
    fit: tuple[Sequence[Row], Sequence[Row], Sequence[Sequence[Row]]],
) -> None:
    """Refuse or count rows without an item, and items without a row."""
    rows, extra, found = fit
    missing = [at for at, own in enumerate(found) if not own]
    if len(extra) == len(rows):
        first = _item_column(items.__class__(items.table.slice(0, 1)), join.key[0])
        raise PrerequisiteError(
            f"no row of `{join.file}` belongs to an item: "
            f"{rows[0].place} has {_shown(join.key, [rows[0].word(name) for name in join.key])}, "
            f"and the first item has `{join.key[0]}` {' '.join(first)!r}",
            "name columns that the rows and the items share: key: [...]",
        )
    if extra:
        text = f"{len(extra):,} of {len(rows):,} rows of `{join.file}` belong to no item here"
        if join.extra == "refuse":
            raise PrerequisiteError(
                f"{text} (first: {extra[0].place})",
                'check the key, or leave such rows out and count them: extra: "leave_out"',
            )
        ctx.warn(f"{text}: left out")
    if missing:
        text = f"{len(missing):,} of {len(items):,} items have no row in `{join.file}`"
        if join.missing == "refuse":
            row = items.table.slice(missing[0], 1).to_pylist()[0]
            start = f"{row['prompt']} {row['candidate']}".strip()[:60]
            raise PrerequisiteError(
                f'{text} (first: {row["item_id"]}, "{start}")',
                'complete the file, or drop such items and count them: missing: "drop"',
            )
        ctx.warn(f"{text}: dropped")


def _shown(names: Sequence[str], words: Sequence[str]) -> str:
    cells = (f"`{name}` {word[:60]!r}" for name, word in zip(names, words, strict=True))
    return ", ".join(cells)
