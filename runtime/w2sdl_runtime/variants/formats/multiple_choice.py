"""Questions with the right answer and the wrong ones in columns of their own, as in SciQ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from w2sdl_runtime.data.entries import Draw, Entry
from w2sdl_runtime.data.questions import (
    QUESTION_ROLES,
    Balance,
    Question,
    QuestionForm,
    question_reader,
)
from w2sdl_runtime.data.rows import Row, has_column, require_columns
from w2sdl_runtime.op import Count, ParameterCheck, PrerequisiteError, variant
from w2sdl_runtime.templates import prompt_of_format
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.texts import Text, written

PASSAGE = "support"


@variant("multiple_choice")
class MultipleChoice(Format):
    """Two items a question: the right answer, and a wrong one drawn for that row.

    Exactly balanced within every question and every part; a candidate's rival is the other of
    its pair. With ``balance: "coin"`` a question gives one item, right or wrong by a coin, as in
    the code of Burns et al. (2023).
    """

    check: ClassVar[ParameterCheck | None] = prompt_of_format(
        *QUESTION_ROLES, passage=lambda form: bool(form["show_passage"])
    )

    question: str = Field(default="question", description="column of the question")
    correct: str = Field(default="correct_answer", description="column of the right answer")
    distractors: list[str] = Field(
        default=["distractor1", "distractor2", "distractor3"],
        description="columns of the wrong answers; a column may hold a list",
    )
    passage: str = Field(default=PASSAGE, description="column of the passage, where there is one")
    show_passage: bool = Field(
        default=False, description="open book: the passage stands in the prompt"
    )
    pairs: Count = Field(
        default=1, description="pairs of items a question, each with another wrong answer"
    )
    balance: Balance = Field(default="pair", description="pairs of items, or one item by a coin")
    prompt: Annotated[str, Field(min_length=1)] | Text = Field(
        default="Question: {{ question }} Answer:",
        description="Jinja template over question, options (all answers, shuffled) and passage",
    )

    @property
    def balanced(self) -> bool:
        return self.balance == "pair"

    def gold_columns(self) -> frozenset[str]:
        columns = (self.correct, *self.distractors)
        return frozenset({*columns, *(column.partition(".")[0] for column in columns)})

    def content_columns(self) -> frozenset[str]:
        columns = (self.question, self.correct, *self.distractors, self.passage)
        return frozenset(columns) - {""}

    @property
    def text_column(self) -> str:
        return self.question

    def reader(self, rows: Sequence[Row], draw: Draw) -> Callable[[Row], Entry]:
        require_columns(rows, (self.question, self.correct, *self.distractors))
        if self.show_passage and not self.passage:
            raise PrerequisiteError(
                "show_passage: true, but no column of passages is named", "add passage: ..."
            )
        # The default passage column may be missing; one that is asked for may not.
        if self.show_passage or self.passage not in ("", PASSAGE):
            require_columns(rows, (self.passage,))
        has_passage = self.passage != "" and any(has_column(row, self.passage) for row in rows)
        hidden = self.gold_columns()

        def read(row: Row) -> Question:
            return Question(
                row.text(self.question),
                row.text(self.correct),
                tuple(text for column in self.distractors for text in _answers(row, column)),
                row.text(self.passage) if has_passage else "",
                hidden,
            )

        form = QuestionForm(
            written(self.prompt),
            self.show_passage,
            self.pairs,
            self.balance,
            tuple(rows[0].pieces),
        )
        return question_reader(form, read, draw)


def _answers(row: Row, column: str) -> list[str]:
    value = row.get(column)
    return row.texts(column) if isinstance(value, list | tuple) else [row.text(column)]
