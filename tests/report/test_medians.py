"""Medians over pairs: undefined ones are left out and counted, missing ones leave it open."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sample as sampling
from test_expect import compare, number, over, table, verdict

from w2sdl_runtime.report.notes import Note
from w2sdl_runtime.report.reductions import count_note, median, undefined_places

GAP = frozenset({Note("the ceiling is not above the weak model", "undefined")})
GONE = frozenset({Note("S'[seed=1] is missing: failed")})


def test_what_is_undefined_takes_no_part_and_is_counted() -> None:
    values = np.array([[0.2, 0.1], [np.nan, np.nan], [0.6, 0.5], [0.9, 0.9]])
    notes = np.array([frozenset(), GAP, frozenset(), frozenset()], dtype=object)
    places = undefined_places(notes, values)
    assert places.tolist() == [False, True, False, False]
    assert median(values, places, (0,)) == pytest.approx([0.6, 0.5])
    (said,) = count_note(places)
    assert said.text == "the median is of 3 of 4: the others are undefined"
    assert count_note(places[[0, 2]]) == frozenset()


def test_what_is_missing_leaves_it_open() -> None:
    values = np.array([[0.2], [np.nan], [0.6]])
    places = undefined_places(np.array([frozenset(), GONE, frozenset()], dtype=object), values)
    assert not places.any()
    assert np.isnan(median(values, places, (0,))).all()


def test_a_defined_pair_that_is_undefined_without_a_row_has_no_value_there() -> None:
    values = np.array([[0.2, np.nan], [0.4, 0.4]])
    found = median(values, np.zeros(2, dtype=bool), (0,))
    assert found[0] == pytest.approx(0.3)
    assert np.isnan(found[1])


def test_nothing_defined_is_nothing() -> None:
    assert np.isnan(median(np.full((2, 1), np.nan), np.ones(2, dtype=bool), (0,))).all()


def test_an_expectation_over_pairs_says_how_many_it_is_of(
    sample: sampling.Sample, tmp_path: Path
) -> None:
    """Where no ceiling is above its weak model, none of the pairs has a number."""
    flat = sampling.build(tmp_path, skills={"ceiling": 0.40, "floor": 0.70}, like=sample)
    tree = compare(over("median", table("recovered"), "evidence"), ">", number(-5.0))
    whole = verdict(sample, tree).points[0]
    assert not any("the median is of" in note for note in whole.notes)
    none = verdict(flat, tree)
    assert none.verdict == "undecided"
    assert any("the median is of 0 of" in note for note in none.points[0].notes)
