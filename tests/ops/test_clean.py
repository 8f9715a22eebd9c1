"""`clean`: probes of weak labels on frozen states, by hand and against scikit-learn; no gold is seen."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import ArrayLike
from test_named_classes import told
from test_probe import embedded, words_of
from workbench import Workbench, make_items, make_labels

from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.data.named_classes import chances_of
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.clean import clean
from w2sdl_runtime.ops.select import select
from w2sdl_runtime.refining.neighbours import by_item, by_question
from w2sdl_runtime.refining.rows import with_columns
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.values import Activations, Items, Labels
from w2sdl_runtime.variants import cleaners
from w2sdl_runtime.variants.cleaners import (
    Cleaner,
    Finding,
    Knn,
    Logistic,
    Told,
    Topological,
)
from w2sdl_runtime.variants.cleanings import Filter, Relabel
from w2sdl_runtime.variants.selections import Above, Below, Confident

ALL = [Knn(k=15), Logistic(), Topological(k=10)]


def noisy(bench: Workbench, rows: int = 300) -> tuple[Items, Activations, np.ndarray, np.ndarray]:
    """States in two clouds, and labels of them of which a tenth is wrong."""
    items, _, states = embedded(bench, rows)
    truth = np.arange(rows) % 2
    states = states + np.where(truth == 1, 3.0, -3.0)[:, None].astype(np.float32)
    wrong = np.random.default_rng(3).permutation(rows)[: rows // 10]
    said = truth.astype(float)
    said[wrong] = 1 - said[wrong]
    return items, states_for(bench, items, states), truth, said


def states_for(bench: Workbench, items: Items, states: ArrayLike) -> Activations:
    import pyarrow as pa

    rows = np.asarray(states, np.float32)
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), rows.shape[1])
    return bench.keep(Activations(pa.table({"item_id": items.column("item_id"), "state": vectors})))


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


def test_why_nothing_is_kept_is_counted(bench: Workbench) -> None:
    """Breaks where the reasons of what came before are not told."""
    items, states, _, said = noisy(bench, 20)
    labels = make_labels(bench, items, said.tolist(), keep=[False] * 2 + [True] * 18)
    away = bench.run(select, labels, labels, how=Below(threshold=0.0))
    none = bench.run(select, away, labels, how=Above(threshold=1.0))
    below, above = int((said[2:] > 0).sum()), int((said[2:] <= 0).sum())
    reasons = sorted([(below, "not below(threshold: 0)"), (above, "not above(threshold: 1)")])
    with pytest.raises(PrerequisiteError) as caught:
        bench.run(clean, none, states)
    assert "2 without a stated reason" in str(caught.value)
    for count, reason in reasons:
        assert f"{count} {reason}" in str(caught.value)
    bench.run(select, none, how=Confident())
    assert "the labels keep no row to select from (" in bench.logs[-1]


def test_a_regression_that_has_not_converged_says_so(bench: Workbench, monkeypatch) -> None:
    items, states, _, said = noisy(bench)
    labels = make_labels(bench, items, said.tolist())
    bench.run(clean, labels, states, probe=Logistic())
    assert not any("converged" in line for line in bench.logs)
    monkeypatch.setattr(cleaners, "_STEPS", 1)
    bench.run(clean, labels, states, probe=Logistic())
    assert "warning: logistic() had not converged after 1 steps: raise l2" in bench.logs


@pytest.mark.parametrize("probe", [Knn, Topological])
def test_the_other_candidate_of_a_question_may_be_left_out(bench: Workbench, probe: type) -> None:
    """Two candidates of each question lie side by side, with opposite labels."""
    items = bench.keep(make_items([{"prompt": f"q{n // 2}"} for n in range(8)]))
    states = states_for(
        bench, items, [[1 - 0.1 * (n // 2), 0.01 * n + 0.1 * (n // 2)] for n in range(8)]
    )
    labels = make_labels(bench, items, [1.0, 0.0] * 4)
    rivals = bench.run(clean, labels, states, probe=probe(k=1), how=Relabel())
    assert rivals.table.column("value").to_pylist() == (
        [0.0, 1.0] * 4 if probe is Knn else [1.0, 0.0] * 4
    )
    others = bench.run(
        clean, labels, states, probe=probe(k=6, among="other_prompts"), how=Relabel()
    )
    notes = [json.loads(meta) for meta in others.table.column("meta").to_pylist()]
    assert [note["doubt"] for note in notes] == pytest.approx([0.5] * 8)
    with pytest.raises(
        PrerequisiteError, match="7 neighbours are asked for, and a row has 6 of other prompts"
    ):
        bench.run(clean, labels, states, probe=probe(k=7, among="other_prompts"))


def test_rows_of_one_question_are_so_in_all_its_tellings(bench: Workbench) -> None:
    """Item a is asked twice, and shares each prompt with another item: b, c and a are one question."""
    items = bench.keep(
        make_items(
            [{"prompt": "p"}, {"prompt": "p"}, {"prompt": "r"}, {"prompt": "r"}, {"prompt": "s"}]
        )
    )
    ids = items.column("item_id")
    told = make_labels(bench, items, [0.5] * 5)
    again = with_columns(told, item_id=[ids[0], ids[1], ids[0], ids[3], ids[4]])
    assert len(set(by_question(again)[:4].tolist())) == 1
    assert by_question(again)[4] not in by_question(again)[:4]
    assert len(set(by_item(again).tolist())) == 4


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
