"""Numbers by name, in the language's own syntax: ``scores[of: S', evidence: debate]``."""

from __future__ import annotations

import json
from collections.abc import Mapping

from w2sdl.checking.axes import point_name
from w2sdl.source import Source
from w2sdl.syntax.parse import parse_expression

PART = "part"  #: selects a part of the measured rows, such as those where the supervisor is right


def number_text(measure: str, of: str, point: Mapping[str, str], part: str = "") -> str:
    """What `w2sdl trace` takes for a number; an expectation of the spec may say the same."""
    entries = [f"of: {of}"] if of else []
    entries += [f"{axis}: {_spelled(name)}" for axis, name in point.items()]
    entries += [f"{_part_entry(point)}: {_spelled(part.replace(' ', '_'))}"] if part else []
    return f"{measure}[{', '.join(entries)}]" if entries else measure


def _part_entry(point: Mapping[str, str]) -> str:
    return PART if PART not in point else "among"


def _spelled(name: str) -> str:
    """The name of a point as an expression: itself, or in quotes where it is none."""
    found, mistakes = parse_expression(Source("point", name))
    if found is None or mistakes or point_name(found) != name:
        return json.dumps(name, ensure_ascii=False)
    return name
