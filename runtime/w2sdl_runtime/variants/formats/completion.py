"""Prompts with a text as gold: what a model should write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from w2sdl_runtime.data.entries import Draw, Entry, Item, fields_json, item_id, row_id
from w2sdl_runtime.data.rows import DropRow, Row, content_key, require_columns, same_text
from w2sdl_runtime.data.templates import compile_prompt
from w2sdl_runtime.op import ParameterCheck, PrerequisiteError, variant
from w2sdl_runtime.templates import prompt_of_format
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.texts import Text, written


@variant("completion")
class Completion(Format):
    """One item a row: a prompt without a candidate. Its gold label is a text, and matched exactly.

    For word problems, puzzles and other tasks that are answered by writing. With ``after`` the
    answer is what follows the last such mark: GSM8K ends its solutions in ``#### 42``.
    """

    check: ClassVar[ParameterCheck | None] = prompt_of_format("text")

    answers: ClassVar[str] = "text"

    text: str = Field(default="text", description="column of the text")
    answer: str = Field(default="answer", description="column of the answer; a text or a number")
    after: str = Field(default="", description="the answer follows this mark in its column")
    prompt: Annotated[str, Field(min_length=1)] | Text = Field(
        default="{{ text }}", description="Jinja template over text"
    )

    @property
    def balanced(self) -> bool:
        return False

    def gold_columns(self) -> frozenset[str]:
        return frozenset({self.answer, self.answer.partition(".")[0]})

    def content_columns(self) -> frozenset[str]:
        return frozenset({self.text})

    @property
    def text_column(self) -> str:
        return self.text

    def reader(self, rows: Sequence[Row], draw: Draw) -> Callable[[Row], Entry]:
        require_columns(rows, (self.text, self.answer))
        if self.after and not any(self.after in row.word(self.answer) for row in rows):
            raise PrerequisiteError(
                f"no `{self.answer}` holds the mark `{self.after}`",
                "write the mark as it stands in the file, or leave out after:",
            )
        render = compile_prompt(
            written(self.prompt), tuple(dict.fromkeys(("text", *rows[0].pieces)))
        )
        hidden = self.gold_columns()

        def entry(row: Row) -> Entry:
            text, answer = row.text(self.text), self._answer(row)
            if not text or not answer:
                raise DropRow("empty text or answer")
            identity = row_id({"text": text})
            prompt = render(**{"text": text, **row.pieces})
            return Entry(
                row=row,
                content=(content_key("text", text),),
                identity=same_text(text),
                claims={same_text(text): answer},
                items=(Item(item_id(identity, ""), prompt, "", "", answer),),
                passage="",
                fields=fields_json(row, hidden),
            )

        return entry

    def _answer(self, row: Row) -> str:
        whole = row.word(self.answer)
        if not self.after or not whole:
            return whole
        _, mark, answer = whole.rpartition(self.after)
        if not mark:
            raise DropRow("no mark before the answer")
        return answer.strip()
