"""Puts a world of chess endings together: puzzles, and the moves that models are pretrained on.

No puzzle, nor one like it, is in the text: its positions have no mate in one, except for the puzzles
of patterns that no part ever sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import chess

from w2sdl_runtime.chess.mates import any_position, legal_replies, mate_in_one
from w2sdl_runtime.chess.words import move_words, position_words
from w2sdl_runtime.science.dice import Dice

#: What a move does stands before it, in the text and in a puzzle's prompt.
MATE, CHECK, QUIET = "mate", "check", "quiet"
#: Draws that may fail in a row before a world is called exhausted.
PATIENCE = 20_000

Pattern = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Puzzle:
    """A position, white to move, and its only mating move."""

    fen: str
    words: str  # the position as words, then what is asked
    move: str  # in UCI
    ending: str
    pattern: str  # the men without pawns, up to symmetry: what parts are split by


@dataclass(frozen=True, slots=True)
class World:
    """The puzzles of a world and the text to pretrain on."""

    puzzles: tuple[Puzzle, ...]
    corpus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """How much a world holds."""

    puzzles: int
    positions: int  #: of the corpus, each with one or two of its moves
    shown: float  #: share of the patterns whose puzzles are in the corpus, and in no part


def build_world(endings: Sequence[str], size: Size, number: int = 0) -> World:
    """Build a world; equal arguments give equal bytes on every machine.

    Fewer puzzles than asked for come back where the endings hold no more.
    """
    puzzles: list[Puzzle] = []
    solved: list[str] = []
    for puzzle in _puzzles(endings, Dice("puzzles", number, *endings)):
        if Dice("shown", number, puzzle.pattern).chance(size.shown):
            solved.append(f"{puzzle.words} {move_words(puzzle.move)}")
        elif len(puzzles) < size.puzzles:
            puzzles.append(puzzle)
        if len(puzzles) == size.puzzles:
            break
    dice = Dice("corpus", number, *endings)
    told = list(_told(endings, size.positions, dice))
    return World(tuple(puzzles), tuple(dice.shuffled(told + solved)))


def _puzzles(endings: Sequence[str], dice: Dice) -> Iterator[Puzzle]:
    """Different puzzles without end, or until no new one turns up for long."""
    known: set[Pattern] = set()
    failed = 0
    while failed < PATIENCE:
        ending = dice.pick(endings)
        made = mate_in_one(ending, dice)
        failed += 1
        if made is None or (form := _form(made[0], pawns=True)) in known:
            continue
        known.add(form)
        failed = 0
        board, move = made
        pattern = "-".join(map(str, _form(board, pawns=False)))
        words = f"{position_words(board)} {MATE}"
        yield Puzzle(board.fen(), words, move.uci(), ending, pattern)


def _told(endings: Sequence[str], positions: int, dice: Dice) -> Iterator[str]:
    """A check and a quiet move of each position, as far as it has them; none with a mate."""
    made = 0
    while made < positions:
        board = any_position(dice.pick(endings), dice)
        if board is None:
            continue
        replies = legal_replies(board)
        if replies.mates:
            continue
        made += 1
        words = position_words(board)
        for does, moves in ((CHECK, replies.checks), (QUIET, replies.quiet)):
            if moves:
                yield f"{words} {does} {move_words(dice.pick(moves).uci())}"


def _symmetries() -> tuple[tuple[int, ...], ...]:
    """The eight maps of the board onto itself; the first two keep the way that pawns go."""
    plain = tuple(chess.SQUARES)
    left = tuple(square ^ 7 for square in plain)
    both = (plain, left)
    upright = (*both, *(tuple(square ^ 56 for square in m) for m in both))
    turned = (tuple((square & 7) << 3 | square >> 3 for square in m) for m in upright)
    return (*upright, *turned)


_SYMMETRIES = _symmetries()


def _form(board: chess.Board, pawns: bool) -> Pattern:
    """The men on their squares, the least of all mirror images."""
    men = [
        (piece.symbol(), square)
        for square, piece in board.piece_map().items()
        if pawns or piece.piece_type != chess.PAWN
    ]
    upright = any(symbol in "pP" for symbol, _ in men)
    maps = _SYMMETRIES[:2] if upright else _SYMMETRIES
    return min(tuple(sorted(ord(s) << 6 | image[q] for s, q in men)) for image in maps)
