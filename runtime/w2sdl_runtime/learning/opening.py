"""Networks of models and predictors, opened once in a process, and of one's own to be trained."""

from __future__ import annotations

from pathlib import Path

from w2sdl_runtime.learning.made_of import open_base
from w2sdl_runtime.learning.trained import ADAPTER_FILE, adapted, files_of, tune_of
from w2sdl_runtime.models import Network, is_kept, kept_network, load_folder, model_folder
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.values import Model, Predictor
from w2sdl_runtime.variants.tunes import Full, Lora


def open_network(model: Model, ctx: Context) -> Network:
    """The network of a Model or a Predictor, on the context's device. Shared: never change it.

    Raises:
        PrerequisiteError: for predictors that have no network of their own, or when files are gone or
            are not the ones that the spec was compiled with.
    """

    def load() -> Network:
        if isinstance(model, Predictor):
            return _of_predictor(model, ctx)
        return load_folder(model_folder(model, ctx), model.facts, ctx.device)

    return kept_network(model, ctx.device, load)


def own_network(model: Model, ctx: Context) -> Network:
    """A network that the caller may train."""
    network = open_network(model, ctx)
    # One too large to be kept is nobody else's, and is not held in memory twice.
    return network.copy() if is_kept(model, ctx.device) else network


def _of_predictor(predictor: Predictor, ctx: Context) -> Network:
    """What was trained, or else the model that is asked as it is."""
    kind = predictor.facts["type"]
    if kind in ("neural", "generator"):
        return _trained(predictor, ctx)
    if kind == "zero_shot":
        return open_network(open_base(predictor, ctx), ctx)
    raise PrerequisiteError(
        f"a predictor of type {kind} has no network of its own to continue from or to debate with",
        "use one of the models that it was made of",
    )


def _trained(predictor: Predictor, ctx: Context) -> Network:
    tune = tune_of(predictor)
    if isinstance(tune, Full):
        return load_folder(files_of(predictor), predictor.facts, ctx.device)
    base = open_base(predictor, ctx)
    if not isinstance(tune, Lora):
        return open_network(base, ctx)
    network = own_network(base, ctx)
    _load_adapter(network, tune, files_of(predictor))
    return network


def _load_adapter(network: Network, tune: Lora, folder: Path) -> None:
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    adapted(network, tune)
    set_peft_model_state_dict(network.module, load_file(folder / ADAPTER_FILE))
    network.module.eval()
