"""What a run may spend: GPU-hours, processor-hours, or time by the clock; from text and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from w2sdl.durations import format_seconds
from w2sdl.input_error import InputError
from w2sdl.syntax.quantities import DURATIONS, number_text

NO_BUDGET: Final = "none"  #: on a command line: without the budget that the settings have


class Spend(StrEnum):
    """What a budget counts."""

    GPU = "gpu"  #: seconds of each attempt, times its GPUs
    CPU = "cpu"  #: seconds of each attempt, times its processors
    TIME = "time"  #: seconds of the run by the clock


_UNITS: Final = {
    "gpuh": (Spend.GPU, 3600), "gpumin": (Spend.GPU, 60),
    "cpuh": (Spend.CPU, 3600), "cpumin": (Spend.CPU, 60),
    **{unit: (Spend.TIME, seconds) for unit, seconds in DURATIONS.items()},
}  # fmt: skip
_FORMS: Final = (
    "`12gpuh` (GPU-hours), `30cpuh` (processor-hours) or `2h` (of this run, by the clock)"
)
_AMOUNT = re.compile(r"(\d[\d_]*(?:\.\d+)?)\s*(.*)")


@dataclass(frozen=True, slots=True)
class Budget:
    """So many seconds of something. Its text is as it was written."""

    spend: Spend
    seconds: float
    text: str

    def __str__(self) -> str:
        return self.text


def parse_budget(text: str, where: str = "--budget") -> Budget:
    """Read ``12gpuh``, ``30cpuh``, ``90min``.

    Args:
        text: the amount.
        where: what a message calls the place where it stands.

    Raises:
        InputError: for what is no amount, or nothing.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{where} is `{text}`, which is no amount", f"write {_FORMS}")
    number, unit = found[1].replace("_", ""), found[2]
    if not unit:
        raise InputError(
            f"{where} is `{text}`: a number without a unit",
            f"`{number}gpuh` are GPU-hours, `{number}cpuh` processor-hours, `{number}h` hours by the clock",
        )
    if unit not in _UNITS:
        meant = _unit_meant(unit)
        help = f"did you mean `{number}{meant}`?" if meant else f"write {_FORMS}"
        raise InputError(f"{where} is `{text}`: `{unit}` is no unit of a budget", help)
    spend, size = _UNITS[unit]
    if not float(number):
        raise InputError(
            f"{where} is `{text}`: nothing could be begun", "`-n` only says what would be done"
        )
    return Budget(spend, float(number) * size, f"{number}{unit}")


def _unit_meant(unit: str) -> str:
    """The unit that a word such as `GPU-hours`, `gpus` or `minutes` stands for, or ""."""
    letters = re.sub(r"[^a-z]", "", unit.lower())
    for spend in ("gpu", "cpu"):
        if letters.startswith(spend):
            return f"{spend}min" if letters.removeprefix(spend).startswith("m") else f"{spend}h"
    if letters.startswith(("core", "proc")):
        return "cpuh"
    words = {"sec": "s", "min": "min", "hour": "h", "hr": "h", "day": "d"}
    plain = {"h": "h", "d": "d", "m": "min", "s": "s"}
    return plain.get(letters) or next((u for w, u in words.items() if letters.startswith(w)), "")


_NAMES: Final = {Spend.GPU: "GPU", Spend.CPU: "processor"}


def amount_text(spend: Spend, seconds: float) -> str:
    """``3.2 GPU-hours``, ``12 processor-minutes``; time as everywhere else."""
    if spend is Spend.TIME:
        return format_seconds(seconds)
    size, unit = next((step for step in _STEPS if seconds >= step[0]), _STEPS[-1])
    value = number_text(float(f"{seconds / size:.3g}"))
    return f"{value} {_NAMES[spend]}-{unit}{'s' if value != '1' else ''}"


def amounts_text(spent: Mapping[str, float], seconds: float) -> str:
    """All that a run has spent: ``1.2 GPU-hours, 8 processor-hours, 2 h 5 min by the clock``."""
    parts = [amount_text(Spend.GPU, spent["gpu_seconds"])] if spent["gpu_seconds"] else []
    parts.append(amount_text(Spend.CPU, spent["cpu_seconds"]))
    return ", ".join([*parts, f"{amount_text(Spend.TIME, seconds)} by the clock"])


_STEPS: Final[tuple[tuple[int, str], ...]] = ((3600, "hour"), (60, "minute"), (1, "second"))
