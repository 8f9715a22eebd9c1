"""The family of stances: who argues that the candidate is right, never in sight of gold."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from w2sdl_runtime.op import Context, Variant, variant


class Stance(Variant):
    """How sides are given out."""

    @abstractmethod
    def first_argues_correct(self, ctx: Context, item_id: str) -> bool:
        """Whether the first debater argues that this candidate is right (else that it is wrong)."""

    def sides(self, ctx: Context, item_id: str) -> tuple[bool, ...]:
        """The same for each debate that is held about an item: one, or one an order."""
        return (self.first_argues_correct(ctx, item_id),)


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


@variant("both_orders")
class BothOrders(Stance):
    """Every item is debated twice: A argues that the candidate is right, then that it is wrong.

    A reader answers each transcript, and its answer is the mean of the two; ``order_accuracy`` says
    how right it is in each order and in both (Khan et al. 2024). What is trained on such transcripts
    reads every row in both orders. Khan et al. re-label simultaneous debates in place of holding
    them again; here they are held again, so that each model argues each side.
    """

    both_orders: ClassVar[bool] = True

    def first_argues_correct(self, ctx: Context, item_id: str) -> bool:
        """In the first of the two."""
        return True

    def sides(self, ctx: Context, item_id: str) -> tuple[bool, ...]:
        """Both."""
        return (True, False)
