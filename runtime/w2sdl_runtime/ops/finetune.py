"""Trains a model on labels: Φ facilitates the weak model, Ψ aligns the strong one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from w2sdl.dotted import below
from w2sdl_runtime.answers import ADVICE, Given, Params
from w2sdl_runtime.arguments import needs_network, one_after_another
from w2sdl_runtime.coverage import learned_rows_are_told
from w2sdl_runtime.json_forms import to_json
from w2sdl_runtime.op import Changes, Context, Mismatch, PortMark, Seed, op, variant_class
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import Labels, Model, Predictor, Transcripts
from w2sdl_runtime.variants.heads import Head
from w2sdl_runtime.variants.heads.linear import Linear
from w2sdl_runtime.variants.losses import Loss
from w2sdl_runtime.variants.losses.xent import Xent
from w2sdl_runtime.variants.stops import AtEnd, Stop

#: At the end of a training the predictor itself is there.
Share = Annotated[float, Field(gt=0, lt=1)]


def _as_the_head(params: Params, given: Given) -> str | Mismatch:
    """The labels are of a kind that loss and head take, and what stops the training fits them."""
    loss = variant_class(Loss, params["loss"]["variant"])
    head = variant_class(Head, params["head"]["variant"])
    stop = variant_class(Stop, params["stop"]["variant"])
    (labels,) = given["labels"]
    if not set(loss.accepts) & set(head.accepts):
        return Mismatch(
            f"head: {head.variant_name}() takes {' or '.join(head.accepts)} labels, "
            f"and loss: {loss.variant_name}() {' or '.join(loss.accepts)}",
            _other_loss(head, labels),
        )
    for what, chosen in (("head", head), ("loss", loss)):
        if labels and labels not in chosen.accepts:
            return Mismatch(
                f"{what}: {chosen.variant_name}() takes {' or '.join(chosen.accepts)} labels, "
                f"and these are {labels} labels",
                ADVICE[labels],
            )
    wrong = loss.mismatch(below(given, "loss"))
    wrong = wrong or stop.mismatch(head.variant_name, head.answers, below(given, "stop"))
    return wrong or head.answers


def _other_loss(head: type[Head], labels: str) -> str:
    """What to train with, where head and loss don't go together: another loss, if the head may stay."""
    if labels and labels not in head.accepts:
        return ADVICE[labels]
    loss = {"pairwise": "bce()", "text": "lm()"}.get(labels or head.accepts[0], "xent()")
    return f"head: {head.variant_name}() goes with loss: {loss}"


def _keeps_answers(given: Mapping[str, Any]) -> tuple[str, str] | None:
    """A row of a head that writes ends with its answer, which is never cut."""
    head = variant_class(Head, given["head"]["variant"])
    if head.answers != "text" or given["train"]["truncation"] == "context":
        return None
    return (
        f"head: {head.variant_name}() reads prompts as it will when it writes, cut at their start, and "
        f'truncation: "{given["train"]["truncation"]}" would change that for training only',
        "leave truncation out",
    )


@op(
    "finetune",
    version=1,
    aliases=("Φ", "facilitate", "Ψ", "align"),
    wants_gpu=True,
    shards=True,
    environment=("torch",),
    answers=_as_the_head,
    check=one_after_another(needs_network("model"), learned_rows_are_told, _keeps_answers),
)
def finetune(
    ctx: Context,
    model: Model,
    labels: Annotated[Labels, PortMark(rows="joined")],
    *,
    context: Annotated[Transcripts | None, PortMark(rows="joined")] = None,
    loss: Loss = Xent(),  # noqa: B008 (frozen)
    head: Head = Linear(),  # noqa: B008 (frozen)
    train: Train = Train(),  # noqa: B008 (frozen)
    stop: Stop = AtEnd(),  # noqa: B008 (frozen)
    snapshots: Annotated[tuple[Share, ...], Changes("measurement")] = (),
    seed: Seed = 0,
) -> Predictor:
    """Finetune a model on labelled items.

    Rows that the labels drop (``keep`` false, or weight 0) are not read, and are counted in the
    facts. A Predictor in place of a model is trained on from its weights.

    Labels of rows with folds (``folds(data, k: 5)``) train one member a fold, without the rows of
    that fold. The result answers rows of its folds, and other rows of their groups, by the member
    that did not see them, and any further row by the mean of all members.

    Args:
        ctx: the context.
        model: what to train; what moves is the model's ``tune``.
        labels: of a kind that head and loss take (soft, hard, pairwise or text), with weights.
        context: transcripts that the model reads beside each item, now and whenever it predicts.
        loss: what is made small, over whole batches.
        head: how a reading becomes a probability.
        train: settings, or a preset: ``{preset: tiny(), epochs: 3}``.
        stop: when the training ends. ``agreeing(labels)`` ends it by agreement with weak labels of
            other rows, and keeps the weights that agreed best.
        snapshots: shares of the steps at which the model is kept too, for ``checkpoint``; they change
            nothing of the training.
        seed: draws the order of the rows, dropout and adapters.

    Raises:
        PrerequisiteError: for labels without classes, no rows, a missing transcript, a diverged
            training, or a model that the head can't read.
    """
    from dataclasses import replace

    from w2sdl_runtime.learning.folded import fit_folds
    from w2sdl_runtime.learning.labelled import fitting
    from w2sdl_runtime.train import settings_of

    def fit(ctx: Context, held_out: str) -> Predictor:
        given = (ctx, model, labels, context, loss, train)
        task = fitting(*given, stop=stop, held_out=held_out)
        return head.fit(replace(task, snapshots=tuple(snapshots)))

    how = {"loss": to_json(loss), "head": to_json(head), "train": settings_of(train)}
    how |= {"stop": stop.settings(), **({"snapshots": list(snapshots)} if snapshots else {})}
    told = context.digest if context else "none"
    return fit_folds(ctx, labels, fit, {"model": model.digest, "context": told, **how})
