"""`select(how: consistent(...))`: as many rows as agree with the student, the easiest of all."""

from __future__ import annotations

import pytest
from test_named_classes import some, told
from test_only import kept
from workbench import Workbench, make_labels

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.select import select
from w2sdl_runtime.variants.selections import Consistent


def test_as_many_as_agree_and_the_easiest_of_all(bench: Workbench) -> None:
    """Breaks where the rows that agree are kept, which are the first two."""
    items = some(bench, 4)
    labels = told(bench, items, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]], "abc")
    student = told(
        bench,
        items,
        [[0.8, 0.1, 0.1], [0.5, 0.3, 0.2], [0.34, 0.35, 0.31], [0.3, 0.36, 0.34]],
        "abc",
    )
    # P of the named class: .8, .3, .31, .3; among the top 2: yes, yes, no, no
    found = bench.run(select, labels, student, how=Consistent(top=2))
    assert kept(found) == [True, False, True, False]


def test_a_judgement_is_consistent_where_the_student_agrees(bench: Workbench) -> None:
    items = some(bench, 4)
    labels = make_labels(bench, items, [0.9, 0.2, 0.6, 0.4])
    student = make_labels(bench, items, [0.7, 0.9, 0.55, 0.1])
    found = bench.run(select, labels, student, how=Consistent(top=1))
    assert kept(found) == [True, False, True, True]


def test_dropped_rows_do_not_count(bench: Workbench) -> None:
    """Breaks where a row that was dropped before raises the keep rate."""
    items = some(bench, 3)
    labels = make_labels(bench, items, [0.9, 0.9, 0.9], keep=[False, True, True])
    student = make_labels(bench, items, [0.99, 0.8, 0.3])
    found = bench.run(select, labels, student, how=Consistent(top=1))
    assert kept(found) == [False, True, False]


def test_a_class_that_the_student_does_not_know_is_the_hardest(bench: Workbench) -> None:
    items = some(bench, 2)
    labels = told(bench, items, [[1, 0], [0, 1]], "az")
    student = told(bench, items, [[0.6, 0.3, 0.1], [0.9, 0.05, 0.05]], "abc")
    assert kept(bench.run(select, labels, student, how=Consistent(top=2))) == [True, False]


def test_what_holds_for_every_row_is_refused(bench: Workbench) -> None:
    items = some(bench, 2)
    judged = make_labels(bench, items, [0.9, 0.2])
    with pytest.raises(PrerequisiteError, match="the student knows 2 classes"):
        bench.run(select, judged, judged, how=Consistent(top=2))
    with pytest.raises(PrerequisiteError, match="one side is words, the other is not"):
        bench.run(select, told(bench, items, [[1, 0]] * 2, "ab"), judged, how=Consistent(top=1))


def test_a_student_that_names_one_class_agrees_with_that_alone(bench: Workbench) -> None:
    """Breaks where classes that it holds for impossible tie with each other among the likeliest."""
    items = some(bench, 4)
    student = told(bench, items, [[1, 0, 0, 0]] * 4, "abcd")
    labels = told(bench, items, [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], "abcd")
    assert kept(bench.run(select, labels, student, how=Consistent(top=3))) == [True, *[False] * 3]


def test_of_equally_likely_classes_the_first_is_likelier(bench: Workbench) -> None:
    items = some(bench, 2)
    student = told(bench, items, [[0.4, 0.3, 0.3]] * 2, "abc")
    labels = told(bench, items, [[0, 1, 0], [0, 0, 1]], "abc")
    assert sum(kept(bench.run(select, labels, student, how=Consistent(top=2)))) == 1
