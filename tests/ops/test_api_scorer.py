"""`api_scorer` against a real server on loopback: what is sent, what comes back, and nonsense."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from workbench import Workbench, make_items

from tests.endpoint import Reply, Script, Served, serving
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.ops.api_scorer import api_scorer
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.ops.rate import rate
from w2sdl_runtime.values import Items, Labels


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


@pytest.fixture
def items(bench: Workbench) -> Items:
    return bench.keep(make_items([{"prompt": f"text {at}"} for at in range(3)]))


def context(bench: Workbench, served: Served) -> Context:
    own = {"url": served.url, "first_pause": 0.01, "tries": 4}
    return replace(bench.context("rate"), endpoints={"attribute `TOXICITY`": own})


def score(value: Any) -> Reply:
    return Reply(
        body=json.dumps({"attributeScores": {"TOXICITY": {"summaryScore": {"value": value}}}})
    )


def texts_of(bench: Workbench, items: Items, texts: list[str]) -> Labels:
    from w2sdl_runtime.data.tables import label_table

    table = label_table(items.column("item_id"), [None] * len(texts), texts)
    return bench.keep(Labels(table, items.digest, "text", "model"))


def test_a_service_scores_texts(bench: Workbench, items: Items) -> None:
    scorer = bench.run(api_scorer)
    script: Script = lambda _, body: score(len(body["comment"]["text"]) / 10)  # noqa: E731
    with serving(script) as served:
        ctx = context(bench, served)
        found = rate(ctx, texts_of(bench, items, ["ab", "abcd", "ab"]), scorer)
        assert found.table["value"].to_pylist() == [0.2, 0.4, 0.2]
        assert len(served.asked) == 2
        asked = label(ctx, scorer, items).table["value"].to_pylist()
    assert asked == pytest.approx([0.6, 0.6, 0.6])
    assert served.asked[0].path == "/v1/v1alpha1/comments:analyze"
    assert served.asked[0].body["requestedAttributes"] == {"TOXICITY": {}}
    assert served.asked[0].body["languages"] == ["en"]


@pytest.mark.parametrize("value", [1.5, -1])
def test_a_service_that_says_nonsense(bench: Workbench, items: Items, value: float) -> None:
    with (
        serving(lambda *_: score(value)) as served,
        pytest.raises(PrerequisiteError, match="rated 1 of 1 texts with what is no number"),
    ):
        rate(context(bench, served), texts_of(bench, items, ["a"] * 3), bench.run(api_scorer))


def test_a_service_without_the_score(bench: Workbench, items: Items) -> None:
    with (
        serving(lambda *_: Reply(body='{"attributeScores": {}}')) as served,
        pytest.raises(PrerequisiteError, match="no summary score of TOXICITY"),
    ):
        rate(context(bench, served), texts_of(bench, items, ["a"] * 3), bench.run(api_scorer))
    with (
        serving(lambda *_: score(float("nan"))) as served,
        pytest.raises(PrerequisiteError, match=r"no JSON: .*NaN"),
    ):
        rate(context(bench, served), texts_of(bench, items, ["a"] * 3), bench.run(api_scorer))
