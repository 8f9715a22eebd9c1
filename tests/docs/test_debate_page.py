"""The page of the debate method: its table is the paper's arithmetic, its names are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from w2sdl_runtime.registry import load_signatures

PAGE = (Path(__file__).parents[2] / "docs" / "methods" / "debate.md").read_text("utf-8")
TABLE = PAGE[PAGE.index("| | SciQ") :]


def _rows() -> dict[str, list[str]]:
    lines = [line.strip("| \n").split(" | ") for line in TABLE.splitlines() if line.startswith("|")]
    return {line[0].strip(): line[1:] for line in lines[2:]}


@pytest.mark.parametrize("place", range(4))
def test_every_pgr_of_the_table_follows_from_its_accuracies(place: int) -> None:
    rows = _rows()
    weak, ceiling = float(rows["weak"][place]), float(rows["strong ceiling"][place])
    told = {name: row[place] for name, row in rows.items() if "(" in row[place]}
    assert len(told) == 8
    for name, cell in told.items():
        found = re.fullmatch(r"([\d.]+) \(([\d.]+)\)", cell)
        assert found is not None, name
        student, pgr = map(float, found.groups())
        assert 100 * (student - weak) / (ceiling - weak) == pytest.approx(pgr, abs=0.051), name


def test_what_the_page_names_is_there() -> None:
    signatures = load_signatures()
    known = {name for family in signatures.variants.values() for name in family} | set(
        signatures.ops
    )
    named = set(re.findall(r"`(\w+)\(", PAGE)) - {"D"}
    assert named - known == set()
    assert {"market_making", "simultaneous", "sequential", "interactive", "judge"} <= named
