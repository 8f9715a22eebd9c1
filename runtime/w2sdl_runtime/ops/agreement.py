"""How often student and supervisor say the same, split by whether the supervisor is right.

Agreement where it is wrong is imitation of its mistakes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from w2sdl_runtime.op import Context, PortMark, op
from w2sdl_runtime.ops.accuracy import THRESHOLD, gold_classes, share_facts, values_for, wilson
from w2sdl_runtime.values import Labels, Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray


@op("agreement", version=1)
def agreement(
    ctx: Context,
    student: Annotated[Labels, PortMark(role="student")],
    supervisor: Annotated[Labels, PortMark(role="supervisor")],
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

    ids, truth = gold_classes(gold)
    of_student = values_for(ids, student, "the student's labels") > THRESHOLD
    of_supervisor = values_for(ids, supervisor, "the supervisor's labels") > THRESHOLD
    agree = of_student == of_supervisor
    right = of_supervisor == truth
    value, lower, upper = wilson(int(agree.sum()), len(ids))
    parts = [
        _part("supervisor right", agree, right, True),
        _part("supervisor wrong", agree, right, False),
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


def _part(
    name: str, agree: NDArray[np.bool_], right: NDArray[np.bool_], wanted: bool
) -> dict[str, Any]:
    """Agreement over the rows where ``right == wanted``; null with a reason if there are none."""
    inside = right == wanted
    n = int(inside.sum())
    part: dict[str, Any] = {"name": name, "where": "supervisor_right", "is": wanted, "n": n}
    if n == 0:
        reason = "supervisor_never_right" if wanted else "supervisor_never_wrong"
        return part | {"value": None, "lower": None, "upper": None, "reason": reason}
    value, lower, upper = wilson(int(agree[inside].sum()), n)
    return part | {"value": value, "lower": lower, "upper": upper, "reason": ""}
