"""How often student and supervisor say the same, split by whether the supervisor is right.

Agreement where it is wrong is imitation of its mistakes.
"""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.op import Context, PortMark, op
from w2sdl_runtime.values import Labels, Metric


@op(
    "agreement",
    version=1,
    facets={"among": ("supervisor_right", "supervisor_wrong")},
    limits=(0, 1),
)
def agreement(
    ctx: Context,
    student: Annotated[Labels, PortMark(role="measured")],
    supervisor: Annotated[Labels, PortMark(role="measured")],
    gold: Annotated[Labels, PortMark(on=True)],
) -> Metric:
    """Share of rows on which student and supervisor name the same class (Burns et al. 2023).

    The value is over all rows. ``facts["parts"]`` holds the same over the rows where the supervisor
    is right and where it is wrong, each with its Wilson interval, its n, and the column of `rows`
    that selects it (``where``, ``is``).
    Rows: `item_id`, `student`, `supervisor`, `gold`, `agree`, `supervisor_right`.

    Raises:
        PrerequisiteError: as for ``accuracy``.
    """
    import pyarrow as pa

    from w2sdl_runtime.measuring.classes import (
        THRESHOLD,
        gold_classes,
        share_facts,
        share_where,
        values_for,
        wilson,
    )

    ids, truth = gold_classes(gold)
    of_student = values_for(ids, student, "the student's labels") > THRESHOLD
    of_supervisor = values_for(ids, supervisor, "the supervisor's labels") > THRESHOLD
    agree = of_student == of_supervisor
    right = of_supervisor == truth
    value, lower, upper = wilson(int(agree.sum()), len(ids))
    parts = [
        share_where("supervisor right", agree, right, True),
        share_where("supervisor wrong", agree, right, False),
    ]
    columns = {
        "item_id": ids,
        "student": of_student,
        "supervisor": of_supervisor,
        "gold": truth,
        "agree": agree,
        "supervisor_right": right,
    }
    facts = share_facts("agree", value, len(ids)) | {"parts": parts}
    return Metric("agreement", value, lower, upper, len(ids), "", facts, pa.table(columns))
