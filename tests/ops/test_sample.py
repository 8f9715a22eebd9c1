"""`sample`: the same bytes in batches of any size, settings as transformers has them, nothing hidden."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tiny_world import Tiny
from workbench import make_items

from w2sdl_runtime.learning.decoding import Sampling, bucket, in_buckets
from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.learning.tokens import Text
from w2sdl_runtime.learning.writing import Writer
from w2sdl_runtime.ops.sample import sample
from w2sdl_runtime.values import Items

DRAWN = Sampling(max_tokens=12, temperature=1.5, top_p=0.9, top_k=30, no_repeat=2)


@pytest.fixture(scope="module")
def begun(tiny: Tiny) -> Items:
    """Texts that break off, so that there is something to go on with."""
    texts = [" ".join(prompt.split()[: 2 + at % 4]) for at, prompt in enumerate(tiny.test.texts())]
    return tiny.bench.keep(make_items([{"prompt": text} for text in dict.fromkeys(texts)]))


def written(tiny: Tiny, rows: int, how: Sampling = DRAWN) -> list[str]:
    ctx = tiny.bench.context("sample")
    prompts = [Text(p, "") for p in tiny.test.column("prompt")]
    prompts = [*prompts, *(Text(f"{p.prompt} {p.prompt} the lion", "") for p in prompts)]
    writer = Writer(open_network(tiny.model, ctx), how, ctx, rows=rows)
    return [one.text for one in writer.write(prompts, list(range(len(prompts))), "texts")]


def test_batches_of_any_size_give_the_same_bytes(tiny: Tiny) -> None:
    """Breaks where a batch is padded to its longest row, or has as many rows as it happens to have."""
    sixteen = written(tiny, 16)
    assert len(set(sixteen)) > 20
    assert written(tiny, 1) == written(tiny, 4) == sixteen


def test_every_batch_that_a_network_sees_has_one_of_few_shapes(tiny: Tiny) -> None:
    shapes: set[tuple[int, ...]] = set()
    network = open_network(tiny.model, tiny.bench.context("sample"))
    first = network.module.get_input_embeddings()
    hook = first.register_forward_hook(lambda _, given, __: shapes.add(tuple(given[0].shape)))
    for rows in (1, 4, 16):
        written(tiny, rows)
    hook.remove()
    assert {shape[0] for shape in shapes} == {32}
    assert {shape[1] for shape in shapes} <= {1, 16, 32, 48}


def test_lengths_are_padded_by_themselves_alone() -> None:
    assert [bucket(n, 2000) for n in (1, 16, 17, 128, 129, 1030)] == [16, 16, 32, 128, 192, 1280]
    assert bucket(1030, 1100) == 1100
    batches = in_buckets(np.array([3, 40, 5, 16, 33]), 2, 100)
    assert [batch.tolist() for batch in batches] == [[0, 2], [3], [1, 4]]


def test_draws_are_a_rows_own(tiny: Tiny, begun: Items) -> None:
    how = {"temperature": 1.5, "max_tokens": 6}
    labels = tiny.bench.run(sample, tiny.model, begun, n=3, seed=1, **how)
    meta = [json.loads(text) for text in labels.table["meta"].to_pylist()]
    assert labels.label_kind == "text"
    assert labels.table["text"].to_pylist() == [row["samples"][0] for row in meta]
    assert {len(row["samples"]) for row in meta} == {3}
    assert sum(len(set(row["samples"])) > 1 for row in meta) > len(meta) / 2
    few = tiny.bench.keep(Items(begun.table.slice(5, 2)))
    alone = tiny.bench.run(sample, tiny.model, few, n=2, seed=1, **how)
    found = [json.loads(text)["samples"] for text in alone.table["meta"].to_pylist()]
    assert found == [row["samples"][:2] for row in meta[5:7]]
    other = tiny.bench.run(sample, tiny.model, few, n=2, seed=2, **how)
    assert other.table["text"] != alone.table["text"]


BEGUN = "the lion lives"


def next_tokens(tiny: Tiny, how: Sampling, draws: int) -> set[str]:
    ctx = tiny.bench.context("sample")
    writer = Writer(open_network(tiny.model, ctx), replace(how, max_tokens=1), ctx)
    return {
        one.text for one in writer.write([Text(BEGUN, "")] * draws, list(range(draws)), "texts")
    }


def test_top_k_and_top_p_cut_what_is_drawn_from(tiny: Tiny) -> None:
    """Against the model's own probabilities."""
    import torch

    ctx = tiny.bench.context("sample")
    network = open_network(tiny.model, ctx)
    ids = network.tokenizer(BEGUN, return_tensors="pt")["input_ids"]
    if ids[0, -1] == network.tokenizer.eos_token_id:
        ids = ids[:, :-1]
    with torch.inference_mode():
        chances = network.module(input_ids=ids).logits[0, -1].double().div(6).softmax(-1)
    order = chances.argsort(descending=True)
    words = [network.tokenizer.decode([t], skip_special_tokens=True).strip() for t in order[:50]]
    assert next_tokens(tiny, Sampling(1, 6.0, top_k=3), 96) == set(words[:3])
    mass = float(chances[order[:2]].sum()) - 1e-6
    assert next_tokens(tiny, Sampling(1, 6.0, top_p=mass), 96) <= set(words[:2])
    assert len(next_tokens(tiny, Sampling(1, 6.0), 96)) > 3


def test_no_run_of_tokens_occurs_twice(tiny: Tiny, begun: Items) -> None:
    def texts(how: Sampling) -> list[str]:
        ctx = tiny.bench.context("sample")
        prompts = [Text(prompt, "") for prompt in begun.column("prompt")]
        writer = Writer(open_network(tiny.model, ctx), how, ctx)
        return [one.text for one in writer.write(prompts, [0] * len(prompts), "texts")]

    def runs(texts: list[str]) -> int:
        pairs = [list(zip(t.split(), t.split()[1:], strict=False)) for t in texts]
        return sum(len(own) - len(set(own)) for own in pairs)

    assert runs(texts(Sampling(40, 2.0))) > 0
    assert runs(texts(Sampling(40, 2.0, no_repeat=2))) == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"temperature": 0}, "n: 25 is for draws, and at temperature 0 there are none"),
        ({"temperature": 0, "n": 1, "top_p": 0.9}, "top_p: 0.9 is for draws"),
        ({"top_p": 0.0}, "top_p: 0 leaves nothing to draw from"),
        ({"no_repeat": 1}, "no_repeat: 1 lets no token occur twice"),
    ],
)
def test_settings_that_can_not_be_meant_are_refused(given: dict[str, float], said: str) -> None:
    usual = {"n": 25, "temperature": 1.0, "top_p": 1.0, "top_k": 0, "no_repeat": 0}
    problem = sample.__w2sdl__.check({**usual, **given, "model": None})
    assert problem is not None
    assert problem[0].startswith(said)


def test_what_is_cut_short_is_no_lesson(tiny: Tiny, begun: Items) -> None:
    """Breaks where a student learns to end where `max_tokens` cut."""
    labels = tiny.bench.run(sample, tiny.model, begun, n=1, max_tokens=1)
    kept, meta = (labels.table[name].to_pylist() for name in ("keep", "meta"))
    reasons = [json.loads(one).get("drop_reason") for one in meta]
    assert "cut short" in " ".join(filter(None, reasons))
    assert [not reason for reason in reasons] == kept
