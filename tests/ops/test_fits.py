"""`fits`: groups stay whole, gold follows its rows, and a part that loses nothing is what it was."""

from __future__ import annotations

import pytest
from workbench import make_items, make_labels

from tests.defects.worlds import letters, model_folder
from w2sdl_runtime.artifacts import open_as
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.fits import fits
from w2sdl_runtime.ops.model import model
from w2sdl_runtime.values import Data, Items, Labels, PartRef


def data_of(bench, rows):
    items = bench.keep(make_items(rows, "test"))
    gold = make_labels(bench, items, [float(n % 2) for n in range(len(rows))], kind="hard")
    return bench.keep(Data({"test": PartRef(items.digest, gold.digest, len(rows))}, notes={"a": 1}))


def opened(bench, data):
    part = data.parts["test"]
    return open_as(bench.store, part.items, Items), open_as(bench.store, part.gold, Labels)


PAIRS = [
    {"prompt": "where is it", "candidate": "here", "group": "one"},
    {"prompt": "where is it", "candidate": "over there behind the old mill", "group": "one"},
    {"prompt": "who", "candidate": "I", "group": "two"},
    {"prompt": "who", "candidate": "you", "group": "two"},
    {"prompt": "what", "candidate": "this", "group": "", "rival": "that " * 9},
    {"prompt": "what", "candidate": "this", "group": "", "rival": ""},
]


def test_what_is_too_long_goes_with_its_group_and_its_gold(tiny, bench):
    kept = bench.run(fits, data_of(bench, PAIRS), [tiny.model, tiny.model], max_length=8)
    items, gold = opened(bench, kept)
    assert items.column("item_id") == ["test-2", "test-3", "test-5"]
    assert gold.table.column("item_id").to_pylist() == items.column("item_id")
    assert gold.table.column("value").to_pylist() == [0.0, 1.0, 1.0]
    assert (gold.items, kept.parts["test"].rows) == (kept.parts["test"].items, 3)
    counts = {"too_long": [2, 2], "left_out": 3, "rows": 6}
    assert kept.notes == {"a": 1, "fits": {"test": counts}}
    said = "part `test`: 3 of 6 rows are left out for all models alike"
    assert any(said in line for line in bench.logs)


def test_the_last_token_that_fits_fits(tiny, bench):
    """`<s> who I` has three tokens."""
    data = data_of(bench, [PAIRS[2], PAIRS[5]])
    kept = bench.run(fits, data, [tiny.model], max_length=3)
    assert kept.parts == data.parts, "nothing is left out: the part is what it was"
    assert bench.logs == []
    with pytest.raises(PrerequisiteError, match="no row of part `test` fits into 2 tokens"):
        bench.run(fits, data, [tiny.model], max_length=2)


def test_a_model_with_fewer_positions_counts_by_them(bench):
    model_folder(bench.root / "short", letters(), "letters", positions=16)
    rows = [{"prompt": "twelve chars", "candidate": end} for end in ("yes", "certainly")]
    kept = bench.run(fits, data_of(bench, rows), [bench.run(model, "short")], max_length=10_000)
    assert opened(bench, kept)[0].column("item_id") == ["test-0"]


def test_no_model_is_a_mistake(bench):
    with pytest.raises(PrerequisiteError, match="names no model"):
        bench.run(fits, data_of(bench, PAIRS), [])
