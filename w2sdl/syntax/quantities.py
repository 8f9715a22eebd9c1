"""Sizes, durations and factors: the units of the language, from text and back."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

What = Literal["size", "duration", "factor"]

SIZES = {
    "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
DURATIONS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
FACTOR = "x"
WORDS = {"half": 0.5, "double": 2.0}  #: factors that have a name

#: What a message calls each, with an example of how it is written.
EXAMPLES: dict[What, str] = {
    "size": "a size such as `8GiB`",
    "duration": "a duration such as `4h`",
    "factor": "`half`, `double` or a factor such as `1.5x`",
}

# How people write units that are none: what they mean.
_MEANT = {
    **{unit.lower(): unit for unit in SIZES},
    "kbyte": "KB", "mbyte": "MB", "gbyte": "GB", "tbyte": "TB",
    **dict.fromkeys(("sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("day", "days"), "d"),
}  # fmt: skip


def what_of(unit: str) -> What:
    """What a unit measures."""
    if unit in SIZES:
        return "size"
    return "duration" if unit in DURATIONS else "factor"


def unit_meant(text: str) -> str:
    """The unit that a word such as `gb` or `hours` stands for, or ""."""
    return _MEANT.get(text.lower(), "")


def amount(number: float, unit: str) -> int | float:
    """A quantity in bytes or seconds, or as a plain factor; sizes are whole bytes."""
    if unit in SIZES:
        return round(number * SIZES[unit])
    return number * DURATIONS.get(unit, 1)


_QUANTITY = re.compile(r"(\d[\d_]*(?:\.\d+)?)\s*([A-Za-z]+)")


def parse_quantity(text: str) -> tuple[float, str] | None:
    """The number and the unit of ``18GiB``, as settings outside a spec write it; None for no such."""
    found = _QUANTITY.fullmatch(text.strip())
    if found is None or found[2] not in {**SIZES, **DURATIONS, FACTOR: 1}:
        return None
    return float(found[1].replace("_", "")), found[2]


def size_text(count: int) -> str:
    """Bytes in the largest unit that divides them, exactly: `18GiB`, `1536MiB`, `2GB`."""
    for unit in sorted(SIZES, key=SIZES.__getitem__, reverse=True):
        if count and count % SIZES[unit] == 0:
            return f"{count // SIZES[unit]}{unit}"
    return f"{number_text(Decimal(count) / 1000)}KB"


def duration_text(seconds: float) -> str:
    """Seconds in the largest unit that divides them, exactly: `4h`, `90min`, `0.5s`."""
    for unit in sorted(DURATIONS, key=DURATIONS.__getitem__, reverse=True):
        if seconds and seconds % DURATIONS[unit] == 0:
            return f"{int(seconds // DURATIONS[unit])}{unit}"
    return f"{number_text(seconds)}s"


def factor_text(factor: float) -> str:
    """A factor by its name, or as `1.5x`."""
    names = {value: name for name, value in WORDS.items()}
    return names.get(factor) or f"{number_text(factor)}{FACTOR}"


def quantity_text(what: What, value: float) -> str:
    """A value in bytes, seconds or times as the language writes it."""
    if what == "size":
        return size_text(int(value))
    return duration_text(value) if what == "duration" else factor_text(value)


def number_text(number: float | Decimal) -> str:
    """A number without an exponent, which no unit may follow."""
    text = format(Decimal(str(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
