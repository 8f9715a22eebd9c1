"""`clean`: probes of weak labels on frozen states, by hand and against scikit-learn; no gold is seen."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from test_named_classes import told
from test_probe import embedded, words_of
from workbench import Workbench, make_labels

from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.data.named_classes import chances_of
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.clean import clean
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.values import Activations, Items, Labels
from w2sdl_runtime.variants.cleaners import (
    Cleaner,
    Finding,
    Knn,
    Logistic,
    Told,
    Topological,
)
from w2sdl_runtime.variants.cleanings import Filter, Relabel

ALL = [Knn(k=15), Logistic(), Topological(k=10)]


def noisy(bench: Workbench, rows: int = 300) -> tuple[Items, Activations, np.ndarray, np.ndarray]:
    """States in two clouds, and labels of them of which a tenth is wrong."""
    import pyarrow as pa

    items, _, states = embedded(bench, rows)
    truth = np.arange(rows) % 2
    states = states + np.where(truth == 1, 3.0, -3.0)[:, None].astype(np.float32)
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(states.reshape(-1)), states.shape[1])
    table = pa.table({"item_id": items.column("item_id"), "state": vectors})
    wrong = np.random.default_rng(3).permutation(rows)[: rows // 10]
    said = truth.astype(float)
    said[wrong] = 1 - said[wrong]
    return items, bench.keep(Activations(table)), truth, said


def keeps(labels: Labels) -> np.ndarray:
    return np.array(labels.table.column("keep").to_pylist(), bool)


@pytest.mark.parametrize("probe", ALL, ids=lambda probe: probe.variant_name)
def test_the_wrong_labels_go_first(bench: Workbench, probe: Cleaner) -> None:
    items, states, truth, said = noisy(bench)
    found = bench.run(
        clean, make_labels(bench, items, said.tolist()), states, probe=probe, how=Filter(share=0.1)
    )
    assert np.array_equal(~keeps(found), said != truth)
    assert found.table.column("value").to_pylist() == said.tolist()
    notes = [json.loads(meta) for meta in found.table.column("meta").to_pylist()]
    assert {note["cleaned_by"] for note in notes} == {probe.variant_name}
    reasons = {note.get("drop_reason") for note in notes}
    assert reasons == {None, f"doubted by {probe.variant_name}()"}


@pytest.mark.parametrize("probe", ALL, ids=lambda probe: probe.variant_name)
def test_relabelling_mends_them(bench: Workbench, probe: Cleaner) -> None:
    items, states, truth, said = noisy(bench)
    hard = make_labels(bench, items, said.tolist(), kind="hard")
    found = bench.run(clean, hard, states, probe=probe, how=Relabel())
    value = np.array(found.table.column("value"))
    assert found.label_kind == "soft"
    assert keeps(found).all()
    assert np.array_equal(value > 0.5, truth == 1)
    assert ((value >= 0) & (value <= 1)).all()


def test_words_with_probabilities_are_cleaned_as_such(bench: Workbench) -> None:
    items, states, truth, said = noisy(bench)
    soft = told(bench, items, np.column_stack([1 - said, said]).tolist(), "ab")
    found = bench.run(clean, soft, states, probe=Logistic(), how=Relabel())
    assert (np.array(found.table.column("text").to_pylist()) == np.array(["a", "b"])[truth]).all()
    assert np.allclose(chances_of(found).sum(1), 1)
    with pytest.raises(PrerequisiteError, match="words without probabilities"):
        bench.run(clean, words_of(bench, items, ["a"] * len(items)), states)


def told_of(
    states: list[list[float]], values: list[float], weight: list[float] | None = None
) -> Told:
    y, alone = np.array(values), np.arange(len(values))
    return Told(
        np.array(states, float), np.column_stack([1 - y, y]), np.array(weight or [1.0] * len(y)),
        {"all": alone, "other_prompts": alone},
    )  # fmt: skip


def test_neighbours_are_averaged_by_weight_without_the_row_itself() -> None:
    states = [[1, 0], [1, 0.1], [1, 0.2], [0, 1], [0.1, 1]]
    given = told_of(states, [1.0, 0.0, 0.5, 0.3, 0.9], [5, 1, 3, 1, 1])
    found = Knn(k=2).look(given)
    assert found.belief[0, 1] == pytest.approx((0.0 * 1 + 0.5 * 3) / 4)
    assert found.belief[1, 1] == pytest.approx((1.0 * 5 + 0.5 * 3) / 8)
    assert found.doubt[0] == pytest.approx(abs(found.belief[0, 1] - 1.0))


def test_the_logistic_probe_is_that_of_scikit_learn() -> None:
    """scikit-learn's C is 1 over the penalty in rows, of one column: half of our two."""
    from sklearn.linear_model import LogisticRegression

    states = np.random.default_rng(0).normal(size=(80, 4))
    hard = (states[:, 0] + np.random.default_rng(1).normal(size=80) > 0).astype(float)
    found = Logistic(l2=0.05).look(told_of(states.tolist(), hard.tolist()))
    scaled = (states - states.mean(0)) / states.std(0)
    theirs = LogisticRegression(C=2 / (0.05 * 80), tol=1e-10, max_iter=5000).fit(scaled, hard)
    assert np.allclose(found.belief[:, 1], theirs.predict_proba(scaled)[:, 1], atol=1e-4)


