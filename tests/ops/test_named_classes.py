"""Labels over named classes: words with probabilities, as probes give them and others pass them on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_probe import embedded, words_of
from workbench import Workbench, make_items, make_labels

from w2sdl_runtime.data.named_classes import (
    belief,
    chances_of,
    chances_over,
    in_order,
    one_hot,
    retold,
)
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.accuracy import accuracy
from w2sdl_runtime.ops.concat import concat
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.ops.probe import probe
from w2sdl_runtime.values import Items, Labels


def told(bench: Workbench, items: Items, chances: list[list[float]], classes: str) -> Labels:
    plain = words_of(bench, items, ["?"] * len(chances))
    return bench.keep(retold(replace(plain, origin="model"), np.array(chances), list(classes)))


def some(bench: Workbench, rows: int, part: str = "train") -> Items:
    return bench.keep(make_items([{"prompt": f"p{n}"} for n in range(rows)], part))


def test_a_probe_of_words_says_how_likely_each_is(bench: Workbench) -> None:
    items, states, numbers = embedded(bench, 200)
    words = np.array(["x", "y", "z"])[numbers[:, :3].argmax(1)].tolist()
    fitted = bench.run(probe, states, words_of(bench, items, words))
    said = bench.run(label, fitted, items)
    chances = chances_of(said)
    assert said.classes == ("x", "y", "z")
    assert np.allclose(chances.sum(1), 1)
    assert said.table.column("text").to_pylist() == ["xyz"[at] for at in chances.argmax(1)]
    hard = bench.run(label, fitted, items, kind="hard")
    assert set(chances_of(hard).ravel()) == {0.0, 1.0}
    assert hard.table.column("text").equals(said.table.column("text"))
    gold = words_of(bench, items, words)
    assert bench.run(accuracy, hard, gold).value == bench.run(accuracy, said, gold).value > 0.9


def test_a_probe_is_fitted_to_all_probabilities(bench: Workbench) -> None:
    """Breaks where a soft label counts as its likeliest word."""
    items, states, _ = embedded(bench, 60)
    soft = told(bench, items, [[0.5, 0.3, 0.2]] * 60, "abc")
    fitted = bench.run(probe, states, soft, ridge=1000.0)
    assert np.allclose(chances_of(bench.run(label, fitted, items)), [0.5, 0.3, 0.2], atol=1e-3)


def test_labels_without_classes_are_stored_as_ever(bench: Workbench, tmp_path: Path) -> None:
    """Breaks where an empty list of classes gets into their artifact, and every digest moves."""
    items = some(bench, 2)
    (tmp_path / "made").mkdir()
    make_labels(bench, items, [0.2, 0.8]).save(tmp_path / "made")
    text = (tmp_path / "made" / "artifact.json").read_text("utf-8")
    assert "classes" not in text
    assert bench.keep(make_labels(bench, items, [0.2, 0.8])).classes == ()


def test_words_and_classes_are_joined_over_all_of_them(bench: Workbench) -> None:
    one = told(bench, some(bench, 1, "a"), [[0.9, 0.1]], "uv")
    two = told(bench, some(bench, 1, "b"), [[0.4, 0.6]], "tu")
    three = words_of(bench, some(bench, 1, "c"), ["w"])
    both = bench.run(concat, [one, two, three])
    assert both.classes == ("t", "u", "v", "w")
    wanted = [[0, 0.9, 0.1, 0], [0.4, 0.6, 0, 0], [0, 0, 0, 1]]
    assert np.array_equal(chances_of(both), wanted)
    assert both.table.column("text").to_pylist() == ["u", "u", "w"]


def test_spacing_makes_no_class(bench: Workbench) -> None:
    """Breaks where `deep sea` and `deep  sea` are two classes, or a row of one is of none."""
    items, states, _ = embedded(bench, 4)
    words = words_of(bench, items, ["deep sea", "deep  sea", " wood", "wood"])
    assert bench.run(probe, states, words).facts["classes"] == ["deep sea", "wood"]
    soft = told(bench, some(bench, 1, "b"), [[0.9, 0.1]], "uv")
    both = bench.run(concat, [soft, words])
    assert both.classes == ("deep sea", "u", "v", "wood")
    assert chances_of(both)[1:].argmax(1).tolist() == [0, 0, 3, 3]
    assert np.array_equal(chances_of(both).sum(1), np.ones(5))
    with pytest.raises(PrerequisiteError, match="a text label is empty"):
        bench.run(probe, states, words_of(bench, items, ["a", "b", " ", "a"]))


def test_classes_have_an_order_and_probabilities_can_be_asked_for_others(bench: Workbench) -> None:
    assert in_order(["10", "9", "9"]) == ["9", "10"]
    assert in_order(["b", "10", "9"]) == ["10", "9", "b"]
    soft = told(bench, some(bench, 1), [[0.9, 0.1]], "uv")
    assert chances_over(soft, ["v", "x"]).tolist() == [[0.1, 0.0]]
    assert one_hot(["b", "?"], ["a", "b"]).tolist() == [[0, 1], [0, 0]]


def test_what_labels_believe_is_a_distribution(bench: Workbench) -> None:
    items = some(bench, 1)
    assert belief(make_labels(bench, items, [0.7]), "y")[1] == pytest.approx(np.array([[0.3, 0.7]]))
    assert belief(told(bench, items, [[0.9, 0.1]], "uv"), "y")[0] == ("u", "v")
    with pytest.raises(PrerequisiteError, match="y are words without probabilities"):
        belief(words_of(bench, items, ["u"]), "y")
