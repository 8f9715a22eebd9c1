"""The family of stances: who argues that the candidate is right, never in sight of gold."""

from __future__ import annotations

from abc import abstractmethod

from w2sdl_runtime.op import Context, Variant, variant


class Stance(Variant):
    """How sides are given out."""

    @abstractmethod
    def first_argues_correct(self, ctx: Context, item_id: str) -> bool:
        """Whether the first debater argues that this candidate is right (else that it is wrong)."""


@variant("random_side")
class RandomSide(Stance):
    """A coin for each item, from the seed and the item's id alone."""

    def first_argues_correct(self, ctx: Context, item_id: str) -> bool:
        """The item's coin."""
        return ctx.row_stream("sides", item_id) % 2 == 0


@variant("correct_first")
class CorrectFirst(Stance):
    """The first debater always argues that the candidate is right."""

    def first_argues_correct(self, ctx: Context, item_id: str) -> bool:
        """Always."""
        return True
