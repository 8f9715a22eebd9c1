"""Bootstrapping through models of growing size: each relabels for the next."""

from __future__ import annotations

from typing import Annotated, Literal

from w2sdl.signature import Chain
from w2sdl_runtime.op import Changes, Context, Seed, op
from w2sdl_runtime.ops.finetune import Share
from w2sdl_runtime.train import Train
from w2sdl_runtime.values import Items, Labels, Model, Predictor, Transcripts
from w2sdl_runtime.variants.heads import Head
from w2sdl_runtime.variants.heads.linear import Linear
from w2sdl_runtime.variants.losses import Loss
from w2sdl_runtime.variants.losses.xent import Xent
from w2sdl_runtime.variants.stops import AtEnd, Stop

_FINETUNE_THEN_LABEL = Chain(
    step="finetune",
    along="models",
    takes="model",
    carried="labels",
    between="label",
    gives="predictor",
    about="items",
    pools="pools",
)


@op("bootstrap", version=1, wants_gpu=True, chain=_FINETUNE_THEN_LABEL)
def bootstrap(
    ctx: Context,
    models: list[Model],
    labels: Labels,
    *,
    pools: list[Items] | None = None,
    context: Transcripts | None = None,
    loss: Loss = Xent(),  # noqa: B008 (frozen)
    head: Head = Linear(),  # noqa: B008 (frozen)
    train: Train = Train(),  # noqa: B008 (frozen)
    stop: Stop = AtEnd(),  # noqa: B008 (frozen)
    snapshots: Annotated[tuple[Share, ...], Changes("measurement")] = (),
    seed: Seed = 0,
    kind: Literal["soft", "hard"] = "soft",
) -> Predictor:
    """Finetune models one after another, each on labels of the one before; the last is the result.

    Burns et al. 2023, section 4.3.1: supervise in small steps, through intermediate sizes. The first
    model is trained on ``labels``. It then labels, and the next is trained on these labels, and so on.
    What is labelled: the items of ``labels`` again, or in each round a pool of its own. The paper's
    text does not say which; fresh pools, ``pools: [...]``, are our design.

    The call is written out before there is a graph: ``S' = bootstrap([S1, S2, S], y)`` is
    ``finetune(S, label(finetune(S2, label(finetune(S1, y), ...)), ...))``. Its nodes are those of the
    chain written by hand, each with a place in plan, cache and diff. Those between are called
    ``S'.step1``, ``S'.labels1``, ``S'.step2`` ..., and a spec may use them by these names.

    Args:
        ctx: the context.
        models: the models to train, the first to be trained first.
        labels: what the first is trained on.
        pools: what is labelled after each step but the last, one for each of ``models`` after the first.
        context: transcripts that every model reads beside each item.
        loss: of every training, like the settings below.
        head: how a reading becomes a probability.
        train: settings, or a preset.
        stop: when a training ends; by the same labels, every training.
        snapshots: shares of the steps at which every model is kept too, for ``checkpoint``.
        seed: draws the order of the rows, dropout and adapters, of every training.
        kind: of the labels between the steps: "soft" or "hard".
    """
    raise RuntimeError("a chain is written out before there is a graph: it never runs")
