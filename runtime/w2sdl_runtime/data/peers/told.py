"""What a peer's code makes of one row, and the few moves that all its data sets are made of."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from w2sdl_runtime.data.rows import DropRow, Row
from w2sdl_runtime.data.tables import TRUTH
from w2sdl_runtime.op import PrerequisiteError


@dataclass(frozen=True, slots=True)
class Told:
    """One item: ``lead`` and ``candidate`` with a blank between them are the peer's text.

    ``about`` is what a model would recognise of the row: two that share it never lie in two parts.
    """

    lead: str
    candidate: str
    label: int
    about: str
    passage: str = ""

    @property
    def text(self) -> str:
        """The whole text, with its outer blanks."""
        return f"{self.lead} {self.candidate}" if self.candidate else self.lead


#: (row, dice) -> what is told of it. All draws come from the dice, in the order of the rows.
Teller = Callable[[Row, random.Random], Told]


@dataclass(frozen=True, slots=True)
class PeerSet:
    """A data set as a peer reads it: columns, splits, teller.

    ``defect`` is what is wrong with it, ``instead`` what has no such defect.
    """

    tell: Teller
    columns: tuple[str, ...]
    gold: tuple[str, ...]  #: those of the columns that tell the answer
    train: str = "train"
    test: str = "test"
    pooled: bool = False  #: all splits are one, and a fixed test part is cut off
    defect: str = ""
    instead: str = ""


def cell(row: Row, column: str) -> str:
    """A text with its outer blanks: peers keep them.

    Raises:
        DropRow: where the cell is null.
        PrerequisiteError: where it is not text.
    """
    value = row.get(column)
    if isinstance(value, str):
        return value
    if value is None:
        raise DropRow("a cell is empty")
    return row.text(column)  # says that it isn't text


def cells(row: Row, column: str) -> list[str]:
    """A list of texts with their outer blanks."""
    row.texts(column)  # says what isn't
    return list(row.get(column))


def coin(dice: random.Random) -> int:
    """1 for the true answer, 0 for a wrong one."""
    return int(dice.random() < 0.5)


def answered(truth: str, wrong: Sequence[str], dice: random.Random) -> tuple[str, int]:
    """The truth, or one of the wrong answers, and which it is: a coin first, then a draw."""
    return (truth, 1) if coin(dice) else (drawn(wrong, dice), 0)


def drawn(wrong: Sequence[str], dice: random.Random) -> str:
    """One of the wrong answers. Even the draw of an only one moves the dice.

    Raises:
        DropRow: where there is none.
    """
    if not wrong:
        raise DropRow("no wrong answer")
    return dice.choice(wrong)


def one_of_two(
    options: Sequence[str], place: int, row: Row, dice: random.Random
) -> tuple[str, int]:
    """The truth or the only other option: a coin, and no draw."""
    truth, wrong = chosen(options, place, row)
    if len(wrong) != 1:
        raise PrerequisiteError(
            f"{row.place}: {len(options)} options where this data set has two",
            "name the data set that the rows are of, or read them with choices()",
        )
    return (truth, 1) if coin(dice) else (wrong[0], 0)


def chosen(options: Sequence[str], place: int, row: Row) -> tuple[str, list[str]]:
    """The true option, and those in the other places, doubles of it too.

    Raises:
        PrerequisiteError: where the place is none of them: a hidden answer, mostly.
    """
    if not 0 <= place < len(options):
        raise unlabelled(row, str(place), f"none of the {len(options)} options")
    return options[place], [option for at, option in enumerate(options) if at != place]


def given(row: Row, column: str) -> int:
    """A label as the source gives it: 0/1, true/false or yes/no."""
    word = row.word(column)
    if word.lower() not in TRUTH:
        raise unlabelled(row, word, "neither 0 nor 1")
    return int(TRUTH[word.lower()])


def place_of(row: Row, column: str, start: int = 0) -> int:
    """A place in a list of options, counted from ``start``."""
    word = row.word(column)
    if not word.lstrip("-").isdecimal():
        raise unlabelled(row, word, "no number")
    return int(word) - start


def unlabelled(row: Row, word: str, what: str) -> PrerequisiteError:
    """The message for an answer that is none."""
    return PrerequisiteError(
        f"{row.place}: the label `{word}` is {what}",
        'some hub splits hide their labels: name another one with test_split: "validation"',
    )
