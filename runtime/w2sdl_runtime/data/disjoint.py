"""Rule R8 `shared_rows`: no two parts share content; and what a row's content is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from w2sdl.errors.validity import RULES
from w2sdl_runtime.data.entries import Entry
from w2sdl_runtime.data.overlap import LEAST_WORDS, words_of
from w2sdl_runtime.data.parts import Cut
from w2sdl_runtime.data.rows import content_key
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.variants.formats import Format

#: What is shared by two parts: the kind of content -> key -> the first row of each.
_Shared = dict[str, dict[str, tuple[Entry, Entry]]]


def check_disjoint(ctx: Context, cut: Cut, form: Format, key: Sequence[str]) -> None:
    """Refuse parts that share a text or a passage; groups see to it, unless a key is declared.

    A key of columns that no model reads (a row number) says nothing of content: then every column
    that a text is made of must be disjoint too. Under any other key it is only warned of.

    Raises:
        PrerequisiteError: with the counts and a place on both sides.
    """
    entries = [e for groups in cut.parts.values() for group in groups for e in group.entries]
    varying = varying_pieces(entries)
    read = {*form.content_columns(), *(entries[0].row.pieces if entries else ())}
    foreign = bool(form.content_columns()) and any(name not in read for name in key)
    for (one, other), shared in _shared(cut, varying).items():
        telling = {what: keys for what, keys in shared.items() if foreign or what not in varying}
        names = (f"{ctx.address}.{one}", f"{ctx.address}.{other}")
        if telling:
            raise _not_disjoint(names, telling)
        for what, keys in shared.items():
            ctx.warn(
                f"parts `{one}` and `{other}` share {len(keys):,} different `{what}`: "
                f'group: "{what}" keeps them together'
            )


def _shared(cut: Cut, pieces: Iterable[str]) -> dict[tuple[str, str], _Shared]:
    home: dict[tuple[str, str], tuple[str, Entry]] = {}
    shared: defaultdict[tuple[str, str], _Shared] = defaultdict(lambda: defaultdict(dict))
    for part, groups in cut.parts.items():
        for entry in (entry for group in groups for entry in group.entries):
            for what, key in contents(entry, pieces):
                other, first = home.setdefault((what, key), (part, entry))
                if other != part:
                    shared[other, part][what].setdefault(key, (first, entry))
    return shared


def contents(entry: Entry, pieces: Iterable[str]) -> list[tuple[str, str]]:
    """The content of a row by kind: "text", "passage", or the name of a column it is made of."""
    passage = content_key("passage", entry.passage)
    found = [("passage" if key == passage else "text", key) for key in entry.content]
    cells = entry.row.pieces
    return found + [
        (name, content_key(name, cells[name]))
        for name in pieces
        if len(words_of(cells.get(name, ""))) >= LEAST_WORDS
    ]


def varying_pieces(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Columns that texts are made of, without those that say the same in every row."""
    names = tuple(entries[0].row.pieces) if len(entries) > 1 else ()
    return tuple(n for n in names if len({entry.row.pieces.get(n) for entry in entries}) > 1)


def _not_disjoint(
    parts: tuple[str, str], shared: Mapping[str, Mapping[str, tuple[Entry, Entry]]]
) -> PrerequisiteError:
    counts = {what: len(keys) for what, keys in sorted(shared.items())}
    said = [f"{n:,} {what}{'s' if n > 1 else ''}" for what, n in counts.items()]
    what = min(counts)
    first, second = next(iter(shared[what].values()))
    return PrerequisiteError(
        f"{parts[0]} and {parts[1]} share {' and '.join(said)}: {first.row.place} and "
        f"{second.row.place} hold the same {what}, but the declared key calls them different",
        f'leave out `key`, keep such rows together with group: "..." (the column of the {what}), '
        "or keep the first of each: deduplicate: drop_later()",
        RULES["shared_rows"],
    )


def without_later(entries: Sequence[Entry]) -> tuple[list[Entry], dict[str, int]]:
    """Entries without those that share content with an earlier one, and how many those are."""
    pieces, seen, kept = varying_pieces(entries), set[tuple[str, str]](), []
    dropped: Counter[str] = Counter()
    for entry in entries:
        own = set(contents(entry, pieces))
        if own & seen:
            dropped["shares content with an earlier row"] += 1
        else:
            kept.append(entry)
            seen |= own
    return kept, dict(dropped)
