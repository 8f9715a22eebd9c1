"""`error_types`: one row of each type, made so; and the first rule that fits wins."""

from __future__ import annotations

import numpy as np
import pytest
from workbench import Workbench, make_items, make_labels

from w2sdl_runtime.debating.evidence import evidence_for
from w2sdl_runtime.debating.speech import Quote, Turn
from w2sdl_runtime.debating.transcribing import told_table
from w2sdl_runtime.measuring.error_types import TYPES, typed
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.error_types import error_types
from w2sdl_runtime.values import Items, Metric, Transcripts

TELLING = "The lion lives in the forest."
MISLEADING = "Many visit the desert in summer."
PASSAGE = f"{MISLEADING} {TELLING} It often rains."


def rows_about(candidates: list[str]) -> list[dict[str, str]]:
    """Where does the lion live? The right option is the forest, its rival the desert."""
    asked = {"prompt": "Where does the lion live?", "passage": PASSAGE}
    other = {"forest": "desert", "desert": "forest"}
    return [asked | {"candidate": c, "rival": other[c]} for c in candidates]


def shown(items: Items, quotes: list[str]) -> Transcripts:
    turns = [[Turn(1, "A", "correct", "look", (Quote(one, verified=True),))] for one in quotes]
    blank = dict.fromkeys(("protocol", "node", "model", "prompt", "seed"), "")
    return Transcripts(told_table(items.column("item_id"), turns, blank))


def measured(bench: Workbench, quotes: list[str], right: list[str]) -> Metric:
    """Rows of alternating gold; ``right`` says who is: s student, v supervisor, b before."""
    items = bench.keep(make_items(rows_about(["forest", "desert"] * (len(right) // 2))))
    gold = [1.0, 0.0] * (len(right) // 2)

    def labels(who: str):
        told = [g if who in by else 1 - g for g, by in zip(gold, right, strict=True)]
        return make_labels(bench, items, told)

    transcripts = bench.keep(shown(items, quotes))
    given = [labels("s"), labels("v"), labels("b"), transcripts]
    metric: Metric = bench.run(error_types, *given, make_labels(bench, items, gold, kind="hard"))
    return metric


def test_one_row_of_each_type(bench: Workbench) -> None:
    """Of six rows the student is right on the last two."""
    quotes = [MISLEADING, TELLING, TELLING, TELLING, TELLING, MISLEADING]
    metric = measured(bench, quotes, ["vb", "b", "vb", "v", "svb", "s"])
    assert metric.value == pytest.approx(4 / 6)
    assert metric.rows is not None
    assert metric.rows["type"].to_pylist() == [*TYPES, "", ""]
    assert [part["name"] for part in metric.facts["parts"]] == [
        "quote selection", "evidence extraction", "overfitting", "other",
    ]  # fmt: skip
    for part in metric.facts["parts"]:
        assert (part["value"], part["n"], part["count"]) == (0.25, 4, 1)
        assert part["lower"] < 0.25 < part["upper"]


def test_a_wrong_candidate_is_judged_by_what_supports_its_rival(bench: Workbench) -> None:
    """The telling sentence names the forest: right for both rows, of which one asks of the desert."""
    items = make_items(rows_about(["forest", "desert"]))
    found = evidence_for(items, np.array([True, False]), shown(items, [TELLING] * 2), 0.25)
    assert found.in_quotes.tolist() == [True, True]
    swapped = evidence_for(items, np.array([False, True]), shown(items, [TELLING] * 2), 0.25)
    assert swapped.in_quotes.tolist() == [False, False]


def test_a_sentence_of_the_answer_alone_is_no_support(bench: Workbench) -> None:
    items = make_items(rows_about(["forest"]))
    right = np.array([True])
    assert not evidence_for(items, right, shown(items, ["A forest."]), 0.25).in_quotes.any()
    assert evidence_for(items, right, shown(items, ["A forest."]), 0.0).in_passage.all()


def test_a_sentence_that_names_both_options_supports_neither() -> None:
    items = make_items(rows_about(["forest"]))
    both = shown(items, ["The lion lives in the forest and in the desert."])
    assert not evidence_for(items, np.array([True]), both, 0.25).in_quotes.any()


def test_types_are_disjoint_and_cover_all_errors() -> None:
    drawn = np.random.default_rng(0).random((5, 200)) < 0.5
    found = np.stack(list(typed(*drawn).values()))
    assert (found.sum(0) == drawn[0]).all()
    assert found.any(1).all()


def test_a_student_without_errors_has_no_types(bench: Workbench) -> None:
    metric = measured(bench, [TELLING, TELLING], ["svb", "svb"])
    assert metric.value == 0.0
    assert {part["value"] for part in metric.facts["parts"]} == {None}
    assert metric.facts["parts"][0]["reason"] == "student_never_wrong"


def test_a_row_without_a_transcript(bench: Workbench) -> None:
    items = bench.keep(make_items(rows_about(["forest", "desert"])))
    labels = make_labels(bench, items, [1.0, 0.0], kind="hard")
    partly = bench.keep(shown(make_items(rows_about(["forest"])), [TELLING]))
    with pytest.raises(PrerequisiteError, match="1 of 2 items have no transcript"):
        bench.run(error_types, labels, labels, labels, partly, labels)
