"""Questions with one right and several wrong answers, as balanced binary items."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from w2sdl_runtime.data.entries import Draw, Entry, Item, fields_json, item_id, row_id
from w2sdl_runtime.data.rows import DropRow, Row, content_key, same_text
from w2sdl_runtime.data.templates import compile_prompt
from w2sdl_runtime.op import PrerequisiteError

Balance = Literal["pair", "coin"]
QUESTION_ROLES = ("question", "options")


@dataclass(frozen=True, slots=True)
class Question:
    """A multiple-choice question, as read from a row. ``hidden`` columns would tell the answer."""

    question: str
    correct: str
    wrong: tuple[str, ...]
    passage: str
    hidden: Set[str]


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """How a question becomes items. See `w2sdl_runtime.variants.formats.multiple_choice`."""

    prompt: str
    show_passage: bool
    pairs: int
    balance: Balance
    pieces: tuple[str, ...] = ()  #: columns that a text was put together of


def question_reader(
    form: QuestionForm, read: Callable[[Row], Question], draw: Draw
) -> Callable[[Row], Entry]:
    """A function from rows to entries.

    Raises:
        PrerequisiteError: for a template that can't be used, or ``pairs`` that a coin can't have.
    """
    if form.balance == "coin" and form.pairs > 1:
        raise PrerequisiteError(
            f'balance: "coin" makes one item a question, so pairs: {form.pairs} has no effect',
            'leave out `pairs`, or write balance: "pair"',
        )
    lead = "Passage: {{ passage }} " if form.show_passage else ""
    roles = tuple(dict.fromkeys((*QUESTION_ROLES, *form.pieces)))
    render = compile_prompt(form.prompt, roles, lead)

    def entry(row: Row) -> Entry:
        asked = _check_answers(read(row), form)
        identity = row_id(
            {
                "question": asked.question,
                "correct": asked.correct,
                "wrong": asked.wrong,
                "passage": asked.passage,
            }
        )
        options = _shuffled((asked.correct, *asked.wrong), draw("options", identity))
        shown = {"passage": asked.passage} if form.show_passage else {}
        texts = {"question": asked.question, **row.pieces, **shown}
        prompt = render(**{**texts, "options": options})
        items = _make_items(asked, prompt, identity, form, draw)
        return Entry(
            row=row,
            content=_content(asked, form.show_passage),
            identity=_statement(asked, form, asked.correct),
            claims={_statement(asked, form, w): 0.0 for w in asked.wrong}
            | {_statement(asked, form, asked.correct): 1.0},
            items=items,
            passage=asked.passage,
            fields=fields_json(row, asked.hidden, options),
        )

    return entry


def _check_answers(asked: Question, form: QuestionForm) -> Question:
    """The question without repeated or empty wrong answers.

    Raises:
        DropRow: when it can't be asked fairly.
    """
    if not asked.question or not asked.correct:
        raise DropRow("empty question or answer")
    if form.show_passage and not asked.passage:
        raise DropRow("empty passage")
    wrong = {same_text(text): text for text in reversed(asked.wrong) if text}
    if same_text(asked.correct) in wrong:
        raise DropRow("a wrong answer equals the right one")
    if len(wrong) < form.pairs:
        raise DropRow("too few wrong answers")
    kept = tuple(text for text in asked.wrong if wrong.pop(same_text(text), None) is not None)
    return Question(asked.question, asked.correct, kept, asked.passage, asked.hidden)


def _shuffled(options: Sequence[str], seed: int) -> list[str]:
    shuffled = sorted(options)
    random.Random(seed).shuffle(shuffled)  # noqa: S311  # a draw, not a secret
    return shuffled


def _make_items(
    asked: Question, prompt: str, identity: str, form: QuestionForm, draw: Draw
) -> tuple[Item, ...]:
    chosen = _shuffled(asked.wrong, draw("wrong answer", identity))[: form.pairs]
    pairs = []
    for copy, wrong in enumerate(chosen):
        truth_id = item_id(identity, asked.correct, copy)
        pairs.append(Item(truth_id, prompt, asked.correct, wrong, 1.0))
        pairs.append(Item(item_id(identity, wrong), prompt, wrong, asked.correct, 0.0))
    if form.balance == "coin":
        return (pairs[draw("coin", identity) % 2],)
    return tuple(pairs)


def _content(asked: Question, show_passage: bool) -> tuple[str, ...]:
    passage = (content_key("passage", asked.passage),) if show_passage else ()
    return (content_key("question", asked.question), *passage)


def _statement(asked: Question, form: QuestionForm, answer: str) -> str:
    texts = (asked.question, asked.passage if form.show_passage else "", answer)
    return "\n".join(same_text(text) for text in texts)
