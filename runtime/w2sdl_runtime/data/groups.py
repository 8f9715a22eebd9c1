"""Which rows belong together: rows that share a group or any content key are never parted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from w2sdl.keys import tagged_hash
from w2sdl_runtime.data.entries import Entry
from w2sdl_runtime.data.rows import Row, content_key, require_columns


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that stay together. ``name`` depends on their keys only, not on other rows."""

    name: str
    entries: tuple[Entry, ...]

    @property
    def splits(self) -> frozenset[str]:
        return frozenset(entry.row.split for entry in self.entries)

    def counts(self) -> tuple[int, int]:
        """Items with gold 1, items with another gold: 0, or a text."""
        golds = [item.gold for entry in self.entries for item in entry.items]
        right = sum(gold == 1.0 for gold in golds)
        return right, len(golds) - right


def group_entries(
    entries: Sequence[Entry], column: str | None = None, key: Sequence[str] = ()
) -> list[Group]:
    """Connected components of entries over shared keys, in order of first appearance.

    Args:
        entries: the formatted rows.
        column: a column whose equal cells keep rows together; rows with an empty cell stand alone.
        key: columns that, taken together, are a row's content; without them the format's own keys.

    Raises:
        PrerequisiteError: for a column that no row has.
    """
    if entries:
        wanted = [*([column] if column else []), *key]
        require_columns([entry.row for entry in entries], wanted)
    keys = [_keys(entry, column, key) for entry in entries]
    root: dict[str, str] = {}
    for shared in keys:
        first, *others = shared
        for other in others:
            _join(root, first, other)
    members: defaultdict[str, list[Entry]] = defaultdict(list)
    names: defaultdict[str, set[str]] = defaultdict(set)
    for entry, shared in zip(entries, keys, strict=True):
        top = _top(root, shared[0])
        members[top].append(entry)
        # Named after the declared group where there is one: more rows then change no name.
        names[top].add(shared[-1])
    return [
        Group(tagged_hash("group.1", min(names[top]))[:16], tuple(rows))
        for top, rows in members.items()
    ]


def _keys(entry: Entry, column: str | None, key: Sequence[str]) -> list[str]:
    content = [_row_key(entry.row, key)] if key else list(entry.content)
    cell = entry.row.word(column) if column else ""
    return [*content, *([f"group:{content_key('group', cell)}"] if cell else [])]


def _row_key(row: Row, key: Sequence[str]) -> str:
    return "key:" + content_key("key", "\n".join(f"{name}={row.word(name)}" for name in key))


def _top(root: dict[str, str], key: str) -> str:
    path = []
    while (above := root.get(key, key)) != key:
        path.append(key)
        key = above
    for step in path:  # path compression: long chains of shared passages stay cheap
        root[step] = key
    return key


def _join(root: dict[str, str], one: str, other: str) -> None:
    top, under = _top(root, one), _top(root, other)
    if top != under:
        root[under] = top
