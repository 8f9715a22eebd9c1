"""Cuts groups into named parts: disjoint, of the asked sizes, and stable when sizes change.

Each group has an owner among the parts that may draw it, by highest random weight (rendezvous
hashing; Thaler & Ravishankar, 1998). A part first fills from its own groups; only one that asks
for more than its share borrows what others leave. So the order in which parts are written means
nothing, and a part within its share keeps its rows whatever size the others have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from w2sdl_runtime.data.entries import Entry
from w2sdl_runtime.data.groups import Group
from w2sdl_runtime.data.packing import Load, fill, total
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.variants.parts import PartSize, Rest, Take

#: (part, group) -> random bits.
Weigh = Callable[[str, str], int]


@dataclass(frozen=True, slots=True)
class Cut:
    """The groups of each part, parts by name; which parts borrowed, and what lies across splits."""

    parts: dict[str, list[Group]]
    borrowed: frozenset[str] = frozenset()
    straddling: int = 0


@dataclass(slots=True)
class _Cutter:
    groups: Sequence[Group]
    weigh: Weigh
    balanced: bool
    taken: set[str] = field(default_factory=set)

    def load(self, group: Group) -> Load:
        right, wrong = group.counts()
        return Load(right, wrong) if self.balanced else Load(right + wrong, 0)

    def total(self, groups: Sequence[Group]) -> tuple[int, int]:
        return total([self.load(group) for group in groups])

    def eligible(self, size: PartSize) -> list[Group]:
        of = _split_of(size)
        free = (group for group in self.groups if group.name not in self.taken)
        return [group for group in free if not of or group.splits == {of}]

    def is_full(self, groups: Sequence[Group], items: int) -> bool:
        wanted = items - items % 2 if self.balanced else items
        return bool(groups) and sum(self.total(groups)) == wanted

    def choose(self, groups: Sequence[Group], items: int) -> list[Group]:
        """Groups, in order, that hold ``items`` items.

        The last ones may be cut short: what is cut off goes to no part at all.
        """
        ones = items // 2 if self.balanced else items
        zeros = ones if self.balanced else 0
        chosen = fill([self.load(g) for g in groups], ones, zeros, even=self.balanced)
        whole = [groups[n] for n in chosen]
        have = self.total(whole)
        taken = set(chosen)
        others = (group for n, group in enumerate(groups) if n not in taken)
        return whole + self._trim(others, ones - have[0], zeros - have[1])

    def _trim(self, groups: Iterable[Group], ones: int, zeros: int) -> list[Group]:
        """As many rows of further groups as fit into (ones, zeros)."""
        trimmed: list[Group] = []
        for group in groups:
            if ones + zeros == 0:
                break
            fitting: list[Entry] = []
            # Item ids are hashes, so this is a fixed random order.
            for entry in sorted(group.entries, key=lambda entry: entry.items[0].item_id):
                load = self.load(Group(group.name, (entry,)))
                if load.ones <= ones and load.zeros <= zeros:
                    ones, zeros = ones - load.ones, zeros - load.zeros
                    fitting.append(entry)
            if fitting:
                trimmed.append(Group(group.name, tuple(fitting)))
        return trimmed


def cut_parts(
    groups: Sequence[Group], sizes: Mapping[str, int | PartSize], weigh: Weigh, *, balanced: bool
) -> Cut:
    """Give groups to parts.

    Args:
        groups: rows that stay together: no two parts share a group.
        sizes: items of each part.
        weigh: random bits of a part and a group.
        balanced: whether half of each part's items must have gold 1.

    Raises:
        PrerequisiteError: for a split that is not there, and for a part that can't be filled.
    """
    asked = {
        name: Take(n=size) if isinstance(size, int) else size
        for name, size in sorted(sizes.items())
    }
    if not asked:
        raise PrerequisiteError(
            "no part is named", "say what to cut: parts: {supervise: 500, test: 300}"
        )
    _check_splits(groups, asked)
    cutter = _Cutter(groups, weigh, balanced)
    parts: dict[str, list[Group]] = {}
    borrowed: list[str] = []
    # Parts that need one split go first, rests too: the others can do without its rows.
    for needs_split in (True, False):
        some = {name: size for name, size in asked.items() if bool(_split_of(size)) is needs_split}
        takes = {name: size for name, size in some.items() if isinstance(size, Take)}
        borrowed += _take(cutter, takes, parts)
        for name, size in some.items():
            if isinstance(size, Rest):
                parts[name] = _take_rest(cutter, name, size)
    straddling = sum(len(group.splits) > 1 for group in groups)
    only_splits = all(_split_of(size) for size in asked.values())
    ordered = {name: parts[name] for name in asked}
    return Cut(ordered, frozenset(borrowed), straddling if only_splits else 0)


def _take(cutter: _Cutter, takes: Mapping[str, Take], parts: dict[str, list[Group]]) -> list[str]:
    """Fill parts of stated size; returns the names of those that borrowed."""
    own = _shares(cutter, takes)
    may = {name: {group.name for group in cutter.eligible(size)} for name, size in takes.items()}
    parts |= {name: cutter.choose(own[name], size.n) for name, size in takes.items()}
    cutter.taken |= {group.name for name in takes for group in parts[name]}
    line = _lending_line(own)
    short = [name for name, size in takes.items() if not cutter.is_full(parts[name], size.n)]
    for name in short:
        mine = parts[name]
        # The groups of its own share come first, whole again where they were cut short.
        cutter.taken -= {group.name for group in mine}
        first = {group.name for group in mine}
        free = [
            g for g in [*own[name], *line] if g.name in may[name] and g.name not in cutter.taken
        ]
        pool = list({g.name: g for g in sorted(free, key=lambda g: g.name not in first)}.values())
        _check_enough(cutter, name, takes[name], pool)
        parts[name] = cutter.choose(pool, takes[name].n)
        _check_filled(cutter, name, takes[name].n, pool, parts[name])
        cutter.taken |= {group.name for group in parts[name]}
    return short


def _lending_line(own: Mapping[str, Sequence[Group]]) -> list[Group]:
    """Groups that may be lent: first what each owner would take last."""
    line = [
        (place, group) for groups in own.values() for place, group in enumerate(reversed(groups))
    ]
    return [group for _, group in sorted(line, key=lambda pair: (pair[0], pair[1].name))]


def _split_of(size: PartSize) -> str:
    return size.of if isinstance(size, Take | Rest) else ""


def _check_splits(groups: Sequence[Group], asked: Mapping[str, PartSize]) -> None:
    known = sorted({split for group in groups for split in group.splits} - {""})
    for name, size in asked.items():
        split = _split_of(size)
        if split and split not in known:
            help = (
                f"the splits are {', '.join(known)}"
                if known
                else "the source has no splits: leave out `of`"
            )
            raise PrerequisiteError(
                f"part `{name}` is drawn from the split `{split}`, which isn't there", help
            )


def _shares(cutter: _Cutter, takes: Mapping[str, Take]) -> dict[str, list[Group]]:
    """The groups that each part owns, those it would take first in front."""
    eligible = {
        name: {group.name for group in cutter.eligible(size)} for name, size in takes.items()
    }
    owned: dict[str, list[tuple[int, str, Group]]] = {name: [] for name in takes}
    for group in cutter.groups:
        weights = [
            (cutter.weigh(name, group.name), name) for name in takes if group.name in eligible[name]
        ]
        if weights:
            weight, owner = max(weights)
            owned[owner].append((-weight, group.name, group))
    return {
        name: [group for *_, group in sorted(entries, key=lambda e: e[:2])]
        for name, entries in owned.items()
    }


def _take_rest(cutter: _Cutter, name: str, size: Rest) -> list[Group]:
    pool = sorted(
        cutter.eligible(size), key=lambda group: (-cutter.weigh(name, group.name), group.name)
    )
    ones, zeros = cutter.total(pool)
    available = 2 * min(ones, zeros) if cutter.balanced else ones
    chosen = cutter.choose(pool, min(available, size.at_most or available))
    if not chosen:
        raise PrerequisiteError(
            f"nothing is left for part `{name}`",
            "ask for fewer rows in the other parts, or leave it out",
        )
    cutter.taken |= {group.name for group in chosen}
    return chosen


def _check_enough(cutter: _Cutter, name: str, size: Take, pool: Sequence[Group]) -> None:
    ones, zeros = cutter.total(pool)
    half = size.n // 2
    if (min(ones, zeros) >= half) if cutter.balanced else (ones >= size.n):
        return
    where = f" in the split `{size.of}`" if size.of else ""
    of_split = [group for group in cutter.groups if not size.of or group.splits == {size.of}]
    all_ones, all_zeros = cutter.total(of_split)
    have = f"{ones + zeros:,} are left of {all_ones + all_zeros:,}{where}"
    if cutter.balanced and ones + zeros >= size.n:
        have += f", {ones:,} with label 1 and {zeros:,} with label 0"
    raise PrerequisiteError(
        f"part `{name}` asks for {size.n:,} items, but {have}",
        "ask for fewer items, in this part or in the others"
        + (
            ', or take them as they are: balance: "as_is"'
            if ones != zeros and cutter.balanced
            else ""
        ),
    )


def _check_filled(
    cutter: _Cutter, name: str, asked: int, pool: Sequence[Group], chosen: Sequence[Group]
) -> None:
    if chosen:
        return
    smallest = min((len(entry.items) for g in pool for entry in g.entries), default=1)
    needs = max(smallest, 2 if cutter.balanced else 1)
    raise PrerequisiteError(
        f"part `{name}` asks for {asked:,} items, but {needs} is the least that rows give",
        f"ask for {needs} or more",
    )
