"""How often a student that is wrong repeats, and surely, what its supervisor surely said."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import in_numbers
from w2sdl_runtime.op import Changes, Context, Fraction, PortMark, op
from w2sdl_runtime.values import Labels, Metric


@op("car", version=2, limits=(0, 1), answers=in_numbers)
def car(
    ctx: Context,
    student: Annotated[Labels, PortMark(role="measured")],
    supervisor: Annotated[Labels, PortMark(role="measured")],
    gold: Annotated[Labels, PortMark(on=True)],
    *,
    threshold: Annotated[Fraction, Changes("measurement")] = 0.55,
) -> Metric:
    """Confident agreement rate, given that the student is wrong (EleutherAI/weak-to-strong).

    Among the rows on which the student is wrong and sure (P > ``threshold`` or P < 1 − ``threshold``), the
    share whose label by the supervisor is as sure of the same class: mistakes that were taught. Null
    where there is no such row. Interval: Wilson, 95 %, over the rows that count.
    Rows: `item_id`, `student`, `supervisor`, `counted` (wrong and sure), `agrees`.

    Raises:
        PrerequisiteError: as for ``accuracy``, or for ``threshold`` below one half.
    """
    from w2sdl_runtime.measuring.confidence import among, sides

    both = sides(student, supervisor, gold, threshold)
    counted = (both.student != 0) & ~both.right
    agrees = counted & (both.supervisor == both.student)
    columns = both.columns(counted=counted, agrees=agrees)
    return among("car", "agrees", columns, "student_never_surely_wrong", {"threshold": threshold})
