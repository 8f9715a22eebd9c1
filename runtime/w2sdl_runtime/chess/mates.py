"""Finds mating moves, and positions with exactly one, by a search of our own over python-chess.

A position is made backwards: kings and helpers are put on the board, the mating man where it mates,
and then it is taken back. What comes out is searched forwards, so that the solution is known to be
the only one.
"""

from __future__ import annotations

from dataclasses import dataclass

import chess

from w2sdl_runtime.science.dice import Dice

#: The men of white beside the king, by the name of the ending.
ENDINGS = {
    "rook": (chess.ROOK,),
    "rooks": (chess.ROOK, chess.ROOK),
    "queen": (chess.QUEEN,),
    "queen_rook": (chess.QUEEN, chess.ROOK),
    "queen_bishop": (chess.QUEEN, chess.BISHOP),
    "queen_knight": (chess.QUEEN, chess.KNIGHT),
    "rook_bishop": (chess.ROOK, chess.BISHOP),
    "rook_knight": (chess.ROOK, chess.KNIGHT),
}
MOST_PAWNS = 2  # of black, which hem in the king
_BACK_RANKS = chess.BB_RANK_1 | chess.BB_RANK_8
_RIM = [
    s
    for s in chess.SQUARES
    if chess.BB_SQUARES[s] & (_BACK_RANKS | chess.BB_FILE_A | chess.BB_FILE_H)
]


@dataclass(frozen=True, slots=True)
class Replies:
    """White's legal moves, by what they do."""

    mates: tuple[chess.Move, ...]
    checks: tuple[chess.Move, ...]  #: without mate
    quiet: tuple[chess.Move, ...]


def legal_replies(board: chess.Board) -> Replies:
    """Sort the legal moves into mates, checks and the rest."""
    mates, checks, quiet = [], [], []
    for move in list(board.legal_moves):
        board.push(move)
        if not board.is_check():
            quiet.append(move)
        elif board.is_checkmate():
            mates.append(move)
        else:
            checks.append(move)
        board.pop()
    return Replies(tuple(mates), tuple(checks), tuple(quiet))


def mate_in_one(ending: str, dice: Dice) -> tuple[chess.Board, chess.Move] | None:
    """A position, white to move, with its one mating move; None where this draw made none."""
    men = dice.shuffled(ENDINGS[ending])
    board = _kings(dice, 2 if len(men) == 1 else 3, 1.0)
    _put_pawns(board, dice, near=2)
    for man in men[1:]:
        _put_helper(board, man, dice)
    made = _retracted(board, men[0], dice)
    if made is None:
        return None
    mates = legal_replies(made).mates
    return (made, mates[0]) if len(mates) == 1 else None


def any_position(ending: str, dice: Dice) -> chess.Board | None:
    """A legal position of the ending, white to move, whatever it holds."""
    board = _kings(dice, 3 if len(ENDINGS[ending]) == 1 else 5, 0.9)
    _put_pawns(board, dice, near=7)
    for man in ENDINGS[ending]:
        _put(board, man, chess.WHITE, dice.pick(_free(board)))
    return board if board.is_valid() else None


def _kings(dice: Dice, apart: int, rim: float) -> chess.Board:
    """A board with both kings, black's mostly at the rim and white's not far from it."""
    board = chess.Board(None)
    board.turn = chess.WHITE
    black = dice.pick(_RIM) if dice.chance(rim) else dice.below(64)
    near = [s for s in chess.SQUARES if 2 <= chess.square_distance(s, black) <= apart]
    _put(board, chess.KING, chess.BLACK, black)
    _put(board, chess.KING, chess.WHITE, dice.pick(near))
    return board


def _put_pawns(board: chess.Board, dice: Dice, near: int) -> None:
    king = _black_king(board)
    for _ in range(dice.below(MOST_PAWNS + 1)):
        free = [s for s in _free(board, ~_BACK_RANKS) if chess.square_distance(s, king) <= near]
        if free:
            _put(board, chess.PAWN, chess.BLACK, dice.pick(free))


def _put_helper(board: chess.Board, man: int, dice: Dice) -> None:
    """Put a man where it takes a square from the king, or looks at a man beside it."""
    zone = chess.BB_KING_ATTACKS[_black_king(board)]
    free = [s for s in _free(board) if _reach(board, man, s) & zone]
    _put(board, man, chess.WHITE, dice.pick(free))


def _retracted(board: chess.Board, man: int, dice: Dice) -> chess.Board | None:
    """The board with the mating man one move before mate; None where it mates from nowhere."""
    king = _black_king(board)
    if board.is_attacked_by(chess.WHITE, king):
        return None
    ends = chess.scan_forward(_reach(board, man, king) & ~board.occupied)
    end = next((s for s in dice.shuffled(list(ends)) if _mates_from(board, man, s)), None)
    if end is None:
        return None
    starts = [
        s
        for s in chess.scan_forward(_reach(board, man, end) & ~board.occupied)
        if not _reach(board, man, s) & chess.BB_SQUARES[king]
    ]
    if not starts:
        return None
    _put(board, man, chess.WHITE, dice.pick(starts))
    return board if board.is_valid() else None


def _mates_from(board: chess.Board, man: int, square: int) -> bool:
    _put(board, man, chess.WHITE, square)
    board.turn = chess.BLACK
    found = board.is_checkmate() and board.is_valid()
    board.remove_piece_at(square)
    board.turn = chess.WHITE
    return found


def _reach(board: chess.Board, man: int, square: int) -> int:
    """The squares that a man of white would attack from a square, as a bitboard."""
    if man == chess.KNIGHT:
        return chess.BB_KNIGHT_ATTACKS[square]
    found, occupied = 0, board.occupied
    if man in (chess.ROOK, chess.QUEEN):
        found |= chess.BB_RANK_ATTACKS[square][chess.BB_RANK_MASKS[square] & occupied]
        found |= chess.BB_FILE_ATTACKS[square][chess.BB_FILE_MASKS[square] & occupied]
    if man in (chess.BISHOP, chess.QUEEN):
        found |= chess.BB_DIAG_ATTACKS[square][chess.BB_DIAG_MASKS[square] & occupied]
    return found


def _free(board: chess.Board, within: int = chess.BB_ALL) -> list[int]:
    return list(chess.scan_forward(~board.occupied & within & chess.BB_ALL))


def _black_king(board: chess.Board) -> int:
    square = board.king(chess.BLACK)
    if square is None:
        raise ValueError("a board without a black king")
    return square


def _put(board: chess.Board, man: int, color: bool, square: int) -> None:
    board.set_piece_at(square, chess.Piece(man, color))
