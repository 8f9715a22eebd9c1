"""The family `Format`: how a source row becomes items with gold labels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from w2sdl_runtime.data.entries import Draw, Entry
from w2sdl_runtime.data.rows import Row
from w2sdl_runtime.op import Variant


class Format(Variant):
    """Base of formats. Each item has a prompt, and gold of one kind, as ``answers`` says.

    "hard": a candidate, right (1) or wrong (0). "pairwise": a candidate and its rival, 1 where the
    candidate is preferred. "text": words to be written after the prompt, without a candidate.
    """

    answers: ClassVar[str] = "hard"  #: the kind of its gold labels: "hard", "pairwise" or "text"

    @property
    @abstractmethod
    def balanced(self) -> bool:
        """Whether parts are cut so that half of each part's items is right."""

    @abstractmethod
    def reader(self, rows: Sequence[Row], draw: Draw) -> Callable[[Row], Entry]:
        """Check the columns of all rows, and return the function that formats one.

        That function raises `DropRow` for a row that can't be used.

        Raises:
            PrerequisiteError: for missing columns, unknown labels or a template that can't be used.
        """

    @abstractmethod
    def gold_columns(self) -> frozenset[str]:
        """Columns that tell the gold label: never a corpus, never in the fields of an item."""

    def content_columns(self) -> frozenset[str]:
        """Columns that a model reads; none where a format can't say."""
        return frozenset()

    def first_rows(self) -> Mapping[str, int]:
        """How many rows of a split it reads at most, from the top; of others, all."""
        return {}

    def remarks(self, rows: Sequence[Row], entries: Sequence[Entry]) -> list[str]:
        """What a user should know of these rows; the report shows it."""
        return []

    @property
    def text_column(self) -> str:
        """The column of the text or question that a ``prompt`` places; "" where there is none."""
        return ""
