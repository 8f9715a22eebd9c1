"""The one sandbox that templates of users are rendered in: nothing reaches out, nothing runs for ever.

A template shows what it is given. It may branch, loop over what it is given, and put texts together; it
gets no attributes of Python's, and what it makes and how often it loops is bounded. One of a spec defines
no macros and is alone; one of a report may, and may include what its loader finds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment

#: Characters, elements or digits that any value in a template of a spec may have.
LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one rendering may take."""

    largest: int = LARGEST  #: characters, elements or digits of any value
    rounds: int = 100_000  #: of all loops together, with calls of macros and what is included
    seconds: float = float("inf")


def sandbox(
    bounds: Bounds = Bounds(),
    loader: BaseLoader | None = None,
    methods: Iterable[str] = (),
) -> Environment:
    """An environment where a name that is not given is an error, and everything stays small.

    Args:
        bounds: of one rendering.
        loader: what templates may include; without one they define no macros either.
        methods: names of methods that they may call beside those of texts and dicts.
    """
    from w2sdl_runtime.data.bounded_environment import BoundedEnvironment

    return BoundedEnvironment(bounds, loader, methods)
