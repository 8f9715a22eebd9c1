"""`subsample`: how many rows are kept, and what becomes of those that are drawn again or never."""

from __future__ import annotations

from collections import Counter

import pytest
from workbench import make_items, make_labels

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.concat import concat
from w2sdl_runtime.ops.subsample import subsample


@pytest.fixture
def labels(bench):
    """Twenty questions, each in five ways."""
    items = bench.keep(make_items([{"prompt": str(at)} for at in range(20)]))
    ways = [make_labels(bench, items, [way / 10] * 20) for way in range(5)]
    return bench.run(concat, ways)


def kept(labels):
    return [row for row in labels.table.to_pylist() if row["keep"]]


def test_as_many_as_there_are_questions_each_row_once(bench, labels):
    found = bench.run(subsample, labels, seed=1)
    assert len(found.table) == 100
    assert len(kept(found)) == 20
    assert found.table.column("item_id") == labels.table.column("item_id")
    assert {row["meta"] for row in found.table.to_pylist() if not row["keep"]} == {
        '{"drop_reason":"not drawn"}'
    }
    assert (
        kept(bench.run(subsample, labels, seed=1))
        == kept(found)
        != kept(bench.run(subsample, labels, seed=2))
    )
    assert len(kept(bench.run(subsample, labels, rows=7, seed=1))) == 7


def test_what_is_drawn_again_stands_once_more(bench, labels):
    found = bench.run(subsample, labels, rows=150, replace=True, seed=1)
    assert len(kept(found)) == 150
    assert found.table.column("item_id").to_pylist() == found.open_items().column("item_id")
    times = Counter((row["item_id"], row["value"]) for row in kept(found))
    assert max(times.values()) > 1
    whole = {(row["item_id"], row["value"]) for row in found.table.to_pylist()}
    assert len(whole) == 100  # none is lost
    first = found.table.slice(0, 100).select(["item_id", "value"])
    assert first == labels.table.select(["item_id", "value"])


def test_dropped_rows_are_never_drawn(bench):
    items = bench.keep(make_items([{"prompt": str(at)} for at in range(4)]))
    labels = make_labels(bench, items, [1.0] * 4, keep=[True, False, True, False])
    assert [row["item_id"] for row in kept(bench.run(subsample, labels, rows=2))] == [
        "train-0",
        "train-2",
    ]
    with pytest.raises(PrerequisiteError, match="3 rows are to be drawn, and the labels keep 2"):
        bench.run(subsample, labels, rows=3)
    assert len(kept(bench.run(subsample, labels))) == 2  # as many as there are to draw from
