"""Models and predictors as folders that transformers opens by itself, as far as it has a form for them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from w2sdl_runtime.classifiers import OURS, copy_files
from w2sdl_runtime.learning.opening import open_network
from w2sdl_runtime.learning.trained import HEAD_FILE, head_of, head_weights, save_network
from w2sdl_runtime.models import Network, model_folder
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.predictors.types import type_of
from w2sdl_runtime.values import Model, Predictor

Written = tuple[str, tuple[str, ...]]  #: what it is, and what to know of it


def write_model(model: Model, folder: Path, ctx: Context) -> Written:
    """Copy a model's files, wherever they lie."""
    copy_files(model_folder(model, ctx), folder)
    return f"a {model.facts['architecture']}", ()


def write_predictor(predictor: Predictor, folder: Path, ctx: Context) -> Written:
    """Write a trained predictor.

    A linear head on the last token of a causal model becomes a sequence classifier with one output,
    and what answers in words, or prefers by likelihood, is a language model by itself. Any other head
    lies beside its body, which transformers has no form to hold together.

    Raises:
        PrerequisiteError: for predictors that aren't one network.
    """
    kind, refused = predictor.facts["type"], type_of(predictor).no_folder
    if refused:
        raise PrerequisiteError(*refused)
    notes = _notes(predictor)
    if kind == "classifier":
        copy_files(_folder(predictor), folder)
        return f"a {predictor.facts['architecture']}", notes
    network = merged(open_network(predictor, ctx).copy())
    if _is_classifier(predictor, network):
        return _write_classifier(predictor, network, folder), notes
    save_network(network, folder)
    if kind == "generator":
        return _says_how_it_writes(predictor, network), notes
    if head_of(predictor).moves_body_alone:
        return _says_how_it_prefers(predictor, network), (*notes, *_measured_from(predictor))
    shutil.copyfile(_folder(predictor) / HEAD_FILE, folder / HEAD_FILE)
    _write_settings(folder, predictor.facts["head"])
    apart = (
        f"its {predictor.facts['head']['variant']}() head has no counterpart in transformers: the "
        f"body is a {type(network.module).__name__}, and the head's weights lie in {HEAD_FILE}"
    )
    return "body and head, apart", (apart, *notes)


def _says_how_it_writes(predictor: Predictor, network: Network) -> str:
    most, end = predictor.facts["head"]["max_tokens"], network.tokenizer.eos_token
    until = f" or {end}" if end else ""
    return f"a {type(network.module).__name__}: its answer is what it writes, up to {most} tokens{until}"


def _says_how_it_prefers(predictor: Predictor, network: Network) -> str:
    head = predictor.facts["head"]
    return (
        f"a {type(network.module).__name__}: its {head['variant']}() head prefers the reply that it finds "
        f"likelier, and divides what lies between the two by {head['scale']:g} for the log-odds"
    )


def _measured_from(predictor: Predictor) -> tuple[str, ...]:
    if "start" not in predictor.facts:
        return ()
    return (
        "its answers are measured from the model that its training began from, which is not here",
    )


def _notes(predictor: Predictor) -> tuple[str, ...]:
    if not predictor.facts.get("context"):
        return ()
    where = (
        "in front of the prompt: a line for each turn, `debater: text`, then a line break"
        if head_of(predictor).transcript == "before"
        else "after the item: a line break, then a line for each turn, `debater: text`"
    )
    return (f"it was trained with a transcript, and is lost without one {where}",)


def _folder(predictor: Predictor) -> Path:
    if predictor.folder is None:
        raise ValueError("a predictor without files")
    return predictor.folder


def _is_classifier(predictor: Predictor, network: Network) -> bool:
    head = head_of(predictor)
    one_layer = network.causal and head.variant_name == "linear"
    return one_layer and head.wants(network.causal).pooling == "last"


def _write_classifier(predictor: Predictor, network: Network, folder: Path) -> str:
    """A sequence classifier whose one output, plus the bias in its configuration, is the log-odds."""
    import torch
    from transformers import AutoModelForSequenceClassification

    weights = head_weights(predictor)
    config, tokenizer = network.module.config, network.tokenizer
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    config.num_labels, config.id2label = 1, {0: "right"}
    config.label2id, config.pad_token_id = {"right": 0}, tokenizer.pad_token_id
    # A causal model's `score` has no bias in transformers; ours is kept where its users find it.
    setattr(config, OURS, {"bias": float(weights["bias"][0])})
    module = AutoModelForSequenceClassification.from_config(config, dtype=network.module.dtype)
    setattr(module, module.base_model_prefix, network.module.base_model)
    with torch.no_grad():
        module.score.weight.copy_(weights["weight"][None])
    save_network(Network(module, tokenizer, True, ""), folder)
    return f"a {type(module).__name__}: P(right) = sigmoid(logits[:, 0] + config.{OURS}['bias'])"


def _write_settings(folder: Path, head: dict[str, Any]) -> None:
    text = json.dumps({"head": head}, indent=1, sort_keys=True)
    (folder / "w2sdl.json").write_text(text + "\n", "utf-8")


def merged(network: Network) -> Network:
    """A network whose adapters, where it has any, are added to its weights for good."""
    module = network.module
    if not getattr(module, "peft_config", None):
        return network
    from peft.tuners.tuners_utils import BaseTunerLayer

    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, BaseTunerLayer):
                child.merge()
                setattr(parent, name, child.get_base_layer())
    del module.peft_config
    return network
