"""The family of readings: which texts are answers to a question, for ``votes``."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Annotated

from pydantic import Field

from w2sdl_runtime.op import PrerequisiteError, Variant, variant
from w2sdl_runtime.values import Items

_INTEGER = re.compile(r"[-+]?\d+")


class Readable(Variant):
    """Which texts count as answers; all others are one class, of what can't be read."""

    @abstractmethod
    def readable(self, answers: list[str], items: Items) -> list[bool]:
        """Whether each answer, row by row with the items, is one.

        Raises:
            PrerequisiteError: where a row does not say what its answers are.
        """


@variant("anything")
class Anything(Readable):
    """Every text with a word in it."""

    def readable(self, answers: list[str], items: Items) -> list[bool]:
        """What is not empty."""
        return [bool(answer) for answer in answers]


@variant("one_of")
class OneOf(Readable):
    """One of these words; spacing does not count, case does."""

    words: Annotated[list[str], Field(min_length=2)]

    def readable(self, answers: list[str], items: Items) -> list[bool]:
        """What is among the words."""
        from w2sdl_runtime.data.named_classes import one_spaced

        known = {one_spaced(word) for word in self.words}
        return [answer in known for answer in answers]


@variant("options")
class Options(Readable):
    """One of the options that the row itself lists in a column, as multiple-choice items do."""

    column: str = "options"

    def readable(self, answers: list[str], items: Items) -> list[bool]:
        """What is among the row's options."""
        from w2sdl_runtime.refining.voting import options_of

        known = [options_of(fields, self.column) for fields in items.column("fields")]
        if None in known:
            raise PrerequisiteError(
                f"{known.count(None):,} of {len(known):,} rows list no options in `{self.column}`",
                "name the column of the options, or use readable: anything()",
            )
        pairs = zip(answers, known, strict=True)
        return [answer in of for answer, of in pairs if of is not None]


@variant("integer")
class Integer(Readable):
    """A whole number in digits."""

    def readable(self, answers: list[str], items: Items) -> list[bool]:
        """What is nothing but a sign and digits."""
        return [_INTEGER.fullmatch(answer) is not None for answer in answers]
