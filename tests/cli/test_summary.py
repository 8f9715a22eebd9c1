"""What a run prints at its end: a recovered gap never stands alone (methods reference, guard 2)."""

from __future__ import annotations

import pytest

from w2sdl.cli.summary import print_results
from w2sdl_runtime.report.tables import Column, Figure, Table
from w2sdl_runtime.stats.intervals import Interval


def recovered(weak: float, student: float, ceiling: float, **more: object) -> Figure:
    facts = {
        "metric": "exact_match",
        "accuracies": {"weak": weak, "student": student, "ceiling": ceiling},
        "gain": {"value": student - weak, "lower": -0.01, "upper": 0.2},
    }
    gap = ceiling - weak
    found = Interval((student - weak) / gap, 0.1, 0.9, "t") if gap > 0 else None
    return Figure(found, (), n=800, facts=facts, **more)  # type: ignore[arg-type]


def printed(capsys: pytest.CaptureFixture[str], *figures: Figure) -> list[list[str]]:
    points = {(str(at),): figure for at, figure in enumerate(figures)}
    column = Column("", "", ("size",), points)
    print_results([Table("gap", "pgr", "qa.test", {}, ("size",), (column,))], [])
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[0] == "gap = pgr on qa.test"
    return [[cell for cell in line.strip().split("  ") if cell] for line in lines[1:]]


def test_a_ratio_stands_with_what_it_is_formed_of(capsys: pytest.CaptureFixture[str]) -> None:
    heads, row = printed(capsys, recovered(0.6, 0.7, 0.8))
    assert [h.strip() for h in heads] == [
        *("size", "weak", "student", "ceiling", "gain", "PGR[exact_match]", "rows")
    ]
    assert [cell.strip() for cell in row] == [
        *("0", "0.600", "0.700", "0.800", "0.100 [-0.010, 0.200]", "0.500 [0.100, 0.900]", "800")
    ]


def test_without_a_gap_it_says_so_and_the_gain_stays(capsys: pytest.CaptureFixture[str]) -> None:
    _, row = printed(capsys, recovered(0.8, 0.7, 0.8))
    assert [cell.strip() for cell in row][4:6] == ["-0.100 [-0.010, 0.200]", "undefined: no gap"]


def test_an_unstable_ratio_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    _, row = printed(capsys, recovered(0.6, 0.7, 0.8, warnings=("unstable",)))
    assert "unstable" in row[5]
