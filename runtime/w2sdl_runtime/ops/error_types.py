"""Why a student that was supervised by way of quotes is wrong: four types of error."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import in_numbers
from w2sdl_runtime.op import Changes, Context, Fraction, PortMark, op
from w2sdl_runtime.values import Labels, Metric, Transcripts


@op(
    "error_types",
    version=1,
    facets={"type": ("quote_selection", "evidence_extraction", "overfitting", "other")},
    limits=(0, 1),
    better="lower",
    answers=in_numbers,
)
def error_types(
    ctx: Context,
    student: Annotated[Labels, PortMark(role="measured")],
    supervisor: Annotated[Labels, PortMark(role="measured")],
    before: Annotated[Labels, PortMark(role="measured")],
    transcripts: Annotated[Transcripts, PortMark(rows="joined")],
    gold: Annotated[Labels, PortMark(on=True, rows="joined")],
    *,
    enough: Annotated[Fraction, Changes("measurement")] = 0.25,
) -> Metric:
    """Errors by type: three names of Zakershahrak & Ghodratnama 2024 and "other"; the rules are our design.

    A row on which the student is wrong is of the first type that fits:

    - quote selection: a sentence of the passage supports the right option, and no quote shown does;
    - evidence extraction: a quote shown supports it, and the supervisor, who read it, was wrong;
    - overfitting: ``before``, the student at an earlier time, was right;
    - other: none of these.

    The right option is the candidate where it is right, else its rival. A sentence supports it by the
    share of its words that it has times that of the question's (those that the passage has; words
    count by how few of its sentences have them), if that is at least ``enough`` and more than for the
    other option. The paper says of some types how often they came, and not how they
    were told.

    The value is the share of wrong rows; ``facts["parts"]`` holds the share of each type among these,
    with its interval (Wilson, 95 %) and count.
    Rows: `item_id`, `wrong`, `type`, a column for each type, `in_passage`, `in_quotes`,
    `supervisor_right`, `right_before`.

    Args:
        ctx: the context.
        student: what is measured.
        supervisor: whose labels it was trained on, and who reads the transcripts.
        before: the student earlier: ``zero_shot(S)``, or ``checkpoint(S', at: 10%)``.
        transcripts: what was shown of the measured rows.
        gold: of the measured part.
        enough: support that counts, from 0 to 1.

    Raises:
        PrerequisiteError: as for ``accuracy``, or for a row without a transcript.
    """
    from w2sdl_runtime.debating.evidence import evidence_for
    from w2sdl_runtime.measuring.classes import THRESHOLD, gold_classes, values_for
    from w2sdl_runtime.measuring.error_types import error_metric, typed

    ids, truth = gold_classes(gold)
    named = {"student": student, "supervisor": supervisor, "earlier student": before}
    right = [
        (values_for(ids, labels, f"the {name}'s labels") > THRESHOLD) == truth
        for name, labels in named.items()
    ]
    found = evidence_for(gold.open_items(), truth, transcripts, enough)
    more = {"in_passage": found.in_passage, "in_quotes": found.in_quotes}
    more |= {"supervisor_right": right[1], "right_before": right[2]}
    types = typed(~right[0], found.in_passage, found.in_quotes, right[1], right[2])
    return error_metric(ids, ~right[0], types, more)
