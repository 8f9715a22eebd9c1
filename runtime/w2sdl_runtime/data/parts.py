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
    """The state of a cut: what each part holds, and which part holds a group."""

    groups: Sequence[Group]
    asked: Mapping[str, PartSize]
    weigh: Weigh
    balanced: bool
    parts: dict[str, list[Group]] = field(default_factory=dict)
    holder: dict[str, str] = field(default_factory=dict)

    def load(self, group: Group) -> Load:
        right, wrong = group.counts()
        return Load(right, wrong) if self.balanced else Load(right + wrong, 0)

    def total(self, groups: Sequence[Group]) -> tuple[int, int]:
        return total([self.load(group) for group in groups])

    def eligible(self, name: str) -> list[Group]:
        """The groups that a part may draw from, whoever holds them."""
        of = _split_of(self.asked[name])
        return [group for group in self.groups if not of or group.splits == {of}]

    def is_free(self, group: Group, name: str) -> bool:
        """Whether a part may take the group: from nobody, or from a part that any split serves."""
        holder = self.holder.get(group.name)
        needs_split = bool(_split_of(self.asked[name]))
        return holder is None or (needs_split and not _split_of(self.asked[holder]))

    def give(self, name: str, groups: Sequence[Group]) -> None:
        """Let a part hold these groups, and no others."""
        for group in self.parts.get(name, ()):
            del self.holder[group.name]
        for group in groups:
            loser = self.holder.get(group.name)
            if loser is not None:
                self.parts[loser] = [g for g in self.parts[loser] if g.name != group.name]
            self.holder[group.name] = name
        self.parts[name] = list(groups)

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
    cutter = _Cutter(groups, asked, weigh, balanced)
    own = _shares(cutter)
    for name, share in own.items():
        cutter.give(name, cutter.choose(share, _size(asked[name])))
    borrowed = _complete(cutter, own)
    straddling = sum(len(group.splits) > 1 for group in groups)
    only_splits = all(_split_of(size) for size in asked.values())
    ordered = {name: cutter.parts[name] for name in asked}
    return Cut(ordered, borrowed, straddling if only_splits else 0)


def _complete(cutter: _Cutter, own: Mapping[str, Sequence[Group]]) -> frozenset[str]:
    """Fill what shares don't; returns the parts that borrowed.

    Parts that need one split go first, rests too: the others can do without its rows.
    """
    line = _lending_line(cutter, own)
    borrowed = set()
    for needs_split in (True, False):
        names = [n for n, size in cutter.asked.items() if bool(_split_of(size)) is needs_split]
        for name in [n for n in names if n in own]:
            if not cutter.is_full(cutter.parts[name], _size(cutter.asked[name])):
                _borrow(cutter, name, [*own[name], *line])
                borrowed.add(name)
        for name in [n for n in names if n not in own]:
            _take_rest(cutter, name)
    return frozenset(borrowed)


def _borrow(cutter: _Cutter, name: str, line: Sequence[Group]) -> None:
    """Fill a part anew: from its own share, then from free groups, in line."""
    mine = {group.name for group in cutter.parts[name]}
    cutter.give(name, ())
    may = {group.name for group in cutter.eligible(name)}
    free = {g.name: g for g in line if g.name in may and cutter.is_free(g, name)}
    pool = sorted(free.values(), key=lambda g: (g.name not in mine, g.name in cutter.holder))
    size = _size(cutter.asked[name])
    _check_enough(cutter, name, size, pool)
    chosen = cutter.choose(pool, size)
    _check_filled(cutter, name, size, pool, chosen)
    cutter.give(name, chosen)


def _lending_line(cutter: _Cutter, own: Mapping[str, Sequence[Group]]) -> list[Group]:
    """Groups that may be lent: those without an owner, then what each owner would take last."""
    place = {
        group.name: place for groups in own.values() for place, group in enumerate(groups[::-1], 1)
    }
    return sorted(cutter.groups, key=lambda group: (place.get(group.name, 0), group.name))


def _size(size: PartSize) -> int:
    return size.n if isinstance(size, Take) else 0


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


def _shares(cutter: _Cutter) -> dict[str, list[Group]]:
    """The groups that each part of stated size owns, those it would take first in front.

    A split with a `rest` belongs to the parts of that split.
    """
    takes = {name: size for name, size in cutter.asked.items() if isinstance(size, Take)}
    rests = {_split_of(size) for size in cutter.asked.values() if isinstance(size, Rest)} - {""}
    owned: dict[str, list[tuple[int, str, Group]]] = {name: [] for name in takes}
    for group in cutter.groups:
        splits = group.splits
        may = [
            name
            for name, size in takes.items()
            if splits == {size.of} or (not size.of and not splits & rests)
        ]
        if may:
            weight, owner = max((cutter.weigh(name, group.name), name) for name in may)
            owned[owner].append((-weight, group.name, group))
    return {
        name: [group for *_, group in sorted(entries, key=lambda entry: entry[:2])]
        for name, entries in owned.items()
    }


def _take_rest(cutter: _Cutter, name: str) -> None:
    size = cutter.asked[name]
    free = [group for group in cutter.eligible(name) if cutter.is_free(group, name)]
    pool = sorted(free, key=lambda group: (-cutter.weigh(name, group.name), group.name))
    ones, zeros = cutter.total(pool)
    available = 2 * min(ones, zeros) if cutter.balanced else ones
    at_most = size.at_most if isinstance(size, Rest) else None
    chosen = cutter.choose(pool, min(available, at_most or available))
    if not chosen:
        raise PrerequisiteError(
            f"nothing is left for part `{name}`",
            "ask for fewer rows in the other parts, or leave it out",
        )
    cutter.give(name, chosen)


def _check_enough(cutter: _Cutter, name: str, size: int, pool: Sequence[Group]) -> None:
    ones, zeros = cutter.total(pool)
    if (min(ones, zeros) >= size // 2) if cutter.balanced else (ones >= size):
        return
    split = _split_of(cutter.asked[name])
    all_ones, all_zeros = cutter.total(cutter.eligible(name))
    have = f"{ones + zeros:,} are left of {all_ones + all_zeros:,}"
    have += f" in the split `{split}`" if split else ""
    if cutter.balanced and ones + zeros >= size:
        have += f", {ones:,} with label 1 and {zeros:,} with label 0"
    raise PrerequisiteError(
        f"part `{name}` asks for {size:,} items, but {have}",
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
