"""Positions and moves as words that a tokenizer of whole words reads, and back.

``white king b6 rook e2 black king a8 pawn b7``: a word a square, since a tiny model learns far less
where a square is two tokens. The case of letters tells nothing, as it does in FEN.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import chess

_ORDER = (6, 5, 4, 3, 2, 1)  # king first, as python-chess numbers the kinds of men
_MEN = {"q": "queen", "r": "rook", "b": "bishop", "n": "knight"}
_MOVE = re.compile(r"([a-h][1-8]) ?([a-h][1-8])(?: ?(queen|rook|bishop|knight|[qrbn]))?")


def position_words(board: chess.Board) -> str:
    """All men of both sides, white first, each with its square; no side to move."""
    return f"white {_side_words(board, True)} black {_side_words(board, False)}"


def _side_words(board: chess.Board, white: bool) -> str:
    from chess import SQUARE_NAMES, piece_name

    return " ".join(
        f"{piece_name(kind)} {SQUARE_NAMES[square]}"
        for kind in _ORDER
        for square in board.pieces(kind, white)
    )


def move_words(uci: str) -> str:
    """A move in UCI with its squares apart: ``e2 e8``, ``e7 e8 queen``."""
    return " ".join((uci[:2], uci[2:4], *(_MEN[man] for man in uci[4:])))


def read_move(text: str) -> str | None:
    """The move in UCI that a text is, in UCI or in words; None where it is no move."""
    found = _MOVE.fullmatch(" ".join(text.lower().split()))
    if found is None:
        return None
    start, end, man = found.groups(default="")
    return start + end + {word: letter for letter, word in _MEN.items()}.get(man, man)


def is_legal(fen: str, uci: str) -> bool:
    """Whether a move in UCI can be played in a position."""
    from chess import Board

    try:
        Board(fen).parse_uci(uci)
    except ValueError:  # python-chess's own errors of illegal and ambiguous moves are such
        return False
    return True


@dataclass(frozen=True, slots=True)
class Solved:
    """A position to solve and the move that solves it, in UCI."""

    fen: str
    position: str  #: the FEN without its two counters
    words: str
    move: str

    def told(self, in_words: bool) -> tuple[str, str]:
        """Prompt and answer."""
        if not in_words:
            return f"FEN: {self.fen} Best move:", self.move
        side = "white" if self.position.split()[1] == "w" else "black"
        return f"{self.words} {side} moves", move_words(self.move)


def played(fen: str, moves: str) -> Solved | str:
    """The position after the first of some moves, and the second one; or why that can't be."""
    from chess import Board

    first, *solution = moves.split() or [""]
    if not fen or not solution:
        return "no position, or fewer than two moves"
    try:
        board = Board(fen)
        board.push_uci(first)
        board.parse_uci(solution[0])
    except ValueError:  # python-chess's errors of positions and moves are such
        return "a position or a move that is not legal"
    after = board.fen()
    return Solved(after, after.rsplit(" ", 2)[0], position_words(board), solution[0])
