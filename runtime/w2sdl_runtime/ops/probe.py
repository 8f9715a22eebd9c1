"""A linear probe: how much of a concept a model's states hold, readable by a straight line."""

from __future__ import annotations

from typing import Annotated

from w2sdl_runtime.answers import Given, Params, question
from w2sdl_runtime.coverage import probed_rows_are_told
from w2sdl_runtime.op import Context, Count, Mismatch, PortMark, Positive, op
from w2sdl_runtime.values import Activations, Labels, Predictor


def _what_it_is_fitted_to(params: Params, given: Given) -> str | Mismatch:
    """What it is fitted to, it says; what a column says is known when it is read."""
    (labels,) = given["labels"]
    if labels == "pairwise":
        return Mismatch(
            "a probe reads single states, and these labels prefer one of two candidates",
            "fit it to soft, hard or text labels",
        )
    return question(labels)


@op("probe", version=3, answers=_what_it_is_fitted_to, check=probed_rows_are_told, network="none")
def probe(
    ctx: Context,
    activations: Annotated[Activations, PortMark(rows="joined")],
    labels: Annotated[Labels, PortMark(rows="joined")],
    *,
    ridge: Positive = 1.0,
    steps: Count = 2000,
) -> Predictor:
    """Logistic regression on hidden states, to convergence; nothing is drawn at random.

    The accuracy of a probe, before and after a finetuning, is the saliency of what it was fitted to
    (Burns et al. 2023; Zakershahrak & Ghodratnama 2024). It is measured like any predictor. It stands
    for no training of the model: gold that it is fitted on does not reach the model, so a probe is no
    student to the rules; only rows that it was fitted on can't measure it. One that stands in a
    ``student`` port is a student like any other (Liu & Alahi 2024 train linear probes), and its ceiling
    is a probe of the same states. Standardised states, the penalty and its default are our design.

    Args:
        ctx: the context.
        activations: of at least the rows that are labelled, and of those that it will be asked about.
        labels: soft or hard (is the candidate right?), or texts (``gold(part, field: "domain")``):
            then it tells the words apart, and says how likely each is. Labels over named classes are
            fitted as they are, each row to the probabilities of all.
        ridge: half of it times the squared weights of standardised states, a set of them a class, stands
            beside the sum over rows; of two classes, a quarter times the squared difference. The ``l2`` of
            ``clean(probe: logistic(l2: ...))`` stands beside the mean loss of a row.
        steps: at most; a probe that has not converged by then says so.

    Raises:
        PrerequisiteError: for labels of one word only, labels that keep no row, or rows that were not
            embedded.
    """
    from w2sdl_runtime.learning.probing import fit_probe

    return fit_probe(ctx, activations, labels, ridge, steps)
