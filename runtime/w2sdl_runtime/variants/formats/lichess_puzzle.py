"""Chess puzzles in the columns of Lichess: a position, and the best move in it as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from w2sdl_runtime.chess.library import require_chess
from w2sdl_runtime.data.entries import Draw, Entry, Item, fields_json, item_id, row_id
from w2sdl_runtime.data.rows import DropRow, Row, content_key, require_columns
from w2sdl_runtime.op import variant
from w2sdl_runtime.variants.formats import Format


@variant("lichess_puzzle")
class LichessPuzzle(Format):
    """One item a puzzle: the position to solve is the prompt, the first move of the solution the answer.

    Lichess gives the position before the opponent's move, then all moves in UCI: the first one is
    played here, the second one is the answer. Rows whose moves are not legal are dropped and counted.
    Burns et al. (2023) show the moves of the game so far; the public files have none, so the
    position stands in their place. Matched exactly, so in ``uci`` (``e2e8``), or in ``words``
    squares apart (``e2 e8``) after a position in words, as ``chess_puzzles()`` writes both.
    """

    answers: ClassVar[str] = "text"

    fen: str = Field(default="FEN", description="column of the position before the opponent's move")
    moves: str = Field(default="Moves", description="column of that move and the solution, in UCI")
    notation: Literal["uci", "words"] = Field(
        default="uci", description="FEN and UCI, or both in words for tiny models"
    )

    @property
    def balanced(self) -> bool:
        return False

    def gold_columns(self) -> frozenset[str]:
        return frozenset({self.moves})

    def content_columns(self) -> frozenset[str]:
        return frozenset({self.fen})

    def reader(self, rows: Sequence[Row], draw: Draw) -> Callable[[Row], Entry]:
        require_columns(rows, (self.fen, self.moves))
        require_chess()

        def entry(row: Row) -> Entry:
            from w2sdl_runtime.chess.words import played

            found = played(row.text(self.fen), row.text(self.moves))
            if isinstance(found, str):
                raise DropRow(found)
            prompt, answer = found.told(self.notation == "words")
            shown = Row({**row.values, "fen": found.fen}, row.place, row.split)
            return Entry(
                row=row,
                content=(content_key("position", found.position),),
                identity=found.position,
                claims={found.position: found.move},
                items=(Item(item_id(row_id({"fen": found.position}), ""), prompt, "", "", answer),),
                passage="",
                fields=fields_json(shown, self.gold_columns()),
            )

        return entry
