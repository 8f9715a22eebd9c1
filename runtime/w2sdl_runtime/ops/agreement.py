"""How often student and supervisor say the same, split by whether the supervisor is right.

Agreement where it is wrong is imitation of its mistakes.
"""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import same_question
from w2sdl_runtime.op import Context, PortMark, op
from w2sdl_runtime.values import Labels, Metric


@op(
    "agreement",
    version=1,
    facets={"among": ("supervisor_right", "supervisor_wrong")},
    limits=(0, 1),
    answers=same_question,
)
def agreement(
    ctx: Context,
    student: Annotated[Labels, PortMark(role="measured")],
    supervisor: Annotated[Labels, PortMark(role="measured")],
    gold: Annotated[Labels, PortMark(on=True)],
) -> Metric:
    """Share of rows on which student and supervisor give the same answer (Burns et al. 2023).

    The value is over all rows. ``facts["parts"]`` holds the same over the rows where the supervisor
    is right and where it is wrong, each with its Wilson interval, its n, and the column of `rows`
    that selects it (``where``, ``is``).
    Rows: `item_id`, `student`, `supervisor`, `gold`, `agree`, `supervisor_right`.

    Raises:
        PrerequisiteError: as for ``accuracy``.
    """
    from w2sdl_runtime.measuring.classes import (
        answers_for,
        gold_answers,
        share_among,
        share_metric,
    )

    ids, truth = gold_answers(gold)
    of_student = answers_for(ids, student, gold, "the student's labels")
    of_supervisor = answers_for(ids, supervisor, gold, "the supervisor's labels")
    agree = of_student == of_supervisor
    right = of_supervisor == truth
    parts = [
        share_among(
            f"supervisor {word}", agree, right, "supervisor_right", f"supervisor_never_{word}", is_
        )
        for word, is_ in (("right", True), ("wrong", False))
    ]
    columns = {
        "item_id": ids,
        "student": of_student.tolist(),
        "supervisor": of_supervisor.tolist(),
        "gold": truth.tolist(),
        "agree": agree,
        "supervisor_right": right,
    }
    return share_metric("agreement", "agree", columns, {"parts": parts})
