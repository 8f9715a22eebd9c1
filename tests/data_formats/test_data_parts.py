"""Parts under arbitrary rows: disjoint, sized, balanced, and stable."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2sdl_runtime.data.build import drop_repeats
from w2sdl_runtime.data.entries import Entry
from w2sdl_runtime.data.groups import Group, group_entries
from w2sdl_runtime.data.packing import Load, fill, total
from w2sdl_runtime.data.parts import Cut, cut_parts
from w2sdl_runtime.data.rows import Row
from w2sdl_runtime.op import PrerequisiteError, stream_seed
from w2sdl_runtime.variants.formats.binary import Binary
from w2sdl_runtime.variants.formats.multiple_choice import MultipleChoice
from w2sdl_runtime.variants.parts import PartSize, Rest, Take

NAMES = ("supervise", "transfer", "validation", "test")


def weigh(part: str, group: str) -> int:
    return stream_seed(0, part, group)


def binary_groups(spec: list[tuple[int, int, str]]) -> list[Group]:
    """A row for each (label, number of its declared group, split)."""
    rows = [
        Row({"text": f"text {n}", "label": label, "g": f"g{group}"}, f"row {n}", split)
        for n, (label, group, split) in enumerate(spec)
    ]
    padding = [Row({"text": "one", "label": 1}, ""), Row({"text": "zero", "label": 0}, "")]
    make = Binary().reader([*rows, *padding], lambda purpose, row: 0)
    return group_entries([make(row) for row in rows], "g")


def quiz_groups(sizes: list[int], start: int = 0) -> list[Group]:
    """Groups of so many questions each; every question gives two items."""
    rows = [
        Row(
            {"question": f"{g} {n}", "correct_answer": "a", "distractor1": "b", "g": f"group {g}"},
            f"row {g} {n}",
        )
        for g, size in enumerate(sizes, start=start)
        for n in range(size)
    ]
    make = MultipleChoice(distractors=["distractor1"]).reader(rows, lambda purpose, row: 0)
    return group_entries([make(row) for row in rows], "g")


def ids(cut: Cut, name: str) -> set[str]:
    return {item.item_id for group in cut.parts[name] for e in group.entries for item in e.items}


def items(cut: Cut, name: str) -> tuple[int, int]:
    counts = [group.counts() for group in cut.parts[name]]
    return sum(right for right, _ in counts), sum(wrong for _, wrong in counts)


labelled = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 40), st.sampled_from(["train", "test"])),
    min_size=1,
    max_size=120,
)
sizes = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 40), min_size=1)
sized = st.one_of(
    st.integers(1, 30),
    st.builds(Take, n=st.integers(1, 30), of=st.sampled_from(["", "train", "test"])),
    st.builds(Rest, of=st.sampled_from(["", "train", "test"]), at_most=st.integers(1, 30)),
)


@settings(deadline=None, max_examples=200)
@given(labelled, st.dictionaries(st.sampled_from(NAMES), sized, min_size=1), st.booleans())
def test_parts_are_disjoint_sized_and_balanced_or_refused(
    spec: list[tuple[int, int, str]], wanted: dict[str, int | PartSize], balanced: bool
) -> None:
    groups = binary_groups(spec)
    try:
        cut = cut_parts(groups, wanted, weigh, balanced=balanced)
    except PrerequisiteError:
        return
    homes = Counter(group.name for chosen in cut.parts.values() for group in chosen)
    assert set(homes.values()) <= {1}  # no group, hence no content, lies in two parts
    for name, size in wanted.items():
        right, wrong = items(cut, name)
        assert right + wrong > 0
        if balanced:
            assert right == wrong
        if not isinstance(size, Rest):
            asked = size if isinstance(size, int) else size.n
            assert right + wrong == (asked - asked % 2 if balanced else asked)
        elif size.at_most is not None:
            assert right + wrong <= size.at_most
        if not isinstance(size, int) and size.of:
            assert {entry.row.split for g in cut.parts[name] for entry in g.entries} == {size.of}


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=60), sizes)
def test_enough_rows_are_never_refused(group_sizes: list[int], wanted: dict[str, int]) -> None:
    """With room for one group that is cut short in each part, every size is met exactly."""
    need = sum(wanted.values()) + 12 * len(wanted)
    groups = quiz_groups(group_sizes)
    have = 2 * sum(group_sizes)
    groups += quiz_groups([6] * max(1, (need - have) // 12 + 1), start=1000)
    if min(wanted.values()) < 2:
        return
    cut = cut_parts(groups, wanted, weigh, balanced=True)
    for name, size in wanted.items():
        assert items(cut, name) == (size // 2, size // 2)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), sizes, st.data())
def test_growth_leaves_other_parts_alone(start: int, wanted: dict[str, int], data: Any) -> None:
    groups = quiz_groups([1, 2, 3] * 60, start=start)
    wanted = {name: size + size % 2 for name, size in wanted.items()}
    before = cut_parts(groups, wanted, weigh, balanced=True)
    assert not before.borrowed
    grower = data.draw(st.sampled_from(sorted(wanted)))
    more = wanted[grower] + 2 * data.draw(st.integers(1, 60))
    after = cut_parts(groups, {**wanted, grower: more}, weigh, balanced=True)
    for name in wanted:
        if name != grower:
            assert ids(before, name) == ids(after, name)


@settings(deadline=None, max_examples=25)
@given(sizes, st.randoms())
def test_order_of_rows_and_of_parts_means_nothing(wanted: dict[str, int], random: Any) -> None:
    groups = quiz_groups([1, 2, 3] * 40)
    names, shuffled = list(wanted), list(groups)
    random.shuffle(names)
    random.shuffle(shuffled)
    wanted = {name: max(2, size) for name, size in wanted.items()}
    one = cut_parts(groups, wanted, weigh, balanced=True)
    other = cut_parts(shuffled, {name: wanted[name] for name in names}, weigh, balanced=True)
    assert {name: ids(one, name) for name in wanted} == {name: ids(other, name) for name in wanted}


def test_order_means_nothing_where_parts_borrow() -> None:
    groups = quiz_groups([1] * 50)
    wanted = {"a": 40, "b": 40, "c": 20}
    cuts = [
        cut_parts(groups, {name: wanted[name] for name in order}, weigh, balanced=True)
        for order in ("abc", "bca", "cba")
    ]
    assert {"a", "b"} <= cuts[0].borrowed
    for name in wanted:
        assert ids(cuts[0], name) == ids(cuts[1], name) == ids(cuts[2], name)


def test_new_rows_move_few() -> None:
    wanted = {"supervise": 100, "test": 60}
    old = quiz_groups([1] * 200)
    before = cut_parts(old, wanted, weigh, balanced=True)
    after = cut_parts([*old, *quiz_groups([1] * 10, start=500)], wanted, weigh, balanced=True)
    for name, size in wanted.items():
        assert len(ids(before, name) - ids(after, name)) <= size * 10 // 100


def test_shares_are_borrowed_to_the_last_row() -> None:
    groups = quiz_groups([1] * 50)
    cut = cut_parts(groups, {"a": 58, "b": 42}, weigh, balanced=True)
    assert [items(cut, name) for name in ("a", "b")] == [(29, 29), (21, 21)]
    assert cut.borrowed
    mixed = quiz_groups([1, 2, 3, 4, 5] * 4)
    cut = cut_parts(mixed, {"a": 60, "b": 60}, weigh, balanced=True)
    assert [items(cut, name) for name in ("a", "b")] == [(30, 30), (30, 30)]


def test_split_parts_get_theirs_before_the_others() -> None:
    spec = [(n % 2, n, "train" if n < 20 else "test") for n in range(40)]
    cut = cut_parts(
        binary_groups(spec), {"a": Take(n=20, of="train"), "b": 18}, weigh, balanced=True
    )
    assert items(cut, "a") == (10, 10)
    assert {entry.row.split for group in cut.parts["b"] for entry in group.entries} == {"test"}


def test_parts_with_and_without_a_split_leave_each_other_alone() -> None:
    spec = [(n % 2, n, "train" if n < 200 else "test") for n in range(400)]
    groups = binary_groups(spec)
    small = {"a": Take(n=20, of="train"), "b": 30, "c": Rest(of="test", at_most=150)}
    large = {"a": Take(n=60, of="train"), "b": 30, "c": Rest(of="test", at_most=190)}
    before = cut_parts(groups, small, weigh, balanced=True)
    after = cut_parts(groups, large, weigh, balanced=True)
    assert ids(before, "b") == ids(after, "b")
    assert ids(before, "a") < ids(after, "a")
    assert ids(before, "c") < ids(after, "c")


def test_what_a_rest_leaves_can_be_borrowed() -> None:
    spec = [(n % 2, n, "train" if n < 20 else "test") for n in range(60)]
    wanted = {"b": 40, "c": Rest(of="test", at_most=20)}
    cut = cut_parts(binary_groups(spec), wanted, weigh, balanced=True)
    assert {name: sum(items(cut, name)) for name in wanted} == {"b": 40, "c": 20}


def test_rest_takes_what_is_left() -> None:
    spec = [(n % 2, n, "train" if n < 40 else "test") for n in range(60)]
    wanted = {"a": Take(n=10, of="train"), "b": Rest(of="train"), "c": Rest(of="test", at_most=6)}
    cut = cut_parts(binary_groups(spec), wanted, weigh, balanced=True)
    assert {name: sum(items(cut, name)) for name in wanted} == {"a": 10, "b": 30, "c": 6}


def test_groups_across_splits_stay_out_of_split_parts() -> None:
    spec = [(n % 2, 0 if n in (0, 30) else n, "train" if n < 30 else "test") for n in range(60)]
    wanted = {"a": Rest(of="train"), "b": Rest(of="test")}
    cut = cut_parts(binary_groups(spec), wanted, weigh, balanced=False)
    assert sum(items(cut, "a")) + sum(items(cut, "b")) == 58
    assert cut.straddling == 1


@pytest.mark.parametrize(
    ("wanted", "balanced", "words"),
    [
        ({"a": 22}, True, "part `a` asks for 22 items, but 40 are left of 40, 10 with label 1"),
        ({"a": 21, "b": 21}, False, "asks for 21 items, but 19 are left of 40"),
        ({"a": Take(n=41, of="train")}, False, "40 are left of 40 in the split `train`"),
        ({"a": Take(n=4, of="dev")}, False, "the split `dev`, which isn't there"),
        ({"a": 40, "b": Rest()}, False, "nothing is left for part `b`"),
        ({"a": 1}, True, "2 is the least"),
        ({}, True, "no part is named"),
    ],
)
def test_impossible_parts(wanted: dict[str, int | PartSize], balanced: bool, words: str) -> None:
    groups = binary_groups([(int(n < 10), n, "train") for n in range(40)])
    with pytest.raises(PrerequisiteError) as caught:
        cut_parts(groups, wanted, weigh, balanced=balanced)
    assert words in caught.value.message
    assert caught.value.help


# Groups


def entry(content: tuple[str, ...], group: str = "", identity: str = "", **claims: float) -> Entry:
    return Entry(Row({"g": group}, "row"), content, identity, claims, (), "", "{}")


def test_shared_content_joins_groups_in_chains() -> None:
    entries = [entry(("q1", "p1")), entry(("q2", "p1")), entry(("q2", "p2")), entry(("q3", "p3"))]
    assert [len(group.entries) for group in group_entries(entries)] == [3, 1]


def test_declared_groups_join_and_empty_cells_do_not() -> None:
    entries = [entry((f"q{n}",), group) for n, group in enumerate(["a", "A ", "", "", "b"])]
    assert [len(group.entries) for group in group_entries(entries, "g")] == [2, 1, 1, 1]


def test_a_declared_group_keeps_its_name_when_rows_join() -> None:
    few = group_entries([entry(("q1",), "a")], "g")
    more = group_entries([entry(("q0",), "a"), entry(("q1",), "a"), entry(("q9",), "a")], "g")
    assert few[0].name == more[0].name


def test_repeats_and_contradictions() -> None:
    rows = [
        entry(("q",), identity="s", s=1.0, t=0.0),
        entry(("q",), identity="s", s=1.0, u=0.0),
        entry(("r",), identity="v", v=1.0, w=0.0),
        entry(("r",), identity="w", v=0.0, w=1.0),
    ]
    kept, counts = drop_repeats(rows)
    assert kept == rows[:1]
    assert counts == {"contradicts another row": 2, "repeats another row": 1}


# Packing


@settings(deadline=None, max_examples=200)
@given(st.lists(st.integers(1, 7), max_size=12), st.integers(0, 40))
def test_packing_finds_the_fullest_sum(weights: list[int], target: int) -> None:
    loads = [Load(weight, 0) for weight in weights]
    chosen = fill(loads, target, 0, even=False)
    assert len(set(chosen)) == len(chosen)
    sums = {0}
    for weight in weights:
        sums |= {known + weight for known in sums}
    assert total([loads[n] for n in chosen])[0] == max(known for known in sums if known <= target)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=9), st.integers(0, 8))
def test_even_packing_finds_the_fullest_even_sum(pairs: list[tuple[int, int]], half: int) -> None:
    loads = [Load(*pair) for pair in pairs]
    chosen = fill(loads, half, half, even=True)
    sums = {(0, 0)}
    for one, zero in pairs:
        sums |= {(i + one, j + zero) for i, j in sums}
    ones, zeros = total([loads[n] for n in chosen])
    assert ones == zeros == max(i for i, j in sums if i == j and i <= half)


def test_packing_takes_groups_in_order() -> None:
    assert fill([Load(2, 2)] * 1000, 600, 600, even=True) == list(range(300))
    assert fill([Load(2, 0)] * 9000, 12_000, 0, even=False) == list(range(6000))
    found = fill([Load(n % 2, 1 - n % 2) for n in range(9000)], 3000, 3000, even=True)
    assert found == list(range(6000))
