"""`concat`: rows, drops and weights of all labels, in order, over items in the same order."""

from __future__ import annotations

import pytest
from workbench import make_items, make_labels

from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.concat import concat
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.values import FOLD, Items, Labels


def labels_of(bench, part, values, **columns):
    rows = [{"prompt": f"{part} {n}", "candidate": "x"} for n in range(len(values))]
    return make_labels(bench, bench.keep(make_items(rows, part)), values, **columns)


def relabelled(bench, labels, **facts):
    return bench.keep(
        Labels(
            labels.table,
            labels.items,
            facts.get("kind", labels.label_kind),
            facts.get("origin", labels.origin),
        )
    )


def test_rows_follow_each_other_with_weights_and_drops(bench):
    one = labels_of(bench, "a", [0.25, 0.75], weight=[1.0, 2.0], keep=[True, False])
    other = relabelled(bench, labels_of(bench, "b", [1.0], kind="hard"), origin="model")
    both = bench.run(concat, [one, other])
    assert both.table.to_pylist() == one.table.to_pylist() + other.table.to_pylist()
    assert both.open_items().column("prompt") == ["a 0", "a 1", "b 0"]
    assert (both.label_kind, both.origin) == ("soft", "mixed: gold, model")
    again = bench.run(concat, [one, labels_of(bench, "b", [1.0])])
    assert (again.label_kind, again.origin) == ("soft", "gold")


def test_one_is_itself(bench):
    one = labels_of(bench, "a", [0.25])
    assert bench.run(concat, [one]).digest == one.digest


def test_a_row_labelled_twice_is_read_twice_and_said(bench):
    one = labels_of(bench, "a", [0.25, 0.5])
    other = make_labels(bench, one.open_items(), [1.0, 1.0])
    both = bench.run(concat, [one, other])
    assert len(both.table) == 4
    assert "2 of 4 labels are of a row that has another label" in bench.logs[-1]


def test_rows_without_a_fold_are_seen_by_all_members(tiny):
    bench = tiny.bench
    items = tiny.train
    folded = bench.keep(
        Items(items.table.append_column(FOLD, [[str(n % 2) for n in range(len(items))]]))
    )
    values = tiny.gold.table.column("value").to_pylist()
    other = make_labels(bench, tiny.test, tiny.truth)
    both = bench.run(concat, [make_labels(bench, folded, values), other])
    assert both.open_items().folds()[-1] == ""
    taught = bench.run(finetune, tiny.model, both, seed=0)
    used = [bench.store.open(digest).facts["rows"]["used"] for digest in taught.facts["members"]]
    assert used == [len(items) // 2 + len(tiny.test)] * 2


def test_refusals_and_signature(bench):
    one = labels_of(bench, "a", [0.25])
    words = relabelled(bench, labels_of(bench, "b", [1.0]), kind="text")
    with pytest.raises(PrerequisiteError, match="soft and text labels can't be one"):
        bench.run(concat, [one, words])
    with pytest.raises(PrerequisiteError, match="no labels"):
        bench.run(concat, [])
    assert load_signatures().ops["concat"].inline
