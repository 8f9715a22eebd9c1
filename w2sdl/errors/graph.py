"""Messages about the expanded graph (W2S04xx, after those of axes in `types`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from w2sdl.diagnostics import Diagnostic


@dataclass(frozen=True, kw_only=True)
class TooManyNodes(Diagnostic):
    code: ClassVar[str] = "W2S0403"
    message: ClassVar[str] = "this spec expands to more than {limit:,} nodes"
    label: ClassVar[str] = "the limit is reached here"
    help: ClassVar[str] = "use fewer points on its axes"

    limit: int


@dataclass(frozen=True, kw_only=True)
class BadCombination(Diagnostic):
    code: ClassVar[str] = "W2S0404"
    message: ClassVar[str] = "{reason}"
    label: ClassVar[str] = "these values don't go together"
    help: ClassVar[str] = "{advice}"

    reason: str
    advice: str = ""
