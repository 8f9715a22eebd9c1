"""`smooth`: both formulas on three rows by hand, and against dense algebra; blocks, drops, rivals."""

from __future__ import annotations

import json

import numpy as np
import pytest
from workbench import make_items, make_labels

import w2sdl
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.concat import concat
from w2sdl_runtime.ops.smooth import smooth
from w2sdl_runtime.ops.votes import votes
from w2sdl_runtime.refining import neighbours
from w2sdl_runtime.values import Activations
from w2sdl_runtime.variants.smoothings import Knn, Spread

#: Three rows with cosines 0.8 (first and second), 0.6 (second and third), 0 (first and third).
THREE = [[1.0, 0.0], [0.8, 0.6], [0.0, 2.0]]
LABELS = [1.0, 0.0, 0.5]


def embedded(bench, items, states):
    import pyarrow as pa

    flat = pa.array(np.asarray(states, np.float32).reshape(-1))
    vectors = pa.FixedSizeListArray.from_arrays(flat, len(states[0]))
    return bench.keep(Activations(pa.table({"item_id": items.column("item_id"), "state": vectors})))


def values(labels):
    return labels.table.column("value").to_pylist()


@pytest.fixture
def three(bench):
    items = bench.keep(make_items([{"prompt": str(at)} for at in range(3)]))
    return make_labels(bench, items, LABELS, kind="hard"), embedded(bench, items, THREE)


def test_one_step_by_hand(bench, three):
    found = bench.run(smooth, *three, how=Knn(k=1, mix=0.25))
    assert values(found) == pytest.approx([0.75, 0.25, 0.375])  # nearest: second, first, second
    assert found.label_kind == "soft"
    a = 1 / (1 + np.exp((0.6 - 0.8) / 0.4))  # the second row: a of the first, 1 - a of the third
    both = bench.run(smooth, *three, how=Knn(k=2, mix=1, temperature=0.4))
    first = 0.5 / (1 + np.exp(0.8 / 0.4))
    third = 1 / (1 + np.exp(0.6 / 0.4))
    assert values(both) == pytest.approx([first, a + 0.5 * (1 - a), third], abs=1e-6)


def test_the_limit_by_hand(bench, three):
    """Only the first two are each other's nearest: S is 1 between them; the third keeps its label.

    For two rows with labels 1 and 0, F of class 1 is proportional to (1, alpha), that of class 0 to
    (alpha, 1).
    """
    found = bench.run(smooth, *three, how=Spread(k=1, alpha=0.5))
    assert values(found) == pytest.approx([1 / 1.5, 0.5 / 1.5, 0.5])


@pytest.mark.parametrize("power", [1.0, 3.0])
def test_the_limit_is_that_of_dense_algebra(bench, power):
    generator = np.random.default_rng(3)
    states, labels = generator.normal(size=(40, 5)), generator.random(40)
    items = bench.keep(make_items([{"prompt": str(at)} for at in range(40)]))
    near = embedded(bench, items, states)
    found = bench.run(
        smooth,
        make_labels(bench, items, labels.tolist()),
        near,
        how=Spread(k=6, power=power, alpha=0.9),
    )
    unit = near.states().astype(float)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    among = np.zeros((40, 40), bool)
    np.put_along_axis(among, np.argsort(-cosine, axis=1)[:, :6], True, axis=1)
    weight = np.where(among & among.T, np.maximum(0, cosine) ** power, 0)
    root = np.sqrt(weight.sum(axis=1))
    spread = weight / np.where(root > 0, root, 1)[:, None] / np.where(root > 0, root, 1)[None, :]
    both = np.linalg.solve(np.eye(40) - 0.9 * spread, np.stack([1 - labels, labels], axis=1))
    assert values(found) == pytest.approx((both[:, 1] / both.sum(axis=1)).tolist(), abs=1e-9)


def test_blocks_change_nothing(bench, monkeypatch):
    states = np.random.default_rng(1).normal(size=(30, 4))
    apart = np.arange(30)
    whole = neighbours.nearest(states, 5, apart)
    monkeypatch.setattr(neighbours, "_AT_ONCE", 4 * 30)
    places, cosines = neighbours.nearest(states, 5, apart)
    assert (places == whole[0]).all()
    assert cosines == pytest.approx(whole[1])
    assert (np.diff(cosines, axis=1) <= 0).all()
    assert not (places == apart[:, None]).any()


