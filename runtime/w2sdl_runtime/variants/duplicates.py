"""The family of ways with rows that share a question, a passage or a text."""

from __future__ import annotations

from w2sdl_runtime.op import Variant, variant


class Duplicates(Variant):
    """What becomes of rows that share content; rows that are equal are always read once."""


@variant("keep_together")
class KeepTogether(Duplicates):
    """They stay, and never lie in two parts (unless a declared key calls them different)."""


@variant("drop_later")
class DropLater(Duplicates):
    """The first one stays, in the order of the source; the others are dropped, and counted."""
