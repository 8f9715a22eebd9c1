"""Questions with a list of options and the place, letter or text of the right one."""

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
from w2sdl_runtime.data.rows import Row, require_columns, same_text
from w2sdl_runtime.op import Count, ParameterCheck, PrerequisiteError, variant
from w2sdl_runtime.templates import prompt_of_format
from w2sdl_runtime.variants.formats import Format
from w2sdl_runtime.variants.texts import Text, written

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@variant("choices")
class Choices(Format):
    """Items as in ``multiple_choice()``, from a list of options: ARC, OpenBookQA, MMLU, CosmosQA.

    The candidate is always the *text* of an option, never its letter: a letter for the right answer
    and a text for wrong ones would tell them apart.
    """

    check: ClassVar[ParameterCheck | None] = prompt_of_format(
        *QUESTION_ROLES, passage=lambda form: bool(form["show_passage"])
    )

    question: str = Field(default="question", description="column of the question")
    options: Annotated[list[str], Field(min_length=1)] = Field(
        default=["choices.text"],
        description="one column with a list, or several with one option each",
    )
    answer: str = Field(default="answerKey", description="column of the right option")
    labels: str = Field(
        default="", description="column with the options' labels, if the answer is one"
    )
    passage: str = Field(default="", description="column of the passage, if there is one")
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
        columns = (self.answer, *self.options, *([self.labels] if self.labels else []))
        return frozenset({*columns, *(column.partition(".")[0] for column in columns)})

    def content_columns(self) -> frozenset[str]:
        columns = (self.question, *self.options, self.passage)
        return frozenset(columns) - {""}

    @property
    def text_column(self) -> str:
        return self.question

    def reader(self, rows: Sequence[Row], draw: Draw) -> Callable[[Row], Entry]:
        if self.show_passage and not self.passage:
            raise PrerequisiteError(
                "show_passage: true, but no column of passages is named", "add passage: ..."
            )
        optional = [column for column in (self.labels, self.passage) if column]
        require_columns(rows, (self.question, *self.options, self.answer, *optional))
        hidden = self.gold_columns()

        def read(row: Row) -> Question:
            options = _options(row, self.options)
            right = _find_answer(row, self.answer, options, self._labels(row, len(options)))
            wrong = tuple(text for place, text in enumerate(options) if place != right)
            passage = row.text(self.passage) if self.passage else ""
            return Question(row.text(self.question), options[right], wrong, passage, hidden)

        form = QuestionForm(
            written(self.prompt),
            self.show_passage,
            self.pairs,
            self.balance,
            tuple(rows[0].pieces),
        )
        return question_reader(form, read, draw)

    def _labels(self, row: Row, count: int) -> list[str]:
        """The label of each option, or [] where places and letters count."""
        if not self.labels:
            return []
        labels = row.texts(self.labels)
        if len(labels) != count:
            raise PrerequisiteError(
                f"{row.place}: {count} options, but {len(labels)} labels in `{self.labels}`",
                "give every option one label",
            )
        return labels


def _options(row: Row, columns: Sequence[str]) -> list[str]:
    if len(columns) == 1 and not isinstance(row.get(columns[0]), str):
        return row.texts(columns[0])
    return [row.text(column) for column in columns]


def _find_answer(row: Row, column: str, options: Sequence[str], labels: Sequence[str]) -> int:
    """The place of the right option: by label, else by place from 0, letter, or its own text."""
    word = row.word(column)
    if labels:
        places = [place for place, label in enumerate(labels) if label == word]
    elif word.isdecimal():
        places = [int(word)]
    elif len(word) == 1 and word in _LETTERS:
        places = [_LETTERS.index(word)]
    else:
        places = [n for n, option in enumerate(options) if same_text(option) == same_text(word)][:1]
    if len(places) != 1 or places[0] >= len(options):
        known = ", ".join(labels) if labels else f"0 to {len(options) - 1}, a letter, or an option"
        raise PrerequisiteError(
            f"{row.place}: the answer `{word}` in `{column}` is none of {known}",
            "mend the row, or name the column of the labels: labels: ...",
        )
    return places[0]
