"""Whether labels are right: labels of labels, to learn what a model knows, or to measure a selector."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from w2sdl_runtime.answers import Given, Params, same_question
from w2sdl_runtime.op import Context, Mismatch, PortMark, PrerequisiteError, op
from w2sdl_runtime.values import Labels


def _a_verdict(params: Params, given: Given) -> str | Mismatch:
    found = same_question(params, given)
    return found if isinstance(found, Mismatch) else "hard"


@op("was_right", version=1, answers=_a_verdict)
def was_right(
    ctx: Context,
    labels: Annotated[Labels, PortMark(rows="joined")],
    gold: Annotated[Labels, PortMark(rows="joined")],
) -> Labels:
    """1 where a label says what gold says, else 0: what P(IK) is trained on (Kadavath et al. 2022).

    Classes are compared at 0.5, texts where they are equal up to spacing. A row that the labels drop is
    judged like any other, as measures do it (an answer cut short is wrong); one without a number can't
    be, and stays dropped. The result tells gold of these rows: a student trained on weak labels of them
    must not meet it.

    Selective W2SG (Lang, Huang & Li 2025) trains a classifier "I know" and does not say on what; on
    whether the strong model's own answers are right is our design.

    Args:
        ctx: the context.
        labels: what a predictor said.
        gold: of the same rows, joined by item id.

    Raises:
        PrerequisiteError: for rows that one side lacks, and texts compared with classes.
    """
    import numpy as np

    from w2sdl_runtime.data.named_classes import words_of
    from w2sdl_runtime.refining import rows

    if (labels.label_kind == "text") != (gold.label_kind == "text"):
        raise PrerequisiteError(
            f"{labels.label_kind} labels can't be compared with gold in {gold.label_kind} labels",
            "compare texts with texts, such as gold(part, field: ...), and classes with classes",
        )
    truth = rows.aligned(labels, gold, "the gold labels")
    answered = np.ones(labels.table.num_rows, bool)
    if labels.label_kind == "text":
        right = np.array(words_of(labels)) == np.array(words_of(truth))
    else:
        said = rows.numbers(labels, "the labels", rows.kept(labels))
        answered = np.isfinite(said)
        right = (said > 0.5) == (rows.numbers(truth, "the gold labels", answered) > 0.5)
    ctx.log(f"{int((right & answered).sum()):,} of {int(answered.sum()):,} labels are right")
    judged = rows.with_columns(
        rows.of_one_class(labels),
        value=np.where(answered, right, np.nan).astype(float),
        keep=answered,
        weight=np.ones(len(right)),
        text=[None] * len(right),
        meta=[None] * len(right),
    )
    return replace(judged, label_kind="hard", origin=f"was_right: {labels.origin}")
