"""Tokens, batches and readings: what must hold whatever is trained."""

from __future__ import annotations

import numpy as np
import pytest
import torch  # noqa: TID253
from hypothesis import given, settings
from hypothesis import strategies as st

from w2sdl_runtime.bounded import Bounded
from w2sdl_runtime.learning.batching import collate, pack, shuffled_by_length
from w2sdl_runtime.learning.cross_entropy import vocabulary_cross_entropy
from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.learning.reading import Wanted, read, read_all
from w2sdl_runtime.learning.tokens import Text, as_transformers, encode, train_word_tokenizer
from w2sdl_runtime.op import PrerequisiteError

TOKENIZER = as_transformers(train_word_tokenizer(["a b c d e f g h the end of it ."], 100))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=300), st.integers(1, 16), st.integers(1, 9)
)
def test_every_row_comes_once(lengths, size, bucket):
    batches = shuffled_by_length(np.array(lengths), size, np.random.default_rng(0), bucket)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert sum(len(batch) < size for batch in batches) <= 1
    assert max(len(batch) for batch in batches) <= size


def test_batches_hold_rows_of_like_length():
    lengths = np.random.default_rng(0).integers(1, 200, 1000)
    batches = shuffled_by_length(lengths, 32, np.random.default_rng(1))
    padded = sum(len(batch) * lengths[batch].max() for batch in batches)
    assert padded < 1.1 * lengths.sum()


def words(rows, at):
    ids = rows.tokens[rows.start[at] : rows.start[at + 1]]
    return TOKENIZER.convert_ids_to_tokens(ids.tolist())


def test_the_candidate_is_found():
    rows = encode(TOKENIZER, [Text("A b c", "d e"), Text("a", "b", after="c d")], 99)
    assert words(rows, 0) == ["<s>", "a", "b", "c", "d", "e"]
    assert (rows.first.tolist(), rows.last.tolist()) == ([4, 2], [6, 3])


def test_what_is_too_long_loses_context_then_prompt():
    texts = [
        Text("a b", "c", after="d e f"),
        Text("a b c d", "e f"),
        Text("c d", "e", before="f g h a b"),
        Text("a b c d e f", ""),
    ]
    rows = encode(TOKENIZER, texts, 5)
    assert [words(rows, at) for at in range(4)] == [
        ["<s>", "a", "b", "c", "d"],
        ["<s>", "c", "d", "e", "f"],
        ["<s>", "f", "c", "d", "e"],
        ["<s>", "c", "d", "e", "f"],
    ]
    assert (rows.first.tolist(), rows.last.tolist()) == ([3, 3, 4, 0], [4, 5, 5, 0])
    assert rows.truncated == 4


def test_a_candidate_is_never_cut():
    with pytest.raises(PrerequisiteError, match=r"takes 5 tokens, and max_length is 3"):
        encode(TOKENIZER, [Text("a", "b c d e")], 3)


def test_padding_changes_nothing(tiny):
    """Right padding without a mask: a row reads the same alone and beside a longer one."""
    network = open_network(tiny.model, tiny.bench.context("test"))
    texts = [
        Text("where does the lion live", "forest"),
        Text("Question: where does the wolf live? Answer:", "river"),
    ]
    rows = encode(network.tokenizer, texts, 99)
    wanted = Wanted("last", likelihood=True)
    with torch.no_grad():
        both = read(network, collate(rows, np.array([0, 1]), "cpu"), wanted)
        alone = [read(network, collate(rows, np.array([at]), "cpu"), wanted) for at in (0, 1)]
    assert torch.allclose(both.pooled, torch.cat([one.pooled for one in alone]), atol=1e-5)
    assert torch.allclose(both.scores, torch.cat([one.scores for one in alone]), atol=1e-5)


def test_the_score_is_that_of_the_whole_network(tiny):
    """Scores from states at the candidate equal those from the logits of every position."""
    context = tiny.bench.context("test")
    network = open_network(tiny.model, context)
    rows = encode(network.tokenizer, [Text("the lion lives in the", "forest river")], 99)
    ids = torch.from_numpy(rows.tokens)[None]
    with torch.no_grad():
        logits = network.module(input_ids=ids).logits[0]
    at = range(int(rows.first[0]), int(rows.last[0]))
    expected = np.mean([float(logits[i - 1, ids[0, i]] - logits[i - 1].max()) for i in at])
    score = read_all(network, rows, Wanted("last", likelihood=True), context).scores
    assert float(score[0]) == pytest.approx(expected, abs=1e-5)


def test_whatever_a_head_wants_is_read_in_batches(tiny):
    """Scores and words of all rows, in their order, as of one row alone."""
    context = tiny.bench.context("test")
    network = open_network(tiny.model, context)
    texts = [Text("the lion lives in the " * n, "forest river"[: 6 * n]) for n in (2, 1)]
    rows = encode(network.tokenizer, texts, 99)
    for wanted in (Wanted("last", likelihood=True), Wanted("mean", likelihood=False, words=True)):
        found = read_all(network, rows, wanted, context)
        with torch.inference_mode():
            alone = [read(network, collate(rows, np.array([at]), "cpu"), wanted) for at in (0, 1)]
        assert torch.allclose(found.pooled, torch.cat([one.pooled for one in alone]), atol=1e-5)
        assert torch.allclose(found.scores, torch.cat([one.scores for one in alone]), atol=1e-4)
        empty = read_all(network, encode(network.tokenizer, [], 99), wanted, context)
        assert empty.scores.shape == (0, *found.scores.shape[1:])


def test_cross_entropy_and_its_gradients():
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(150, 8, generator=generator)
    table = torch.randn(31, 8, generator=generator)
    target = torch.randint(0, 31, (150,), generator=generator)
    found = []
    for loss_of in (
        lambda h, w: torch.nn.functional.cross_entropy(h @ w.T, target),
        lambda h, w: vocabulary_cross_entropy(h, w, target),
    ):
        h, w = hidden.clone().requires_grad_(), table.clone().requires_grad_()
        loss = loss_of(h, w)
        (3 * loss).backward()
        found.append((loss.detach(), h.grad, w.grad))
    for plain, chunked in zip(*found, strict=True):
        assert torch.allclose(plain, chunked, atol=1e-5)


def test_pack_keeps_rows():
    rows = pack([([1, 2], 1, 2), ([3], 0, 0)])
    batch = collate(rows, np.array([1, 0]), "cpu")
    assert batch.ids.tolist() == [[3, 0], [1, 2]]
    assert (
        batch.answer_row.tolist(),
        batch.answer_before.tolist(),
        batch.answer_token.tolist(),
    ) == ([1], [0], [2])


def test_a_bounded_memory_drops_the_least_recent():
    memory, made = Bounded[str](2), []

    def get(key):
        return memory.get(key, lambda: made.append(key) or key, lambda _: 1)

    for key in "abacab":
        get(key)
    assert made == ["a", "b", "c", "b"]
    assert len(memory) == 2
    memory.get("huge", lambda: "huge", lambda _: 3)
    assert "huge" not in memory
    assert len(memory) == 2
