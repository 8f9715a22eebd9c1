"""Cuts groups into parts that all hold the same share of each stratum, as far as groups allow."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from w2sdl_runtime.data.entries import Entry
from w2sdl_runtime.data.groups import Group
from w2sdl_runtime.data.parts import Cut, Weigh, cut_parts
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.variants.parts import PartSize, Rest, Take

Sizes = Mapping[str, int | PartSize]
#: A difference of shares, in points, that is worth saying.
_OFF = 2.0


def cut_strata(
    groups: Sequence[Group],
    sizes: Sizes,
    weigh: Weigh,
    stratum: Callable[[Entry], str],
    *,
    balanced: bool,
) -> Cut:
    """Cut every stratum on its own, each part's size shared out among them (largest remainder).

    A group lies in the stratum of most of its items.

    Raises:
        PrerequisiteError: as for `cut_parts`, with the stratum.
    """
    strata: defaultdict[str, list[Group]] = defaultdict(list)
    for group in groups:
        strata[_of_group(group, stratum)].append(group)
    parts: dict[str, list[Group]] = {name: [] for name in sorted(sizes)}
    borrowed: set[str] = set()
    straddling = 0
    for name, own in _allocate(strata, sizes, 2 if balanced else 1).items():
        if not own:
            continue
        try:
            cut = cut_parts(strata[name], own, weigh, balanced=balanced)
        except PrerequisiteError as problem:
            raise PrerequisiteError(
                f"in the stratum {name!r}: {problem.message}", problem.help
            ) from None
        borrowed |= cut.borrowed
        straddling += cut.straddling
        for part, chosen in cut.parts.items():
            parts[part] += chosen
    _check_filled(parts)
    return Cut(parts, frozenset(borrowed), straddling)


def _of_group(group: Group, stratum: Callable[[Entry], str]) -> str:
    votes = Counter[str]()
    for entry in group.entries:
        votes[stratum(entry)] += len(entry.items)
    return min(votes, key=lambda name: (-votes[name], name))


def _allocate(
    strata: Mapping[str, Sequence[Group]], sizes: Sizes, unit: int
) -> dict[str, dict[str, int | PartSize]]:
    """The size of each part in each stratum; parts that get nothing there are left out."""
    shares: dict[str, dict[str, int | PartSize]] = {name: {} for name in sorted(strata)}
    for part, size in sizes.items():
        asked = Take(n=size) if isinstance(size, int) else size
        of = getattr(asked, "of", "")
        room = {name: _items(groups, of) for name, groups in sorted(strata.items())}
        limit = asked.at_most if isinstance(asked, Rest) else getattr(asked, "n", None)
        given = room if limit is None else _shared_out(limit, room, unit)
        for name, count in given.items():
            if count and isinstance(asked, Rest):
                shares[name][part] = Rest(of=of, at_most=None if limit is None else count)
            elif count:
                shares[name][part] = Take(n=count, of=of)
    return shares


def _items(groups: Sequence[Group], of: str) -> int:
    return sum(sum(group.counts()) for group in groups if not of or group.splits == {of})


def _shared_out(total: int, room: Mapping[str, int], unit: int) -> dict[str, int]:
    """Whole units of a total in proportion to ``room``, the largest remainders rounded up."""
    units, every = total // unit, max(1, sum(room.values()))
    exact = {name: units * count / every for name, count in room.items()}
    given = {name: int(value) for name, value in exact.items()}
    order = sorted(exact, key=lambda name: (given[name] - exact[name], name))
    for name in order[: units - sum(given.values())]:
        given[name] += 1
    return {name: count * unit for name, count in given.items()}


def _check_filled(parts: Mapping[str, Sequence[Group]]) -> None:
    empty = [name for name, groups in parts.items() if not groups]
    if empty:
        raise PrerequisiteError(
            f"part `{empty[0]}` is too small to hold a row of any stratum", "ask for more items"
        )


def strata_counts(
    ctx: Context, cut: Cut, groups: Sequence[Group], stratum: Callable[[Entry], str]
) -> dict[str, dict[str, int]]:
    """Items of each stratum in each part; says where groups keep a part's shares from the source's."""
    counts = {part: _count(chosen, stratum) for part, chosen in cut.parts.items()}
    whole = _count(groups, stratum)
    for part, own in counts.items():
        off = {n: _points(own, n) - _points(whole, n) for n in whole}
        worst = max(off, key=lambda name: abs(off[name]))
        if abs(off[worst]) > max(_OFF, 100 / max(1, sum(own.values()))):
            ctx.warn(
                f"part `{part}` holds {_points(own, worst):.1f} % of {worst!r}, the source "
                f"{_points(whole, worst):.1f} %: groups allow no better"
            )
    return counts


def _count(groups: Sequence[Group], stratum: Callable[[Entry], str]) -> dict[str, int]:
    counts = Counter[str]()
    for group in groups:
        for entry in group.entries:
            counts[stratum(entry)] += len(entry.items)
    return dict(sorted(counts.items()))


def _points(counts: Mapping[str, int], name: str) -> float:
    return 100 * counts.get(name, 0) / max(1, sum(counts.values()))
