"""`probe`: converged (against scikit-learn), binary and by words, and only where it was embedded."""

from __future__ import annotations

import numpy as np
import pytest
from workbench import Workbench, make_items, make_labels

from w2sdl_runtime.learning.softmax import fit_softmax
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.accuracy import accuracy
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.ops.probe import probe
from w2sdl_runtime.storage.references import artifact_of, required
from w2sdl_runtime.values import Activations, Items, Labels

WIDTH = 6


def embedded(bench: Workbench, rows: int, seed: int = 0) -> tuple[Items, Activations, np.ndarray]:
    import pyarrow as pa

    states = np.random.default_rng(seed).normal(size=(rows, WIDTH)).astype(np.float32)
    items = bench.keep(make_items([{"prompt": f"p{n}"} for n in range(rows)]))
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(states.reshape(-1)), WIDTH)
    table = pa.table({"item_id": items.column("item_id"), "state": vectors})
    return items, bench.keep(Activations(table)), states


def words_of(bench: Workbench, items: Items, words: list[str]) -> Labels:
    import pyarrow as pa

    table = make_labels(bench, items, [0.0] * len(words)).table
    place = table.column_names.index("text")
    table = table.set_column(place, "text", pa.array(words, pa.string()))
    return bench.keep(Labels(table, items.digest, "text", "gold"))


def test_states_come_back_as_they_were_stored(bench: Workbench) -> None:
    _, made, states = embedded(bench, 5)
    assert np.array_equal(made.states(), states)


@pytest.mark.parametrize("classes", [2, 3])
def test_it_converges_to_what_scikit_learn_finds(classes: int) -> None:
    """scikit-learn's C is 1 / ridge. It fits two classes with one column: the ridge of two halves."""
    from sklearn.linear_model import LogisticRegression

    generator = np.random.default_rng(classes)
    table = generator.normal(size=(120, 4))
    logits = table @ generator.normal(size=(4, classes)) + generator.gumbel(size=(120, classes))
    truth = logits.argmax(1)
    weight = generator.random(120) + 0.5
    design = np.column_stack([np.ones(120), table])
    found, steps, converged = fit_softmax(design, np.eye(classes)[truth], weight, 2.0, 2000)
    strength = 1 / 2.0 if classes > 2 else 2 / 2.0
    theirs = LogisticRegression(C=strength, tol=1e-10, max_iter=5000)
    theirs.fit(table, truth, sample_weight=weight)
    given = found[1:] - found[1:, :1]
    wanted = theirs.coef_.T - theirs.coef_.T[:, :1] if classes > 2 else theirs.coef_.T
    assert np.allclose(given[:, -wanted.shape[1] :], wanted, atol=1e-4)
    assert converged
    assert 2 < steps < 200


def test_it_reads_off_what_is_on_a_line_and_nothing_from_noise(bench: Workbench) -> None:
    items, made, states = embedded(bench, 400)
    truth = (states[:, 2] > 0).astype(float)
    first = Items(items.table.slice(0, 200))
    bench.store.put(first)
    fitted = bench.run(probe, made, make_labels(bench, bench.keep(first), truth[:200].tolist()))
    told = bench.run(label, fitted, items).table.column("value").to_numpy()
    assert ((told > 0.5) == truth)[200:].mean() > 0.95
    noise = np.random.default_rng(1).integers(2, size=200).astype(float)
    blind = bench.run(probe, made, make_labels(bench, bench.keep(first), noise.tolist()))
    guessed = bench.run(label, blind, items).table.column("value").to_numpy()[200:] > 0.5
    assert 0.35 < (guessed == truth[200:]).mean() < 0.65


def test_the_states_are_kept_and_copied_with_the_probe(bench: Workbench) -> None:
    items, made, _ = embedded(bench, 4)
    fitted = bench.run(probe, made, make_labels(bench, items, [1.0, 0.0, 1.0, 0.0]))
    assert made.digest in required(artifact_of(bench.store, fitted.digest))


def test_soft_labels_are_fitted_as_such(bench: Workbench) -> None:
    items, made, _ = embedded(bench, 50)
    fitted = bench.run(probe, made, make_labels(bench, items, [0.7] * 50), ridge=1000.0)
    told = bench.run(label, fitted, items).table.column("value").to_numpy()
    assert np.allclose(told, 0.7, atol=1e-3)


def test_words_are_told_apart(bench: Workbench) -> None:
    items, made, states = embedded(bench, 300)
    words = np.array(["biology", "physics", "chemistry"])[states[:, :3].argmax(1)]
    fitted = bench.run(probe, made, words_of(bench, items, words.tolist()))
    assert fitted.facts["classes"] == ["biology", "chemistry", "physics"]
    said = bench.run(label, fitted, items)
    assert said.label_kind == "text"
    told = said.table.column("text").to_pylist()
    assert (np.array(told) == words).mean() > 0.9
    truth = words_of(bench, items, words.tolist())
    measured = bench.run(accuracy, said, make_labels(bench, items, [1.0] * 300), truth)
    assert measured.value == (np.array(told) == words).mean()


def test_dropped_rows_are_not_fitted(bench: Workbench) -> None:
    items, made, states = embedded(bench, 60)
    truth = (states[:, 0] > 0).astype(float)
    spoilt = truth.copy()
    spoilt[30:] = 1 - spoilt[30:]
    keep = [True] * 30 + [False] * 30
    half = bench.run(probe, made, make_labels(bench, items, spoilt.tolist(), keep=keep))
    told = bench.run(label, half, items).table.column("value").to_numpy() > 0.5
    assert (told == truth).mean() > 0.85
    assert half.facts["rows"]["used"] == 30
    assert half.facts["rows"]["dropped"] == 30


def test_what_it_cannot_do_is_said(bench: Workbench) -> None:
    items, made, _ = embedded(bench, 4)
    with pytest.raises(PrerequisiteError, match="keep no row"):
        bench.run(probe, made, make_labels(bench, items, [1.0] * 4, keep=[False] * 4))
    with pytest.raises(PrerequisiteError, match="every label is `same`"):
        bench.run(probe, made, words_of(bench, items, ["same"] * 4))
    other = bench.keep(make_items([{"prompt": "q"}], part="test"))
    with pytest.raises(
        PrerequisiteError, match=r"1 of 1 items were not embedded \(first: test-0\)"
    ):
        bench.run(probe, made, make_labels(bench, other, [1.0]))
    fitted = bench.run(probe, made, make_labels(bench, items, [1.0, 0.0, 1.0, 0.0]))
    with pytest.raises(PrerequisiteError, match="1 of 1 items were not embedded") as caught:
        bench.run(label, fitted, other)
    assert "embed(model, items(data))" in caught.value.help


def test_one_that_has_not_converged_says_so(bench: Workbench) -> None:
    items, made, states = embedded(bench, 60)
    context = bench.context("probe")
    labels = make_labels(bench, items, (states[:, 0] > 0).astype(float).tolist())
    probe(context, made, labels, steps=1)
    assert "not converged after 1 steps" in context.warnings[0]
