"""Pairs of completions of one dialogue, of which people preferred one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import Field

from w2sdl_runtime.arguments import one_after_another
from w2sdl_runtime.data.entries import Draw, Entry, Item, fields_json, item_id, row_id
from w2sdl_runtime.data.label_meta import PAIR_ORDER, as_json
from w2sdl_runtime.data.rows import DropRow, Row, content_key, require_columns, same_text
from w2sdl_runtime.data.templates import compile_prompt
from w2sdl_runtime.op import ParameterCheck, PrerequisiteError, variant
from w2sdl_runtime.templates import prompt_of_format
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.texts import Text, written

_FIRST, _SECOND = ("0", "false", "first", "a"), ("1", "true", "second", "b")
_TURN = "\n\nAssistant:"


def _check(values: Mapping[str, Any]) -> tuple[str, str] | None:
    """Own pairs have three columns, and no use for those of dialogues."""
    form = values["format"]
    own = [name for name in ("first", "second", "label") if form[name]]
    missing = [name for name in ("first", "second", "label") if not form[name]]
    if own and missing:
        fact = f"pairs({own[0]}: ...) are pairs of your own, and there is no {missing[0]}:"
        return fact, "name all of first:, second: and label:, or chosen: and rejected:"
    defaults = {"chosen": "chosen", "rejected": "rejected", "turn": _TURN}
    unused = [name for name, default in defaults.items() if form[name] != default]
    if own and unused:
        fact = f"pairs(first: ..., second: ...) are pairs of your own: {unused[0]}: has no effect"
        return fact, f"leave out {unused[0]}:, or first:, second: and label:"
    if form["dialogue"] and "turn" in unused:
        fact = "the dialogue has a column of its own, so no turn: splits it off"
        return fact, "leave out turn:, or dialogue:"
    return None


@variant("pairs")
class Pairs(Format):
    """One item a pair (d, c1, c2): gold is 1 where the second completion c2 is preferred.

    The prompt is the dialogue d so far, the candidate is c2, its rival is c1 (Burns et al., 2023,
    reward modelling: P(c2) = sigma(r(d, c2) - r(d, c1))). Which of ``chosen`` and ``rejected`` comes
    second is drawn by a coin of the row, and ``meta`` of the gold label keeps it: ``pair_order``.

    Without ``dialogue``, ``chosen`` and ``rejected`` are whole dialogues (HH-RLHF), split at the last
    ``turn``; rows whose dialogues differ before it are dropped and counted. With ``first``, ``second``
    and ``label`` the pairs are your own, in your order: 1 (or ``second``, or B) prefers the second.
    """

    check: ClassVar[ParameterCheck | None] = one_after_another(_check, prompt_of_format("dialogue"))
    answers: ClassVar[str] = "pairwise"

    chosen: str = Field(default="chosen", description="column of what was preferred")
    rejected: str = Field(default="rejected", description="column of the other")
    dialogue: str = Field(
        default="", description="column of the dialogue so far; without it, it is split off"
    )
    turn: Annotated[str, Field(min_length=1)] = Field(
        default=_TURN, description="where the last completion of a dialogue begins"
    )
    prompt: Annotated[str, Field(min_length=1)] | Text = Field(
        default="{{ dialogue }}", description="Jinja template over dialogue"
    )
    first: str = Field(default="", description="column of the first completion, of own pairs")
    second: str = Field(default="", description="column of the second one")
    label: str = Field(default="", description="column that says which one is preferred: 0 or 1")

    @property
    def balanced(self) -> bool:
        return False

    @property
    def _own(self) -> bool:
        return bool(self.first or self.second or self.label)

    def gold_columns(self) -> frozenset[str]:
        columns = (self.label,) if self._own else (self.chosen, self.rejected)
        return frozenset({*columns, *(column.partition(".")[0] for column in columns)})

    def content_columns(self) -> frozenset[str]:
        two = (self.first, self.second) if self._own else (self.chosen, self.rejected)
        return frozenset({self.dialogue, *two}) - {""}

    def reader(self, rows: Sequence[Row], draw: Draw) -> Callable[[Row], Entry]:
        self._check_rows(rows)
        hidden = self.gold_columns()
        render = compile_prompt(written(self.prompt), ("dialogue",))

        def entry(row: Row) -> Entry:
            if self._own:
                pair, gold = self._own_pair(row), _preferred(row, self.label)
                order = ("first", "second")
            else:
                dialogue, chosen, rejected = self._split(row)
                coin = draw("pair order", _identity(dialogue, chosen, rejected)) % 2
                pair = (dialogue, rejected, chosen) if coin else (dialogue, chosen, rejected)
                order = ("rejected", "chosen") if coin else ("chosen", "rejected")
                gold = float(coin)
            made = _entry(row, pair, gold, order, fields_json(row, hidden))
            (item,) = made.items
            return replace(made, items=(replace(item, prompt=render(dialogue=pair[0])),))

        return entry

    def _check_rows(self, rows: Sequence[Row]) -> None:
        require_columns(rows, sorted({*self.content_columns(), *self.gold_columns()}))
        if self._own and len({row.word(self.label) for row in rows} - {""}) == 1 < len(rows):
            raise PrerequisiteError(
                f"`{self.label}` says the same in every row, so the order tells which is preferred",
                "let a coin draw the order: pairs(chosen: ..., rejected: ..., dialogue: ...)",
            )

    def _own_pair(self, row: Row) -> tuple[str, str, str]:
        dialogue = row.text(self.dialogue) if self.dialogue else ""
        return dialogue, row.text(self.first), row.text(self.second)

    def _split(self, row: Row) -> tuple[str, str, str]:
        """The dialogue so far, the chosen and the rejected completion."""
        chosen, rejected = row.text(self.chosen), row.text(self.rejected)
        if self.dialogue:
            return row.text(self.dialogue), chosen, rejected
        (before, turn, good), (other, _, bad) = (
            text.rpartition(self.turn) for text in (chosen, rejected)
        )
        if not turn:
            raise DropRow("a dialogue without a turn to split it at")
        if before != other:
            raise DropRow("the two dialogues differ before the last turn")
        return f"{before}{turn}".strip(), good.strip(), bad.strip()


def _preferred(row: Row, column: str) -> float:
    word = row.word(column)
    if not word:
        raise DropRow("empty label")
    if word.lower() not in _FIRST + _SECOND:
        raise PrerequisiteError(
            f"{row.place}: the label `{word}` in `{column}` says neither first nor second",
            "write 0, A or `first`, or 1, B or `second`, and take out ties",
        )
    return float(word.lower() in _SECOND)


def _identity(dialogue: str, one: str, other: str) -> str:
    return row_id({"dialogue": dialogue, "completions": sorted((one, other))})


def _entry(
    row: Row, pair: tuple[str, str, str], gold: float, order: tuple[str, str], fields: str
) -> Entry:
    dialogue, first, second = pair
    if not first or not second:
        raise DropRow("empty completion")
    if same_text(first) == same_text(second):
        raise DropRow("the two completions are equal")
    one, other = sorted((first, second))
    statement = "\n".join(same_text(text) for text in (dialogue, one, other))
    meta = as_json({PAIR_ORDER: list(order)})
    name = item_id(_identity(dialogue, first, second), second)
    return Entry(
        row=row,
        # Without a dialogue, the two texts are what a model would recognise.
        content=(content_key("question", dialogue or statement),),
        identity=statement,
        claims={statement: gold if other == second else 1.0 - gold},
        items=(Item(name, dialogue, second, first, gold, meta),),
        passage="",
        fields=fields,
    )
