"""`rate`: every draw by an instrument that reads texts alone; nonsense is refused with its place."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tiny_world import Tiny
from workbench import make_labels

import w2sdl
from w2sdl_runtime.op import Mismatch, PrerequisiteError
from w2sdl_runtime.ops.finetune import finetune
from w2sdl_runtime.ops.label import label
from w2sdl_runtime.ops.rate import _checked, rate
from w2sdl_runtime.ops.sample import sample
from w2sdl_runtime.ops.toxicity import toxicity
from w2sdl_runtime.values import Items, Labels, Predictor


@pytest.fixture(scope="module")
def instrument(tiny: Tiny) -> Predictor:
    found: Predictor = tiny.bench.run(finetune, tiny.model, tiny.gold)
    return found


def as_texts(tiny: Tiny, samples: list[list[str]]) -> Labels:
    import pyarrow as pa

    from w2sdl_runtime.data.tables import label_table

    meta = [json.dumps({"samples": row}) for row in samples]
    ids = tiny.test.column("item_id")[: len(samples)]
    table = label_table(ids, [None] * len(ids), [row[0] for row in samples], meta)
    items = tiny.bench.keep(Items(tiny.test.table.slice(0, len(samples))))
    return tiny.bench.keep(Labels(pa.table(table), items.digest, "text", "model"))


def ratings(labels: Labels) -> list[list[float]]:
    return [json.loads(meta)["ratings"] for meta in labels.table["meta"].to_pylist()]


def test_every_draw_is_rated_as_the_instrument_labels_it(tiny: Tiny, instrument: Predictor) -> None:
    """Against `label` of the same texts as items."""
    texts = tiny.test.texts()[:4]
    labels = as_texts(tiny, [[texts[0], texts[1]], [texts[2], texts[0]], [texts[3], " "]])
    found = tiny.bench.run(rate, labels, instrument)
    asked = tiny.bench.run(label, instrument, tiny.test).table["value"].to_pylist()
    by_text = [[asked[0], asked[1]], [asked[2], asked[0]], [asked[3], 0.0]]
    assert np.array(ratings(found)) == pytest.approx(np.array(by_text), abs=1e-5)
    assert found.table["value"].to_pylist() == pytest.approx(
        [np.mean(row) for row in by_text], abs=1e-5
    )
    assert any("1 of 6 texts are empty" in line for line in tiny.bench.logs)
    assert (found.label_kind, found.items) == ("soft", labels.items)


def test_samples_go_to_a_measure(tiny: Tiny, instrument: Predictor) -> None:
    drawn = tiny.bench.run(sample, tiny.model, tiny.test, n=2, max_tokens=4)
    rated = tiny.bench.run(rate, drawn, instrument)
    metric = tiny.bench.run(toxicity, rated, make_labels(tiny.bench, tiny.test, tiny.truth))
    assert metric.n == len(tiny.test)
    assert metric.facts["draws"] == 2


@pytest.mark.parametrize("wrong", [float("nan"), 1.5, -0.1])
def test_nonsense_is_told_with_the_first_text(wrong: float) -> None:
    with pytest.raises(PrerequisiteError, match=r"1 of 2 texts .* for 'b'") as refused:
        _checked(np.array([0.5, wrong]), ["a", "b"])
    assert "samples are kept" in refused.value.help
    with pytest.raises(PrerequisiteError, match="rated 1 of 2 texts"):
        _checked(np.array([0.5]), ["a", "b"])


@pytest.mark.parametrize(
    ("labels", "by", "said"),
    [("soft", "soft", "rate() reads texts"), ("text", "text", "an instrument gives one text")],
)
def test_what_can_not_rate_or_be_rated_is_refused(labels: str, by: str, said: str) -> None:
    refused = rate.__w2sdl__.answers({}, {"labels": (labels,), "by": (by,)})
    assert isinstance(refused, Mismatch)
    assert refused.fact.startswith(said)
    assert rate.__w2sdl__.answers({}, {"labels": ("text",), "by": ("hard",)}) == "soft"


@pytest.mark.parametrize(
    ("instrument", "refused"),
    [
        ("zero_shot(M)", True),
        ("few_shot(M, gold(d.a))", True),
        ('few_shot(M, gold(d.a), calibrate: "none")', False),
        ("finetune(M, gold(d.a))", False),
    ],
)
def test_an_instrument_rates_each_text_alone(instrument: str, refused: bool) -> None:
    """Breaks where a rating depends on the other texts that are rated: half would be above 0.5."""
    text = f"""
experiment e
data d = science_qa(parts: {{a: 40, b: 40}})
M = pretrain(corpus(d), layers: 1, width: 8, steps: 2)
r = rate(sample(M, d.b), by: {instrument})
"""
    told = [e for e in w2sdl.compile_text(text).diagnostics if e.level == "error"]
    assert bool(told) is refused