def test_an_island_is_outside_of_the_core() -> None:
    """Five rows of class 1 together, and one of class 1 among those of class 0."""
    ones = [[1, 0.01 * n] for n in range(5)]
    zeros = [[0.01 * n, 1] for n in range(5)]
    found = Topological(k=3).look(
        told_of([*ones, *zeros, [0.02, 1.01]], [1.0] * 5 + [0.0] * 5 + [1.0])
    )
    assert found.doubt[:10].max() < 1
    assert found.doubt[10] == pytest.approx(2.0)  # outside, and every neighbour says 0
    assert found.belief[10, 1] == 0.0
    assert np.array_equal(found.belief[:10, 1], [1.0] * 5 + [0.0] * 5)


def test_dropped_rows_teach_nothing_and_stay_dropped(bench: Workbench) -> None:
    items, states, truth, said = noisy(bench, 100)
    spoilt = said.copy()
    spoilt[:30] = 1 - truth[:30]
    labels = make_labels(bench, items, spoilt.tolist(), keep=[False] * 30 + [True] * 70)
    found = bench.run(clean, labels, states, probe=Knn(k=9), how=Relabel())
    value = np.array(found.table.column("value"))
    assert not keeps(found)[:30].any()
    assert np.array_equal(value[:30], spoilt[:30])
    assert np.array_equal(value[30:] > 0.5, truth[30:] == 1)


def test_what_it_needs_is_said(bench: Workbench) -> None:
    items, states, _, said = noisy(bench, 20)
    labels = make_labels(bench, items, said.tolist())
    with pytest.raises(PrerequisiteError, match="20 neighbours are asked for, and a row has 19"):
        bench.run(clean, labels, states, probe=Knn(k=20))
    nothing = make_labels(bench, items, said.tolist(), keep=[False] * 20)
    with pytest.raises(PrerequisiteError, match="keep no row to clean"):
        bench.run(clean, nothing, states)
    few = bench.keep(replace(states, table=states.table.slice(0, 10)))
    with pytest.raises(PrerequisiteError, match="10 of 20 items were not embedded"):
        bench.run(clean, labels, few)


DESIGN = """
experiment cleaned
data qa = science_qa(parts: {supervise: 100, transfer: 100, test: 100})
weak   W = pretrain(corpus(qa), layers: 1, width: 16, steps: 20)
strong S = pretrain(corpus(qa), layers: 1, width: 32, steps: 20)
knows   = finetune(W, gold(qa.supervise))
ceiling = Ψ(S, gold(qa.transfer))
states  = embed(MODEL, items(qa))
y       = clean(LABELS, near: states, probe: knn(k: 20))
S'      = Ψ(S, y)
measure recovered = pgr(weak: knows, student: S', ceiling: ceiling) on qa.test
"""


@pytest.mark.parametrize(
    ("model", "labels", "told"),
    [
        ("S", "label(knows, qa.transfer)", ""),
        (
            "ceiling",
            "label(knows, qa.transfer)",
            "gold labels of `qa.transfer` reach the student `S'`",
        ),
        ("S", "concat(label(knows, qa.transfer), gold(qa.transfer))", "reach the student `S'`"),
    ],
)
def test_a_cleaner_sees_no_gold_of_the_students_rows(model: str, labels: str, told: str) -> None:
    design = DESIGN.replace("MODEL", model).replace("LABELS", labels)
    shown = render_diagnostics(Compilation(Source("a.w2s", design), load_signatures()).diagnostics)
    assert told in shown if told else shown == ""


def test_states_of_other_rows_are_told_before_anything_runs() -> None:
    design = DESIGN.replace("MODEL, items(qa)", "S, items(qa.test)").replace(
        "LABELS", "label(knows, qa.transfer)"
    )
    found = Compilation(Source("a.w2s", design), load_signatures())
    assert "rows of part `transfer` are read" in render_diagnostics(found.diagnostics)


@pytest.mark.parametrize(("share", "rows", "left"), [(0.29, 100, 71), (0.57, 100, 43), (0.1, 5, 5)])
def test_shares_are_of_the_rows_as_written(share, rows, left):
    """Breaks where 0.29 of 100 rows are 28."""
    doubts = Finding(np.zeros(rows), np.arange(rows) / rows)
    assert Filter(share=share).keeps(doubts).sum() == left
