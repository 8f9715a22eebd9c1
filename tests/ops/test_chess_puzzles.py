"""`chess_puzzles`: mates in one as text, with a corpus that holds none of them."""

from __future__ import annotations

import json

import chess
import pytest

import w2sdl
from tests.ops.helpers_data import Bench
from w2sdl_runtime.data.overlap import held_by, shared_rows
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.ops.chess_puzzles import chess_puzzles
from w2sdl_runtime.ops.corpus import corpus
from w2sdl_runtime.values import Data

PARTS = {"supervise": 120, "transfer": 80, "test": 60}
SIZE = {"puzzles": 300, "positions": 150}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("chess"))


@pytest.fixture(scope="module")
def data(bench: Bench) -> Data:
    return chess_puzzles(bench.context("chess_puzzles"), parts=PARTS, **SIZE)


def test_parts_have_text_labels_that_mate(bench: Bench, data: Data) -> None:
    assert {name: part.rows for name, part in data.parts.items()} == PARTS
    assert bench.said == []
    for name in PARTS:
        gold = bench.gold(data, name)
        assert gold.label_kind == "text"
        fields = [json.loads(text) for text in bench.items(data, name).column("fields")]
        for own, answer in zip(fields, gold.table.column("text").to_pylist(), strict=True):
            board = chess.Board(own["fen"])
            board.push_uci(answer.replace(" ", ""))
            assert board.is_checkmate()
            assert "answer" not in own


def test_no_pattern_is_in_two_parts_or_in_the_corpus(bench: Bench, data: Data) -> None:
    patterns = {
        name: {json.loads(text)["pattern"] for text in bench.items(data, name).column("fields")}
        for name in PARTS
    }
    assert not patterns["supervise"] & patterns["test"]
    assert not patterns["transfer"] & patterns["test"]
    text = corpus(bench.context("corpus"), data)
    assert not shared_rows(bench.items(data, "supervise"), bench.items(data, "test"))
    for name in PARTS:
        held = held_by(text, bench.items(data, name))
        assert held.checked > 0
        assert held.found == 0


def test_every_square_can_be_written(bench: Bench, data: Data) -> None:
    words = {w for text in corpus(bench.context("corpus"), data).documents for w in text.split()}
    assert words >= set(chess.SQUARE_NAMES)


def test_draws_share_the_corpus(bench: Bench, data: Data) -> None:
    other = chess_puzzles(bench.context("chess_puzzles"), parts=PARTS, draw=1, **SIZE)
    assert other.corpus == data.corpus
    assert other.parts["test"].items != data.parts["test"].items


def test_more_than_the_world_has(bench: Bench) -> None:
    with pytest.raises(PrerequisiteError, match="asks for 500 items, but"):
        chess_puzzles(bench.context("chess_puzzles"), parts={"a": 500}, puzzles=40, positions=5)


@pytest.mark.parametrize(
    ("endings", "said"),
    [("[]", "no ending is named"), ('["rook", "rook"]', "the ending `rook` is named twice")],
)
def test_endings_are_checked_before_anything_runs(endings: str, said: str) -> None:
    spec = f"experiment e\ndata c = chess_puzzles(parts: {{a: 10}}, endings: {endings})\n"
    (found,) = w2sdl.compile_text(spec).diagnostics
    assert said in found.title()
