"""What holds for any design: nothing differs from itself, names mean nothing, and back is forth."""

from __future__ import annotations

import random
import re
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from designs import SMALL, diff, edited, graph_of, signatures

from w2sdl.diff import Change, ChangeClass, Form, compare

BINDINGS = ["qa", "W", "S", "T", "judge", "student", "ceiling", "floor"]
FRESH = ["base", "large", "talk", "M", "N'", "gold_student", "upper", "Σ"]
OTHERS = ["evidence", "scores", "recovered", "helps"]
#: Edits of SMALL, each of which means something; any set of them can be made at once.
EDITS = [
    ("width: 16", "width: 24"),
    ("width: 64", "width: 96"),
    ("turns: 3", "turns: 5"),
    ("loss: xent()", "loss: logconf()"),
    ("axis seed     = 0..2", "axis seed     = 0..3"),
    ("test: 90", "test: 95"),
    ("(qa.transfer), seed", "(qa.transfer), head: features(), seed"),
    ("ceiling, over: seed) on qa.test", "ceiling, over: seed) on qa.validation"),
    ("context: T, seed", "context: T, train: {epochs: 4, batch: 8}, seed"),
    ("quotes: 2)]", "quotes: 2), consultancy()]"),
    ("expect helps", "measure more = agreement(student, judge) on qa.test\n\nexpect helps"),
    ("accuracy(floor, judge", "accuracy(floor"),
    ("label(judge, qa.transfer)", "confident(label(judge, qa.transfer))"),
    ("over: seed) >", "over: seed) <"),
]
CASES = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def renamed(text: str, names: dict[str, str]) -> str:
    """A spec with bindings, measures and axes called otherwise, each all at once."""
    words = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    pattern = rf"(?<![\w.'])({words})(?![\w'])(?!: (?:student|ceiling|floor|{words})\b)"
    return re.sub(pattern, lambda found: names[found[1]], text)


def as_roles(text: str) -> str:
    """`pgr(weak: floor, ...)` by position, so that argument names are no names to rename."""
    return text.replace(
        "weak: floor, student: student, ceiling: ceiling", "floor, student, ceiling"
    )


def shuffled(text: str, order: random.Random) -> str:
    """The declarations in another order."""
    starts = [
        m.start()
        for m in re.finditer(r"^(axis|data|weak|strong|measure|expect|\w+ +=)", text, re.M)
    ]
    pieces = [text[i:j].rstrip() for i, j in zip(starts, [*starts[1:], len(text)], strict=True)]
    order.shuffle(pieces)
    return text[: starts[0]] + "\n".join(pieces) + "\n"


def meaning(changes: tuple[Change, ...]) -> list[Change]:
    return [change for change in changes if change.kind is not ChangeClass.COSMETIC]


@CASES
@given(st.sets(st.sampled_from(EDITS)))
def test_a_design_does_not_differ_from_itself(edits: set[tuple[str, str]]) -> None:
    text = edited(*sorted(edits))
    found = diff(text, text)
    assert found.changes == ()
    assert not found.differs
    assert found.counts.shared == found.counts.a == found.counts.b


@CASES
@given(st.permutations(BINDINGS + FRESH), st.permutations([*OTHERS, "shown", "grid", "gap", "so"]),
       st.randoms(use_true_random=False))  # fmt: skip
def test_names_and_order_mean_nothing(
    names: list[str], others: list[str], order: random.Random
) -> None:
    """Even names that are exchanged: what is computed and measured is what it was."""
    text = as_roles(SMALL)
    chosen = dict(zip(BINDINGS, names, strict=False)) | dict(zip(OTHERS, others, strict=False))
    again = shuffled(renamed(text, chosen), order)
    found = diff(text, again)
    assert meaning(found.changes) == []
    assert found.verdict.kind == "same"
    assert not found.differs
    assert set(graph_of(text).nodes) == set(graph_of(again).nodes)


@CASES
@given(st.sets(st.sampled_from(EDITS), min_size=1, max_size=4), st.permutations(FRESH))
def test_renaming_hides_no_change(edits: set[tuple[str, str]], names: list[str]) -> None:
    plain, text = edited(*sorted(edits)), SMALL
    before = diff(as_roles(text), as_roles(plain))
    chosen = dict(zip(BINDINGS, names, strict=False))
    after = diff(as_roles(text), renamed(as_roles(plain), chosen))
    assert after.verdict.kind == before.verdict.kind
    assert sorted(c.kind for c in meaning(after.changes)) == sorted(
        c.kind for c in meaning(before.changes)
    )
    assert after.counts == before.counts


@CASES
@given(st.sets(st.sampled_from(EDITS), max_size=5), st.sets(st.sampled_from(EDITS), max_size=5))
def test_back_is_forth_with_old_and_new_exchanged(
    some: set[tuple[str, str]], more: set[tuple[str, str]]
) -> None:
    a, b = edited(*sorted(some)), edited(*sorted(more))
    forth, back = diff(a, b), diff(b, a)
    assert sorted(map(facts, forth.changes)) == sorted(facts(c, turned=True) for c in back.changes)
    assert forth.verdict.kind == back.verdict.kind
    assert forth.counts.shared == back.counts.shared


def facts(change: Change, turned: bool = False) -> tuple[str, ...]:
    form, old, new = change.form, change.old, change.new
    if turned:
        exchanged = {Form.ADDED: Form.REMOVED, Form.REMOVED: Form.ADDED}
        form, old, new = exchanged.get(form, form), new, old
    return (change.kind, form, change.subject, *sorted(change.where), change.what, old, new)


@CASES
@given(st.sets(st.sampled_from(EDITS), min_size=1, max_size=3))
def test_each_edit_is_found(edits: set[tuple[str, str]]) -> None:
    found = diff(SMALL, edited(*sorted(edits)))
    assert len(meaning(found.changes)) >= len(edits)
    assert found.differs


def test_ten_thousand_nodes_are_compared_in_seconds() -> None:
    text = edited(("0..2", "0..399"))
    changes = [
        ("width: 16", "width: 24"),
        ("loss: xent()", "loss: logconf()"),
        ("0..399", "1..400"),
    ]
    a, b = graph_of(text), graph_of(edited(*changes, text=text))
    assert len(a.nodes) > 9_000
    start = time.process_time()
    found = compare(a, b, signatures())
    assert time.process_time() - start < 10  # about 0.5 s on an idle core
    assert found.verdict.kind == "confounded"


def test_time_grows_with_the_number_of_nodes_only() -> None:
    """Four times the nodes take about four times as long; sixteen would be a loop in a loop."""

    def seconds(points: int) -> float:
        text = edited(("0..2", f"0..{points - 1}"))
        graphs = graph_of(text), graph_of(edited(("width: 16", "width: 24"), text=text))
        times = []
        for _ in range(3):
            start = time.process_time()
            compare(*graphs, signatures())
            times.append(time.process_time() - start)
        return min(times)

    assert seconds(400) < 9 * seconds(100)


@pytest.mark.parametrize("old", [EDITS[0], EDITS[3], EDITS[6]])
def test_one_edit_is_a_controlled_comparison(old: tuple[str, str]) -> None:
    assert diff(SMALL, edited(old)).verdict.kind == "controlled"
