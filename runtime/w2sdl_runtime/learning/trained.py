"""Trained networks as files: whole, as adapters, or a head alone; and how each is opened."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.json_forms import to_json
from w2sdl_runtime.learning.together import made_whole
from w2sdl_runtime.models import Network
from w2sdl_runtime.op import PrerequisiteError, variant_from
from w2sdl_runtime.train import recorded
from w2sdl_runtime.values import Model, Predictor
from w2sdl_runtime.variants.tunes import Full, LinearProbe, Lora, Tune

if TYPE_CHECKING:
    from torch import Tensor

    from w2sdl_runtime.variants.heads import Fitting, NeuralHead

HEAD_FILE = "head.safetensors"
ADAPTER_FILE = "adapter_model.safetensors"
ADAPTER_CONFIG = "adapter_config.json"


def tune_of(model: Model) -> Tune:
    """How a model is tuned, as it was declared; a Predictor keeps the tune of its model.

    Raises:
        PrerequisiteError: for predictors that have no network of their own.
    """
    if "tune" not in model.facts:
        raise PrerequisiteError(
            f"a predictor of type {model.facts['type']} has no network to continue from",
            "name one of the models that it was made of",
        )
    return variant_from(Tune, model.facts["tune"])


def head_of(predictor: Predictor) -> NeuralHead:
    """The head of a neural predictor."""
    from w2sdl_runtime.variants.heads import NeuralHead

    return variant_from(NeuralHead, predictor.facts["head"])


def head_weights(predictor: Predictor) -> dict[str, Tensor]:
    """The head's weights, on the CPU."""
    from safetensors.torch import load_file

    weights: dict[str, Tensor] = load_file(files_of(predictor) / HEAD_FILE)
    return weights


def continued_head(head: NeuralHead, model: Model) -> dict[str, Tensor] | None:
    """The head's weights where a neural predictor with the same head is trained on, else None."""
    same = isinstance(model, Predictor) and model.facts.get("head") == to_json(head)
    return head_weights(model) if same and isinstance(model, Predictor) else None


def adapted(network: Network, tune: Lora) -> None:
    """Put adapters into a network that has none, drawn from torch's stream; freeze the rest.

    Raises:
        PrerequisiteError: for an architecture whose attention peft has no names for.
    """
    from peft import inject_adapter_in_model

    if getattr(network.module, "peft_config", None):
        network.module.requires_grad_(False)
        for name, weight in network.module.named_parameters():
            weight.requires_grad_("lora_" in name)
        return
    network.module.requires_grad_(False)
    try:
        inject_adapter_in_model(_lora_config(tune), network.module)
    except ValueError as error:
        raise PrerequisiteError(
            f"peft can't say where {type(network.module).__name__} has its attention: {error}",
            'use lora(on: "all"), which takes every linear layer',
        ) from error


def _lora_config(tune: Lora) -> Any:
    from peft import LoraConfig

    return LoraConfig(
        r=tune.rank,
        lora_alpha=tune.alpha,
        lora_dropout=tune.dropout,
        target_modules="all-linear" if tune.on == "all" else None,
    )


def set_dropout(module: Any, share: float, has_adapters: bool) -> None:
    """Set the dropout of the body; that of adapters is their own."""
    import torch

    for name, part in module.named_modules():
        if isinstance(part, torch.nn.Dropout) and not (has_adapters and "lora_" in name):
            part.p = share
        for attribute in ("attention_dropout", "dropout_prob"):
            if isinstance(getattr(part, attribute, None), float):
                setattr(part, attribute, share)


def checkpoint_gradients(module: Any) -> None:
    """Keep what goes into each block, and compute the rest again on the way back: the same bits.

    Raises:
        PrerequisiteError: for an architecture that transformers can't do it for.
    """
    if not module.supports_gradient_checkpointing:
        raise PrerequisiteError(
            f"{type(module).__name__} has no gradient checkpointing in this version of transformers",
            "leave out gradient_checkpointing, and read fewer rows at once: micro_batch",
        )
    how = {"use_reentrant": False}
    if hasattr(module, "activation_checkpointing_enable"):  # its name in later transformers 5
        module.activation_checkpointing_enable(activation_checkpointing_kwargs=how)
    else:
        module.gradient_checkpointing_enable(gradient_checkpointing_kwargs=how)


def save_trained(
    head: NeuralHead,
    network: Network,
    weights: dict[str, Tensor],
    task: Fitting,
    counts: dict[str, int],
) -> Predictor:
    """Write what training changed, and say in the facts how to open it."""
    from safetensors.torch import save_file

    folder = task.ctx.scratch()
    tune = tune_of(task.model)
    save_file({name: weight.detach().cpu() for name, weight in weights.items()}, folder / HEAD_FILE)
    if isinstance(tune, Full) and task.ctx.shards > 1:
        _save_parts(network, folder)
    elif isinstance(tune, Full):
        save_network(network, folder)
    elif isinstance(tune, Lora):
        _save_adapter(network, folder)
    facts = {
        "type": "generator" if head.answers == "text" else "neural",
        "base": task.model.digest if isinstance(tune, Full) else _root(task.model),
        "context": task.context.digest if task.context else "",
        "head": to_json(head),
        "tune": to_json(tune),
        "reader": "causal" if network.causal else "encoder",
        "architecture": type(network.module).__name__,
        "name": "",
        "dtype": str(network.module.dtype).removeprefix("torch."),
        "max_length": task.train.max_length,
        "precision": task.train.precision,
        "train": recorded(task.train),
        "loss": to_json(task.loss),
        "rows": {"used": len(task.items), "dropped": task.dropped, **counts},
    }
    if head.answers_by_start:
        facts["start"] = task.model.digest
    return Predictor(facts, folder)


def body_of(model: Model) -> str:
    """The digest of the object whose body a model reads with; frozen ones share their model's."""
    if isinstance(model, Predictor) and isinstance(tune_of(model), LinearProbe):
        return _root(model)
    return model.digest


def _root(model: Model) -> str:
    """The Model under a chain of predictors that store only what they changed."""
    return str(model.facts["base"]) if isinstance(model, Predictor) else model.digest


def save_network(network: Network, folder: Path) -> None:
    """Write an ordinary transformers folder: safetensors, configuration, tokenizer."""
    from transformers.utils import logging as hf_logging

    hf_logging.disable_progress_bar()
    network.module.save_pretrained(folder)
    network.tokenizer.save_pretrained(folder)


def _save_parts(network: Network, folder: Path) -> None:
    """The same of a network in parts; all processes must ask for it."""
    state = network.module.state_dict()
    whole = {name: made_whole(state[name]).cpu() for name in sorted(state)}
    network.module.save_pretrained(folder, state_dict=whole)
    network.tokenizer.save_pretrained(folder)


def _save_adapter(network: Network, folder: Path) -> None:
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    state = get_peft_model_state_dict(network.module)
    state = {name: state[name].detach().cpu().contiguous() for name in sorted(state)}
    save_file(state, folder / ADAPTER_FILE)
    config = network.module.peft_config["default"].to_dict()
    config = {key: sorted(v) if isinstance(v, set) else v for key, v in config.items()}
    text = json.dumps(config | {"base_model_name_or_path": None}, indent=1, sort_keys=True)
    (folder / ADAPTER_CONFIG).write_text(text + "\n", "utf-8")


def files_of(predictor: Predictor) -> Path:
    """Where a neural predictor's files lie."""
    if predictor.folder is None:
        raise ValueError("a neural predictor without files")
    return predictor.folder
