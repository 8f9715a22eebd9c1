"""Chess puzzles found by a search of our own: endings with one mating move, and text to pretrain on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from w2sdl_runtime.answers import always
from w2sdl_runtime.chess.library import require_chess
from w2sdl_runtime.data.build import Recipe, build_data
from w2sdl_runtime.data.rows import Row
from w2sdl_runtime.op import CHOSEN, Changes, Context, Count, Fraction, op
from w2sdl_runtime.values import Corpus, Data
from w2sdl_runtime.variants.formats.completion import Completion
from w2sdl_runtime.variants.parts import PartSize

Ending = Literal[
    "rook",
    "rooks",
    "queen",
    "queen_rook",
    "queen_bishop",
    "queen_knight",
    "rook_bishop",
    "rook_knight",
]


def _check(values: Mapping[str, Any]) -> tuple[str, str] | None:
    endings = values["endings"]
    if not endings:
        return "no ending is named", 'name at least one: endings: ["rook"]'
    again = next((name for at, name in enumerate(endings) if name in endings[:at]), None)
    return (f"the ending `{again}` is named twice", "name it once") if again else None


@op("chess_puzzles", version=1, check=_check, answers=always("text"))
def chess_puzzles(
    ctx: Context,
    *,
    parts: Annotated[dict[str, Count | PartSize], CHOSEN],
    world: int = 0,
    draw: Annotated[int, Changes("sampling"), CHOSEN] = 0,
    endings: list[Ending] = ["rook", "rooks"],  # noqa: B006  # never changed
    puzzles: Count = 6_000,
    positions: Count = 6_000,
    shown: Fraction = 0.3,
) -> Data:
    """Mate in one with few men, as text: the position in words, then the only mating move.

    The prompt is ``white king b6 rook e2 black king a8 pawn b7 mate``, the answer ``e2 e8``: the move
    in UCI with its squares apart, since a tiny model reads a word a square. White moves and mates;
    black has a king and up to two pawns. Positions and solutions are found by our own search over
    python-chess, which makes about a thousand a second. It is our stand-in for the Lichess puzzles of
    Burns et al. (2023), which are not public; real ones are read by ``lichess_puzzle()``.

    The corpus holds other positions of the same endings, each with a check and a quiet move, and
    says before a move which of them it is. None has a mate in one, but for puzzles of patterns that
    are set apart for it. A pattern is where the men stand, pawns aside, up to turning and mirroring
    the board: no pattern lies in two parts, or in a part and the corpus.

    Args:
        ctx: the runtime.
        parts: items of each part: a number, or ``rest()``.
        world: which world: its puzzles and its corpus.
        draw: another draw of the parts; puzzles and corpus stay the same.
        endings: which men white has beside the king.
        puzzles: how many are looked for; the parts are cut from these.
        positions: positions of the corpus.
        shown: share of the patterns whose puzzles are in the corpus, with their solution.

    Raises:
        PrerequisiteError: for parts that are larger than the world, or without python-chess.
    """
    require_chess()
    from w2sdl_runtime.chess.words import move_words
    from w2sdl_runtime.chess.world import Size, build_world

    made = build_world(endings, Size(puzzles, positions, shown), world)
    if len(made.puzzles) < puzzles:
        ctx.warn(f"these endings hold {len(made.puzzles):,} puzzles, not {puzzles:,}")
    rows = [
        Row(
            {
                "text": puzzle.words,
                "answer": move_words(puzzle.move),
                "fen": puzzle.fen,
                "pattern": puzzle.pattern,
                "domain": puzzle.ending,
            },
            f"puzzle {number}",
        )
        for number, puzzle in enumerate(made.puzzles, start=1)
    ]
    corpus = Corpus(list(made.corpus), f"chess_puzzles world {world}")
    return build_data(ctx, rows, Recipe(Completion(), parts, group="pattern", draw=draw), corpus)
