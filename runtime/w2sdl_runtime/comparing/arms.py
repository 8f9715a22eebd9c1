"""Two arms to be compared: the same measure of the same thing at the same point, line by line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from w2sdl_runtime.comparing.sources import Source

#: A number of A and the number of B that answers to it: the seed, and the node of each.
Line = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ArmPair:
    """The numbers of two arms side by side.

    ``lines`` have one entry a seed (and a member); a measure ``over`` seeds has a single one, whose
    rows name the seeds. ``only_a`` and ``only_b`` are seeds that the other arm does not have.
    """

    measure: str
    op: str
    on: str
    of: str
    point: Mapping[str, str]
    lines: tuple[Line, ...]
    only_a: tuple[str, ...] = ()
    only_b: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be compared: names of measures, and texts of what they measure; () is all."""

    measures: Collection[str] = ()
    ofs: Collection[str] = ()

    def measure(self, name: str) -> bool:
        """Whether a measure is wanted."""
        return not self.measures or name in self.measures

    def of(self, text: str) -> bool:
        """Whether a measured thing is wanted."""
        return not self.ofs or text in self.ofs


@dataclass(frozen=True, slots=True)
class Unmet:
    """What stands in one side only, or cannot be compared, and why in words."""

    what: str
    why: str


@dataclass(frozen=True)
class Aligned:
    """All arms of A and B that answer to each other, and what answers to nothing."""

    a: Source
    b: Source
    name_a: str
    name_b: str
    pairs: tuple[ArmPair, ...]
    unmet: tuple[Unmet, ...] = ()
    verdict: str = ""  #: what the designs' differences mean, in the diff's own sentence
    label: str = "b"  #: how notes and tables call B; A is always "a"


def place_text(point: Mapping[str, str]) -> str:
    """``evidence=debate, loss=aux``."""
    return ", ".join(f"{axis}={name}" for axis, name in point.items())


def arm_text(of: str, point: Mapping[str, str], measure: str) -> str:
    """``S'[evidence=debate]``; the name of the measure where that is of several things."""
    return f"{of or measure}[{place_text(point)}]" if point else of or measure
