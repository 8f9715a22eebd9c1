"""How often a student is sure of the opposite of what its supervisor is sure of."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import in_numbers
from w2sdl_runtime.op import Changes, Context, Fraction, PortMark, op
from w2sdl_runtime.values import Labels, Metric


@op("cdr", version=2, limits=(0, 1), answers=in_numbers)
def cdr(
    ctx: Context,
    student: Annotated[Labels, PortMark(role="measured")],
    supervisor: Annotated[Labels, PortMark(role="measured")],
    gold: Annotated[Labels, PortMark(on=True)],
    *,
    threshold: Annotated[Fraction, Changes("measurement")] = 0.95,
) -> Metric:
    """Confident disagreement rate (EleutherAI/weak-to-strong).

    Among the rows on which the student is sure (P > ``threshold`` or P < 1 − ``threshold``), the share
    whose label by the supervisor is as sure of the other class. Null where the student is sure of nothing.
    Interval: Wilson, 95 %, over the rows that count.
    Rows: `item_id`, `student`, `supervisor`, `counted` (the student is sure), `disagrees`, `right`
    (the student's class is gold); facts: `student_right_where_disagrees`.

    Raises:
        PrerequisiteError: as for ``accuracy``, or for ``threshold`` below one half.
    """
    from w2sdl_runtime.measuring.confidence import among, sides

    both = sides(student, supervisor, gold, threshold)
    counted = both.student != 0
    disagrees = counted & (both.supervisor == -both.student)
    columns = both.columns(counted=counted, disagrees=disagrees, right=both.right)
    where = both.right[disagrees]
    facts = {"student_right_where_disagrees": float(where.mean()) if len(where) else None}
    return among(
        "cdr", "disagrees", columns, "student_never_sure", {"threshold": threshold, **facts}
    )
