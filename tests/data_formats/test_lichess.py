"""`lichess_puzzle`: the position after the opponent's move, the next move, and what is dropped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.data_formats.test_data_formats import drop_reason, read, refusal
from tests.ops.helpers_data import Bench, write_jsonl
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.variants.formats.lichess_puzzle import LichessPuzzle
from w2sdl_runtime.variants.parts import Take

REAL = Path(__file__).parents[3] / "shared" / "data" / "lichess_puzzles"
# Ours: the rook mates on the last rank, wherever it stands.
OURS = [
    {"FEN": f"k7/8/1K6/8/8/8/8/{n}R{7 - n} b - - 0 1".replace("0", "") if n in (0, 7)
     else f"k7/8/1K6/8/8/8/8/{n}R{7 - n} b - - 0 1",
     "Moves": f"a8b8 {'abcdefgh'[n]}1{'abcdefgh'[n]}8", "Themes": "mateIn1"}
    for n in range(3, 7)
]  # fmt: skip


def test_the_opponents_move_is_played_and_the_next_one_asked() -> None:
    (entry,) = read(LichessPuzzle(), OURS[:1])
    (item,) = entry.items
    assert item.prompt == "FEN: 1k6/8/1K6/8/8/8/8/3R4 w - - 1 2 Best move:"
    assert item.gold == "d1d8"
    assert (item.candidate, item.rival) == ("", "")
    shown = json.loads(entry.fields)
    assert shown["fen"] == "1k6/8/1K6/8/8/8/8/3R4 w - - 1 2"
    assert "Moves" not in shown


def test_in_words_as_chess_puzzles_writes() -> None:
    (entry,) = read(LichessPuzzle(notation="words"), OURS[:1])
    (item,) = entry.items
    assert item.prompt == "white king b6 rook d1 black king b8 white moves"
    assert item.gold == "d1 d8"


def test_a_position_is_one_item_whatever_the_counters_say() -> None:
    again = {**OURS[0], "FEN": OURS[0]["FEN"].replace("0 1", "7 42")}
    one, other = read(LichessPuzzle(), [OURS[0], again])
    assert one.identity == other.identity
    assert one.content == other.content
    assert one.items[0].item_id == other.items[0].item_id


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"FEN": OURS[0]["FEN"], "Moves": "a8a7 d1d8"}, "a position or a move that is not legal"),
        ({"FEN": OURS[0]["FEN"], "Moves": "a8b8 d1e8"}, "a position or a move that is not legal"),
        ({"FEN": "what", "Moves": "a8b8 d1d8"}, "a position or a move that is not legal"),
        ({"FEN": OURS[0]["FEN"], "Moves": "a8b8"}, "no position, or fewer than two moves"),
        ({"FEN": "", "Moves": "a8b8 d1d8"}, "no position, or fewer than two moves"),
    ],
)
def test_what_is_dropped(row: dict[str, str], reason: str) -> None:
    assert drop_reason(LichessPuzzle(), row) == reason


def test_drops_are_counted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bad = {"FEN": OURS[0]["FEN"], "Moves": "a8a7 d1d8"}
    write_jsonl(tmp_path / "puzzles.jsonl", [*OURS, bad])
    data = table(bench.context(), "puzzles.jsonl", parts={"a": 2, "b": 2}, format=LichessPuzzle())
    assert data.notes["rows_dropped"] == {"a position or a move that is not legal": 1}
    assert bench.gold(data, "a").label_kind == "text"


def test_missing_columns_are_named() -> None:
    assert "`Moves`" in str(refusal(LichessPuzzle(), [{"FEN": "x", "Move": "y"}]))


@pytest.mark.skipif(not REAL.is_dir(), reason="the shared data is not here")
def test_all_real_rows_are_legal(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    parts = {"supervise": Take(n=2_000, of="train"), "test": Take(n=900, of="test")}
    data = table(bench.context(), str(REAL), parts=parts, format=LichessPuzzle())
    assert {name: part.rows for name, part in data.parts.items()} == {
        "supervise": 2_000,
        "test": 900,
    }
    assert data.notes["rows_dropped"] == {}
