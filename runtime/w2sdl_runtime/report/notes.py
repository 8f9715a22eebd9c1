"""What is to be said of a number in an expectation: in words, and what they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One remark. Of one that is ``about`` something, a verdict takes account."""

    text: str
    about: Literal["", "undefined", "unstable"] = ""


Notes = frozenset[Note]
