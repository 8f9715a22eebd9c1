"""The directory is the test table: cases/NAME/{a.w2s, b.w2s, expected.txt}, read as a user would."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from designs import HERE, diff
from golden import check_golden

from w2sdl.diff.as_text import as_text

CASES = sorted(path for path in (HERE / "cases").iterdir() if path.is_dir())


def test_there_are_cases_of_every_class() -> None:
    text = "".join((case / "expected.txt").read_text("utf-8") for case in CASES)
    assert len(CASES) >= 25
    for word in ("measurement", "factor", "sampling", "claim", "operational", "cosmetic"):
        assert f"\n{word}\n" in text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_pair_of_designs_gets(case: Path, bless: bool) -> None:
    a, b = ((case / f"{side}.w2s").read_text("utf-8") for side in "ab")
    text = as_text(diff(a, b, folder=case))
    check_golden(case / "expected.txt", text, bless)
