"""`retold`: labels under the prompts of retold items, row by row; gold stays gold."""

from __future__ import annotations

import pytest
from test_retell import asked
from workbench import make_labels

import w2sdl
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.retell import retell
from w2sdl_runtime.ops.retold import retold
from w2sdl_runtime.values import Items
from w2sdl_runtime.variants.retellings import Wording


def test_labels_go_with_the_new_prompts(bench):
    items = asked(bench, 2)
    labels = make_labels(bench, items, [1.0, 0.0, 1.0, 0.0], weight=[1.0, 2.0, 3.0, 4.0])
    fresh = bench.run(retell, items, how=Wording(template="So: {{ prompt }}"))
    turned = bench.keep(Items(fresh.table.take([3, 2, 1, 0])))
    found = bench.run(retold, labels, turned)
    assert found.open_items().column("prompt") == ["So: Q1", "So: Q1", "So: Q0", "So: Q0"]
    assert found.table.column("item_id").to_pylist() == turned.column("item_id")
    assert found.table.column("weight").to_pylist() == [4.0, 3.0, 2.0, 1.0]
    assert (found.label_kind, found.origin) == (labels.label_kind, labels.origin)
    fewer = bench.keep(Items(fresh.table.slice(0, 3)))
    with pytest.raises(
        PrerequisiteError, match="are of other rows: 0 items are without one, 1 are of no"
    ):
        bench.run(retold, labels, fewer)


def test_gold_under_other_prompts_is_gold_still():
    text = """experiment asking
data qa = science_qa(parts: {supervise: 20, transfer: 20, test: 20})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
strong S = pretrain(corpus(qa), layers: 1, width: 32, steps: 10)
w  = finetune(W, gold(qa.supervise))
S' = Ψ(S, concat(
  label(w, qa.transfer),
  retold(gold(qa.transfer), retell(items(qa.transfer), how: wording(template: "{{ prompt }}"))),
))
measure scores = accuracy(w, S') on qa.test
"""
    (found,) = w2sdl.compile_text(text).diagnostics
    assert found.code == "W2S0601"