def test_dropped_rows_are_no_neighbours_and_stay(bench):
    items = bench.keep(make_items([{"prompt": str(at)} for at in range(3)]))
    labels = make_labels(bench, items, [1.0, None, 0.5], keep=[True, False, True])
    found = bench.run(smooth, labels, embedded(bench, items, THREE), how=Knn(k=1, mix=1))
    assert values(found)[::2] == [0.5, 1.0]
    meta = found.table.column("meta").to_pylist()
    assert json.loads(meta[0]) == {"unsmoothed": 1.0}
    assert meta[1] is None


def test_the_other_candidate_of_a_question_may_be_left_out(bench):
    items = bench.keep(make_items([{"prompt": at} for at in ("a", "a", "b", "b")]))
    states = [[1.0, 0.0], [1.0, 0.1], [0.9, 0.4], [0.9, 0.6]]
    labels = make_labels(bench, items, [1.0, 0.0, 1.0, 0.0])
    near = embedded(bench, items, states)
    rivals = bench.run(smooth, labels, near, how=Knn(k=1, mix=1))
    assert values(rivals) == [0.0, 1.0, 0.0, 1.0]
    others = bench.run(smooth, labels, near, how=Knn(k=1, mix=1, among="other_prompts"))
    assert values(others) == [1.0, 1.0, 0.0, 0.0]
    # Two others are left where three are asked for.
    spread = bench.run(
        smooth, labels, near, how=Knn(k=3, mix=1, temperature=1e6, among="other_prompts")
    )
    assert values(spread) == pytest.approx([0.5] * 4, abs=1e-6)


def test_states_of_more_rows_are_joined_by_item_id(bench, three):
    labels, near = three
    table = near.table.take([2, 0, 1])
    turned = bench.keep(Activations(table))
    found = bench.run(smooth, labels, turned, how=Knn(k=1, mix=0.25))
    assert values(found) == pytest.approx([0.75, 0.25, 0.375])


def test_what_can_not_be_smoothed_is_refused(bench, three):
    labels, near = three
    with pytest.raises(PrerequisiteError, match="3 rows are kept, and each needs 10 others"):
        bench.run(smooth, labels, near)
    with pytest.raises(PrerequisiteError, match="3 rows have more than one label"):
        bench.run(smooth, bench.run(concat, [labels, labels]), near, how=Knn(k=1))
    few = bench.keep(Activations(near.table.slice(0, 2)))
    with pytest.raises(PrerequisiteError):
        bench.run(smooth, labels, few, how=Knn(k=1))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("z = smooth(t, embed(W, items(qa)))", "smooth() takes means of labels"),
        ("z = smooth(y, embed(W, items(qa.test)))", "rows of part `transfer` are read"),
        ("z = smooth(y, embed(W, items(qa)), how: spread(alpha: 1))", "alpha"),
    ],
)
def test_what_can_be_known_before_is_said_before(more, words):
    text = f"""experiment smoothing
data qa = science_qa(parts: {{supervise: 20, transfer: 20, test: 20}})
weak W  = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
y       = label(finetune(W, gold(qa.supervise)), qa.transfer)
t       = label_file(qa.transfer, file: "y.jsonl", kind: "text", origin: human())
{more}
"""
    (found,) = w2sdl.compile_text(text).diagnostics
    assert words in found.title()


def test_of_equally_near_rows_the_earlier_are_neighbours():
    """Breaks where a partition takes any of those at the k-th place."""
    places, _ = neighbours.nearest(np.ones((40, 3)), 5, np.arange(40))
    assert places[0].tolist() == [1, 2, 3, 4, 5]
    assert places[7].tolist() == [0, 1, 2, 3, 4]


def test_what_was_voted_is_not_true_of_what_is_smoothed(bench, three):
    """Breaks where a label that moved keeps the entropy of the votes for the one that it was."""
    labels, near = three
    found = bench.run(smooth, bench.run(votes, [labels, labels]), near, how=Knn(k=1))
    told = [json.loads(one) for one in found.table["meta"].to_pylist()]
    assert [set(one) for one in told] == [{"unsmoothed"}] * 3
