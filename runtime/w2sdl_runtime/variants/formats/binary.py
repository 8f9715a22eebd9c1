"""Texts with a label of two classes: the text is the prompt, and there is no candidate."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from w2sdl_runtime.data.entries import Draw, Entry, Item, fields_json, item_id, row_id
from w2sdl_runtime.data.rows import DropRow, Row, content_key, require_columns, same_text
from w2sdl_runtime.data.templates import compile_prompt
from w2sdl_runtime.op import ParameterCheck, PrerequisiteError, variant
from w2sdl_runtime.templates import prompt_of_format
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.texts import Text, written

Word = str | int | bool


@variant("binary")
class Binary(Format):
    """One item a row. Parts hold as many positive as negative rows, unless ``balance: "as_is"``.

    With ``passage`` (a premise, a clause) an item is the passage and the text, in that order. With
    ``at_least`` the label is a number, such as a score from 0 to 1, and cut there.
    """

    check: ClassVar[ParameterCheck | None] = prompt_of_format(
        "text", passage=lambda form: bool(form["passage"])
    )

    text: str = Field(default="text", description="column of the text")
    label: str = Field(default="label", description="column of the label")
    positive: Word = Field(default=1, description="the label that counts as 1")
    negative: list[Word] = Field(
        default=[], description="the labels that count as 0; needed where there are more than two"
    )
    at_least: float | None = Field(
        default=None, description="the label is a number, and counts as 1 from here on"
    )
    passage: str = Field(default="", description="column of a passage that the text is about")
    balance: Literal["equal", "as_is"] = Field(
        default="equal", description="as many 1 as 0, or as drawn"
    )
    prompt: Annotated[str, Field(min_length=1)] | Text = Field(
        default="{{ text }}", description="Jinja template over text and passage"
    )

    @property
    def balanced(self) -> bool:
        return self.balance == "equal"

    def gold_columns(self) -> frozenset[str]:
        return frozenset({self.label, self.label.partition(".")[0]})

    def content_columns(self) -> frozenset[str]:
        return frozenset({self.text, *([self.passage] if self.passage else [])})

    @property
    def text_column(self) -> str:
        return self.text

    def reader(self, rows: Sequence[Row], draw: Draw) -> Callable[[Row], Entry]:
        if self.at_least is not None and (self.positive != 1 or self.negative):
            raise PrerequisiteError(
                "at_least: says which labels count as 1, and so do positive: and negative:",
                "leave out one of them",
            )
        require_columns(rows, (self.text, self.label, *([self.passage] if self.passage else [])))
        gold_of = self._by_number if self.at_least is not None else self._by_word(rows)
        roles = tuple(dict.fromkeys(("text", *rows[0].pieces)))
        lead = "{{ passage }} " if self.passage else ""
        render = compile_prompt(written(self.prompt), roles, lead)
        hidden = self.gold_columns()

        def entry(row: Row) -> Entry:
            text, word = row.text(self.text), row.word(self.label)
            passage = row.text(self.passage) if self.passage else ""
            if not text or not word or (self.passage and not passage):
                raise DropRow("empty text or label")
            gold = gold_of(row)
            identity = row_id({"text": text, "passage": passage})
            shown = {"passage": passage} if passage else {}
            prompt = render(**{"text": text, **row.pieces, **shown})
            statement = f"{same_text(passage)}\n{same_text(text)}"
            return Entry(
                row=row,
                content=_content(text, passage),
                identity=statement,
                claims={statement: gold},
                items=(Item(item_id(identity, ""), prompt, "", "", gold),),
                passage=passage,
                fields=fields_json(row, hidden),
            )

        return entry

    def _by_number(self, row: Row) -> float:
        word = row.word(self.label)
        try:
            number = float(word)
        except ValueError:
            number = math.nan
        if math.isnan(number):  # also "nan" as text, which is below any number to a comparison
            raise PrerequisiteError(
                f"{row.place}: the label `{word}` is no number, so at_least: can't cut it",
                "leave out at_least:, or name a column of numbers",
            )
        return float(number >= (self.at_least or 0.0))

    def _by_word(self, rows: Sequence[Row]) -> Callable[[Row], float]:
        values = self._label_values(rows)
        return lambda row: values[row.word(self.label)]

    def _label_values(self, rows: Sequence[Row]) -> dict[str, float]:
        """0.0 or 1.0 for each label word.

        Raises:
            PrerequisiteError: for words that are neither positive nor negative.
        """
        found = Counter(word for row in rows if (word := row.word(self.label)))
        positive = _word(self.positive)
        negative = [_word(word) for word in self.negative] or [w for w in found if w != positive]
        shown = ", ".join(f'"{word}" ({count})' for word, count in found.most_common(8))
        if positive in negative:
            raise PrerequisiteError(f"`{positive}` is both positive and negative", "name it once")
        if positive not in found:
            raise PrerequisiteError(
                f'no row has the label "{positive}": `{self.label}` holds {shown or "nothing"}',
                "say which one counts as 1: binary(positive: ...)",
            )
        if not self.negative and len(negative) != 1:
            raise PrerequisiteError(
                f"`{self.label}` holds {len(found)} labels: {shown}",
                "two are needed; say which count as 0: binary(positive: ..., negative: [...])",
            )
        for row in rows:
            word = row.word(self.label)
            if word and word != positive and word not in negative:
                raise PrerequisiteError(
                    f'{row.place}: the label "{word}" is neither "{positive}" nor in `negative`',
                    f"`{self.label}` holds {shown}; name every one, or take out the row",
                )
        return {positive: 1.0, **dict.fromkeys(negative, 0.0)}


def _word(value: Word) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def _content(text: str, passage: str) -> tuple[str, ...]:
    """Without a passage the text is the content; a passage is content of its own."""
    own = content_key("text", text if not passage else f"{passage}\n{text}")
    return (own, content_key("passage", passage)) if passage else (own,)
