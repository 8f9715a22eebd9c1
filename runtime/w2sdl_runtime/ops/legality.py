"""How many of the moves that a model writes are legal chess moves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from w2sdl_runtime.chess.library import require_chess
from w2sdl_runtime.op import Context, Mismatch, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Labels, Metric


def _texts_only(params: Mapping[str, Any], given: Mapping[str, tuple[str, ...]]) -> str | Mismatch:
    if all(answer in ("", "text") for answers in given.values() for answer in answers):
        return ""
    return Mismatch(
        "legality is of moves that a model writes, and these labels are numbers",
        "measure predictors with head: lm(), on rows of chess_puzzles() or lichess_puzzle()",
    )


@op("legality", version=1, limits=(0, 1), better="higher", answers=_texts_only)
def legality(
    ctx: Context,
    scored: Annotated[Labels, PortMark(each=True, role="measured")],
    gold: Annotated[Labels, PortMark(on=True)],
) -> Metric:
    """Share of answers that are legal moves in their position, right or wrong. Our design.

    For items that carry their position: those of ``chess_puzzles()``, and of ``lichess_puzzle()``.
    A move is read in UCI or in words (``e7e8q``, ``e7 e8 queen``). The gold labels say which rows are
    measured, no more.
    Rows: `item_id`, `label`, `move` (an answer that is a move, legal or not), `legal`, `right`. Interval:
    Wilson, 95 %, over rows. Facts: share of answers that are a move at all (`moves`).

    Raises:
        PrerequisiteError: for labels that are no text, items without a position, or rows that only one
            side has.
    """
    from w2sdl_runtime.chess.words import is_legal, read_move
    from w2sdl_runtime.measuring.classes import answers_for, gold_answers, share_metric

    require_chess()
    ids, truth = gold_answers(gold)
    said = answers_for(ids, scored, gold, "the measured labels").tolist()
    positions = _positions(gold)
    moves = [read_move(text) for text in said]
    legal = [
        move is not None and is_legal(positions[item], move)
        for item, move in zip(ids, moves, strict=True)
    ]
    columns = {
        "item_id": ids,
        "label": said,
        "move": [move is not None for move in moves],
        "legal": legal,
        "right": [one == other for one, other in zip(said, truth.tolist(), strict=True)],
    }
    facts = {"moves": sum(columns["move"]) / len(ids)}
    return share_metric("legality", "legal", columns, facts)


def _positions(gold: Labels) -> dict[str, str]:
    """FEN of every item.

    Raises:
        PrerequisiteError: where an item has none.
    """
    items = gold.open_items()
    found = {
        item: json.loads(fields).get("fen")
        for item, fields in zip(items.column("item_id"), items.column("fields"), strict=True)
    }
    missing = [item for item, fen in found.items() if not fen]
    if missing:
        raise PrerequisiteError(
            f"{len(missing):,} of {len(found):,} items have no position (first: item {missing[0]})",
            "measure rows of chess_puzzles(), or of a table with format: lichess_puzzle()",
        )
    return found
