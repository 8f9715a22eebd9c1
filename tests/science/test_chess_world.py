"""Puzzles have one solution and are in no text; positions and moves come back out of their words."""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter

import chess
import pytest

from w2sdl_runtime.chess.mates import ENDINGS, any_position, legal_replies, mate_in_one
from w2sdl_runtime.chess.words import is_legal, move_words, played, position_words, read_move
from w2sdl_runtime.chess.world import Size, World, build_world
from w2sdl_runtime.science.dice import Dice

GOLDEN = "5d376e200b77bdba13f13e25897f4b987ef47960f6db952ba9887803852dd417"
SIZE = Size(puzzles=200, positions=200, shown=0.3)
BOTH = ("rook", "rooks")


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(BOTH, SIZE)


def board_of(words: str) -> chess.Board:
    """Read a position back, by another way than it was written."""
    board, white = chess.Board(None), True
    for word in re.findall(r"white|black|\w+ [a-h][1-8]", words):
        if word in ("white", "black"):
            white = word == "white"
            continue
        man, square = word.split()
        kind = chess.PIECE_NAMES.index(man)
        board.set_piece_at(chess.parse_square(square), chess.Piece(kind, white))
    return board


def test_bytes_are_the_same_everywhere(world: World) -> None:
    text = "\n".join([*world.corpus, *(repr(puzzle) for puzzle in world.puzzles)])
    assert hashlib.sha256(text.encode()).hexdigest() == GOLDEN


def test_every_puzzle_has_the_one_mate_that_python_chess_finds(world: World) -> None:
    assert len(world.puzzles) == SIZE.puzzles
    for puzzle in world.puzzles:
        board = chess.Board(puzzle.fen)
        assert board.is_valid()
        mates = []
        for move in board.legal_moves:
            after = board.copy()
            after.push(move)
            mates += [move.uci()] if after.is_checkmate() else []
        assert mates == [puzzle.move], puzzle


def test_a_prompt_tells_the_whole_position(world: World) -> None:
    for puzzle in world.puzzles:
        words, _, asked = puzzle.words.rpartition(" ")
        assert asked == "mate"
        assert board_of(words).board_fen() == chess.Board(puzzle.fen).board_fen()


def test_no_puzzle_nor_its_pattern_is_in_the_text(world: World) -> None:
    solved = [line for line in world.corpus if " mate " in line]
    assert solved
    shown = {pattern_of(line.partition(" mate ")[0]) for line in solved}
    assert shown.isdisjoint(pattern_of(puzzle.words) for puzzle in world.puzzles)
    text = "\n".join(world.corpus)
    assert not any(puzzle.words.rpartition(" ")[0] in text for puzzle in world.puzzles)


def pattern_of(words: str) -> tuple[tuple[str, int], ...]:
    """Men without pawns on the least of the eight images, by python-chess's own transformations."""
    board = board_of(words)
    for square in board.pieces(chess.PAWN, chess.BLACK):
        board.remove_piece_at(square)
    flips = (chess.flip_vertical, chess.flip_horizontal, chess.flip_diagonal)
    images = [board]
    for flip in flips:
        images += [image.transform(flip) for image in images]
    return min(
        tuple(sorted((man.symbol(), at) for at, man in image.piece_map().items()))
        for image in images
    )


def test_patterns_are_equal_where_boards_are_images_of_each_other(world: World) -> None:
    ours: dict[str, set[tuple[tuple[str, int], ...]]] = {}
    for puzzle in world.puzzles:
        ours.setdefault(puzzle.pattern, set()).add(pattern_of(puzzle.words))
    assert all(len(same) == 1 for same in ours.values())
    assert len(ours) == len({pattern_of(puzzle.words) for puzzle in world.puzzles})
    assert len(ours) < len(world.puzzles)


def test_the_text_says_what_its_moves_do(world: World) -> None:
    counts: Counter[str] = Counter()
    for line in world.corpus:
        words, does, move = re.fullmatch(r"(.+) (mate|check|quiet) (.+)", line).groups()
        board = board_of(words)
        replies = legal_replies(board)
        kinds = {"mate": replies.mates, "check": replies.checks, "quiet": replies.quiet}
        assert chess.Move.from_uci(read_move(move) or "") in kinds[does]
        assert bool(replies.mates) == (does == "mate")
        counts[does] += 1
    assert counts["check"] > 100
    assert counts["quiet"] > 150


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_has_puzzles_and_positions(ending: str) -> None:
    dice = Dice("test", ending)
    found = [made for _ in range(200) if (made := mate_in_one(ending, dice))]
    assert found
    men = Counter(board.piece_type_at(at) for board, _ in found[:1] for at in chess.SQUARES)
    assert all(men[man] >= 1 for man in (*ENDINGS[ending], chess.KING))
    assert any(any_position(ending, dice) for _ in range(20))


def test_worlds_differ(world: World) -> None:
    other = build_world(BOTH, Size(100, 0, 0.0), number=1)
    shared = {puzzle.fen for puzzle in other.puzzles} & {puzzle.fen for puzzle in world.puzzles}
    assert len(shared) < 25


def test_a_puzzle_takes_about_a_millisecond() -> None:
    start = time.process_time()
    build_world(BOTH, Size(150, 0, 0.0), 5)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("e2 e8", "e2e8"),
        ("e2e8", "e2e8"),
        (" E2  e8 ", "e2e8"),
        ("e7 e8 queen", "e7e8q"),
        ("e7e8n", "e7e8n"),
        ("e2", None),
        ("e2 e9", None),
        ("rook e8", None),
        ("e2 e8 e8", None),
        ("", None),
    ],
)
def test_moves_are_read(text: str, move: str | None) -> None:
    assert read_move(text) == move


def test_moves_in_words_come_back() -> None:
    for move in ("a1h8", "e7e8q", "b2b1r", "c7c8b", "h7h8n"):
        assert read_move(move_words(move)) == move


def test_legality_is_that_of_the_position() -> None:
    fen = "k7/8/1K6/8/8/8/8/7R w - - 0 1"
    assert is_legal(fen, "h1h8")
    assert not is_legal(fen, "h1g2")  # no way of a rook
    assert not is_legal(fen, "b6b7")  # beside the other king
    assert not is_legal(fen, "a8a7")  # of the other side


def test_a_lichess_row_is_played_to_the_position_that_is_asked() -> None:
    # Ours: after 1... Kb8 the rook mates on the last rank.
    row = played("k7/8/1K6/8/8/8/8/7R b - - 0 1", "a8b8 h1h8")
    assert not isinstance(row, str)
    assert row.fen == "1k6/8/1K6/8/8/8/8/7R w - - 1 2"
    assert row.told(in_words=False) == (f"FEN: {row.fen} Best move:", "h1h8")
    words = "white king b6 rook h1 black king b8 white moves"
    assert row.told(in_words=True) == (words, "h1 h8")
    assert row.words == position_words(chess.Board(row.fen))


@pytest.mark.parametrize(
    ("fen", "moves"),
    [
        ("k7/8/1K6/8/8/8/8/7R b - - 0 1", "a8a7 h1h8"),  # beside the king
        ("k7/8/1K6/8/8/8/8/7R b - - 0 1", "a8b8 h1g8"),
        ("k7/8/1K6/8/8/8/8/7R b - - 0 1", "a8b8 nonsense"),
        ("no position", "a8b8 h1h8"),
        ("k7/8/1K6/8/8/8/8/7R b - - 0 1", "a8b8"),
        ("", ""),
    ],
)
def test_what_can_not_be_played_is_said(fen: str, moves: str) -> None:
    assert isinstance(played(fen, moves), str)
