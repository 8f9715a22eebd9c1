"""`read_numbers`, its views, and the format that rows of numbers have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers_data import Bench, write_jsonl
from workbench import Workbench, make_items

from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.read_numbers import read_numbers
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.values import Data
from w2sdl_runtime.variants.formats.numbers import Numbers
from w2sdl_runtime.variants.parts import Rest
from w2sdl_runtime.variants.views import Coarse, RandomFourier, Some, View


def seen(bench: Workbench, rows: list[str], **view: View) -> np.ndarray:
    held = bench.keep(make_items([{"prompt": row} for row in rows]))
    states: np.ndarray = bench.run(read_numbers, held, **view).states()
    return states


def test_numbers_come_back_and_views_see_less(bench: Workbench) -> None:
    rows = ["1 2 3 4", "5 6.5 -7 8e2"]
    assert seen(bench, rows).tolist() == [[1, 2, 3, 4], [5, 6.5, -7, 800]]
    assert seen(bench, rows, view=Some(first=1, n=2)).tolist() == [[2, 3], [6.5, -7]]
    assert seen(bench, rows[:1], view=Coarse(block=2)).tolist() == [[2.5]]


def test_coarse_means_are_of_squares(bench: Workbench) -> None:
    image = np.arange(16)
    found = seen(bench, [" ".join(map(str, image))], view=Coarse(block=2))
    assert found.tolist() == [[2.5, 4.5, 10.5, 12.5]]


def test_random_features_come_near_the_gaussian_kernel(bench: Workbench) -> None:
    points = np.random.default_rng(0).normal(size=(6, 5))
    rows = [" ".join(map(str, point)) for point in points]
    features = seen(bench, rows, view=RandomFourier(n=20_000, width=2.0)).astype(float)
    distance = ((points[:, None] - points[None]) ** 2).sum(-1)
    assert np.allclose(features @ features.T, np.exp(-distance / 8), atol=0.03)
    other = seen(bench, rows, view=RandomFourier(n=20_000, width=2.0, draw=1))
    assert not np.allclose(features, other)


def test_a_state_depends_on_its_own_row_alone(bench: Workbench) -> None:
    """Breaks where a view is fitted to the rows that it sees, test rows among them."""
    rows = ["1 2 3 4", "5 6 7 8", "90 0 0 0"]
    for view in (Coarse(block=2), RandomFourier(n=9)):
        assert np.array_equal(seen(bench, rows, view=view)[:1], seen(bench, rows[:1], view=view))


@pytest.mark.parametrize(
    ("rows", "view", "told"),
    [
        (["1 2", "one two"], None, "item train-1 holds text, not numbers: 'one two'"),
        (["1 2", "1"], None, "the items hold 1 and 2 numbers"),
        (["1 2"], Coarse(block=2), "needs square images"),
        (["1 2 3 4"], Coarse(block=3), "a multiple of 3"),
        (["1 2"], Some(first=1, n=2), r"reaches beyond the 2 numbers"),
        (["1 2 3"], Some(first=1, n=2, of=4), r"a row has 3 numbers, and some\(of: 4\) expects 4"),
        (["1e308 -1e308"], None, "not finite"),
    ],
)
def test_what_it_can_not_see_is_said(
    bench: Workbench, rows: list[str], view: View | None, told: str
) -> None:
    with pytest.raises(PrerequisiteError, match=told):
        seen(bench, rows, **({"view": view} if view else {}))


def made(root: Path, lines: list[dict[str, Any]], **form: Any) -> tuple[Bench, Data]:
    bench = Bench(root)
    write_jsonl(root / "rows.jsonl", lines)
    return bench, table(
        bench.context(), "rows.jsonl", parts={"all": Rest()}, format=Numbers(**form)
    )


def test_rows_of_numbers_are_read_with_their_class(tmp_path: Path) -> None:
    lines = [
        {"pixels": [0, 1.5], "wide": True, "label": 7},
        {"pixels": [2, 3], "wide": 4, "label": 10},
    ]
    bench, data = made(tmp_path, lines, columns=["wide", "pixels"])
    told = dict(
        zip(
            bench.items(data, "all").column("prompt"),
            bench.gold(data, "all").table.column("text").to_pylist(),
            strict=True,
        )
    )
    assert told == {"1 0 1.5": "7", "4 2 3": "10"}
    assert bench.gold(data, "all").label_kind == "text"


def test_cells_of_a_csv_file_are_numbers(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b,kind\n1,2.5,x\n3,4,y\n", "utf-8")
    bench = Bench(tmp_path)
    form = Numbers(columns=["a", "b"], label="kind")
    data = table(bench.context(), "rows.csv", parts={"all": Rest()}, format=form)
    assert set(bench.items(data, "all").column("prompt")) == {"1 2.5", "3 4"}


def test_equal_numbers_are_one_row_unless_names_tell_them_apart(tmp_path: Path) -> None:
    lines = [
        {"pixels": [1], "label": "cat", "who": "tom"},
        {"pixels": [1], "label": "cat", "who": "felix"},
        {"pixels": [2], "label": "dog", "who": "rex"},
    ]
    bench, data = made(tmp_path / "a", lines)
    assert len(bench.items(data, "all")) == 2
    bench, data = made(tmp_path / "b", lines, name="who")
    shown = bench.items(data, "all")
    assert len(shown) == 3
    groups = dict(zip(shown.column("item_id"), shown.column("group"), strict=True))
    assert len(groups) == 3
    assert len(set(groups.values())) == 2


@pytest.mark.parametrize(
    ("lines", "form", "told"),
    [
        ([{"pixels": [1], "label": 1}, {"pixels": [1, 2], "label": 1}], {}, "has 2 numbers, and"),
        ([{"pixels": ["x"], "label": 1}], {}, "`x` is no finite number, in `pixels`"),
        ([{"pixels": [None], "label": 1}], {}, "nothing is no finite number"),
        ([{"a": 1, "b": "", "label": 1}], {"columns": ["a", "b"]}, "nothing is no .*, in `b`"),
        ([{"pixels": [1], "label": 1}], {"columns": ["label"]}, "is the label, and among"),
        ([{"pixels": [1], "label": 1}], {"columns": ["pixel"]}, "there is no column `pixel`"),
    ],
)
def test_what_is_no_row_of_numbers_is_said(
    tmp_path: Path, lines: list[dict[str, Any]], form: dict[str, Any], told: str
) -> None:
    with pytest.raises(PrerequisiteError, match=told):
        made(tmp_path, lines, **form)


def test_a_row_without_class_is_left_out_and_counted(tmp_path: Path) -> None:
    lines = [{"pixels": [at], "label": None if at == 1 else "x"} for at in range(3)]
    _, data = made(tmp_path, lines)
    assert data.notes["rows_dropped"] == {"no class": 1}


def test_items_of_text_are_refused_before_anything_runs() -> None:
    design = """
experiment seen
data qa = science_qa(parts: {train: 100, test: 100})
states = read_numbers(items(qa))
known  = probe(states, gold(qa.train))
measure scores = accuracy(known) on qa.test
"""
    found = Compilation(Source("a.w2s", design), load_signatures())
    assert "`science_qa` here makes items of text" in render_diagnostics(found.diagnostics)
