"""The five data sets of openai/weak-to-strong (methods reference, 4.1)."""

from __future__ import annotations

import random

from w2sdl_runtime.data.peers.told import (
    PeerSet,
    Told,
    answered,
    cell,
    chosen,
    coin,
    drawn,
    given,
    place_of,
)
from w2sdl_runtime.data.rows import Row

_NONE_OF_THEM = "None of the above choices ."


def tell_sciq(row: Row, dice: random.Random) -> Told:
    """``Q: … A: …``; the support is left unread."""
    question = cell(row, "question")
    wrong = [cell(row, f"distractor{n}") for n in (1, 2, 3)]
    answer, label = answered(cell(row, "correct_answer"), wrong, dice)
    return Told(f"Q: {question} A:", answer, label, question)


def tell_boolq(row: Row, dice: random.Random) -> Told:
    """A passage and a yes/no question."""
    passage, question = cell(row, "passage"), cell(row, "question")
    text = f"Passage: {passage}\nQuestion: {question}"
    return Told(text, "", given(row, "answer"), text, passage)


def tell_cosmos_qa(row: Row, dice: random.Random) -> Told:
    """A question with one of four answers; the label is 0 wherever none of the others is right."""
    context, question = cell(row, "context"), cell(row, "question")
    options = [cell(row, f"answer{n}") for n in range(4)]
    truth, others = chosen(options, place_of(row, "label"), row)
    wrong = [option for option in others if option != truth]  # by value, in this set alone
    if _NONE_OF_THEM in truth:
        answer, label = drawn(wrong, dice), 0
    else:
        answer, label = answered(truth, wrong, dice)
    about = f"Context: {context}\nQuestion: {question}"
    return Told(f"{about}\nAnswer:", answer, label, about, context)


def tell_anthropic_hh(row: Row, dice: random.Random) -> Told:
    """One of two dialogues, which a reader can't compare."""
    label = coin(dice)
    chosen_one, rejected = cell(row, "chosen"), cell(row, "rejected")
    return Told(chosen_one if label else rejected, "", label, f"{chosen_one}\n{rejected}")


def tell_amazon_polarity(row: Row, dice: random.Random) -> Told:
    """Title and text of a review."""
    text = f"{cell(row, 'title')} {cell(row, 'content')}"
    return Told(text, "", given(row, "label"), text)


_ONE_DIALOGUE = "an item shows one of two dialogues, so every model is at chance"
_ANSWERS = ("answer0", "answer1", "answer2", "answer3")
SCIQ_ANSWERS = ("correct_answer", "distractor1", "distractor2", "distractor3")

OPENAI: dict[str, PeerSet] = {
    "sciq": PeerSet(tell_sciq, ("question", *SCIQ_ANSWERS), SCIQ_ANSWERS),
    "boolq": PeerSet(tell_boolq, ("passage", "question", "answer"), ("answer",), test="validation"),
    "cosmos_qa": PeerSet(
        tell_cosmos_qa,
        ("context", "question", *_ANSWERS, "label"),
        (*_ANSWERS, "label"),
        test="validation",
    ),
    "anthropic_hh": PeerSet(
        tell_anthropic_hh,
        ("chosen", "rejected"),
        ("chosen", "rejected"),
        defect=_ONE_DIALOGUE,
        instead="pairs() shows both dialogues",
    ),
    "amazon_polarity": PeerSet(tell_amazon_polarity, ("title", "content", "label"), ("label",)),
}
