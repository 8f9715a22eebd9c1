"""Opens Models: from the store, a folder or the hub, as a transformers network with its tokenizer.

Facts of a Model: ``source`` ("trained" | "folder" | "hub"), ``name`` (folder or hub id as written,
"" for trained), ``revision``, ``files`` (name -> SHA-256, for folder and hub), ``reader`` ("causal"
| "encoder"), ``architecture``, ``tune`` (variant in JSON form), ``dtype``; trained ones have more.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2sdl_runtime.bounded import Bounded
from w2sdl_runtime.hash_cache import HashCache
from w2sdl_runtime.model_folders import check_folder
from w2sdl_runtime.op import Context, PrerequisiteError
from w2sdl_runtime.values import Model

if TYPE_CHECKING:
    import torch

#: Bytes of weights that a worker keeps; one network may not take more than all of it.
_KEPT: Bounded[Network] = Bounded(int(os.environ.get("W2SDL_KEPT_MODELS_MIB", "512")) * 2**20)

#: Architectures whose first position has the number after that of the padding token.
COUNTED_FROM_PADDING = ("roberta", "xlm-roberta", "camembert", "longformer")

CONVERT = 'convert it once: load it with transformers and write it with save_pretrained("FOLDER")'


@dataclass
class Network:
    """A network that reads: a transformers module, its tokenizer, and how it is read."""

    module: Any  #: a transformers PreTrainedModel, in evaluation mode
    tokenizer: Any  #: a fast transformers tokenizer
    causal: bool  #: has an output over the vocabulary and reads left to right
    words: str  #: digest of the tokenizer's file, "" where there is no such file

    @property
    def width(self) -> int:
        """Size of a hidden state."""
        return int(self.module.config.hidden_size)

    def longest(self, wanted: int) -> int:
        """``wanted`` tokens, or as many as the network has positions for."""
        config = self.module.config
        positions = getattr(config, "max_position_embeddings", None) or wanted
        if config.model_type in COUNTED_FROM_PADDING:
            positions -= config.pad_token_id + 1
        return min(wanted, int(positions), int(self.tokenizer.model_max_length))

    def copy(self) -> Network:
        """A network of its own, to be trained."""
        return Network(copy.deepcopy(self.module), self.tokenizer, self.causal, self.words)

    def weights(self) -> list[torch.nn.Parameter]:
        """All parameters, tied ones once."""
        return list(self.module.parameters())


def kept_network(model: Model, device: str, load: Callable[[], Network]) -> Network:
    """A network that this process keeps for a stored model, loaded where it is not. Never change it."""
    return _KEPT.get((model.digest, device), load, _bytes) if model.digest else load()


def is_kept(model: Model, device: str) -> bool:
    """Whether the network of a model belongs to all that this process computes."""
    return (model.digest, device) in _KEPT


def _bytes(network: Network) -> int:
    return sum(weight.numel() * weight.element_size() for weight in network.weights())


def kept_bytes(device: str) -> int:
    """Bytes of weights that this process keeps on a device, for the next node."""
    return sum(
        cost for key, cost in _KEPT.kept().items() if isinstance(key, tuple) and key[1] == device
    )


def drop_networks() -> None:
    """Keep no network any longer."""
    _KEPT.clear()


def model_folder(model: Model, ctx: Context) -> Path:
    """Where a Model's files lie, checked against the digests in its facts."""
    if model.facts["source"] == "trained":
        if model.folder is None:
            raise ValueError("a trained model without files")
        return model.folder
    folder = (
        ctx.base / model.facts["name"]
        if model.facts["source"] == "folder"
        else hub_folder(model.facts["name"], model.facts["revision"])
    )
    check_files(folder, model.facts["files"], model.facts["name"])
    return folder


def check_files(folder: Path, files: Mapping[str, str], name: str) -> None:
    """Compare files with the SHA-256 that they had when the model was declared.

    Raises:
        PrerequisiteError: naming the first file that is missing or differs.
    """
    for file, digest in files.items():
        path = folder / file
        if not path.is_file():
            raise PrerequisiteError(
                f'model "{name}": {file} is missing', "restore the file, or compile the spec again"
            )
        if _DIGESTS.file(path) != digest:
            raise PrerequisiteError(
                f'model "{name}": {file} has changed since the spec was compiled',
                "run the spec again to use the new file, or restore the old one",
            )


#: Of the files of models, for as long as this process lives.
_DIGESTS = HashCache()

#: Forms of weights that are Python objects: reading them runs what they say.
_PICKLED = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")

#: What a transformers folder may hold that matters; nothing else is fetched or read.
WANTED = ("*.json", "*.safetensors", "vocab.txt", "merges.txt", "*.model", "*.jinja")


def hub_folder(name: str, revision: str | None) -> Path:
    """The local snapshot of a hub repository, fetched where it is not there yet.

    Raises:
        PrerequisiteError: when the hub can't be reached or has no such repository or revision.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=list(WANTED)))
    except (HfHubHTTPError, LocalEntryNotFoundError, ValueError, OSError) as error:
        at = f" at revision {revision}" if revision else ""
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise PrerequisiteError(
            f'model "{name}"{at} is no folder beside the spec and can\'t be fetched: {reason}',
            "name a transformers folder beside the spec, or run where the hub can be reached",
        ) from None


def describe_folder(folder: Path, name: str) -> dict[str, Any]:
    """What kind of model a folder holds: ``reader``, ``architecture`` and ``files``.

    Raises:
        PrerequisiteError: when there is no configuration, tokenizer or safetensors, or it is a kind
            that can't read items.
    """
    config = check_folder(folder, name)
    if not list(folder.glob("*.safetensors")):
        pickled = sorted(path.name for path in folder.iterdir() if path.suffix in _PICKLED)
        has = (
            f"only {pickled[0]}, and pickled weights are never loaded" if pickled else "no weights"
        )
        advice = CONVERT if pickled else "put model.safetensors beside config.json"
        raise PrerequisiteError(f'model "{name}" has {has}', advice)
    for path in sorted(folder.glob("*.safetensors")):
        _require_whole(path, name)
    files = sorted({p for pattern in WANTED for p in folder.glob(pattern)})
    digests = {path.name: _DIGESTS.file(path) for path in files}
    return {**_architecture(config, name), "files": digests}


def _require_whole(path: Path, name: str) -> None:
    """Read the header, which says how long the file must be."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy"):
            pass
    except SafetensorError as error:
        raise _damaged(path.name, name, error) from error


def _damaged(file: str, name: str, error: Exception) -> PrerequisiteError:
    return PrerequisiteError(
        f'model "{name}": {file} is damaged ({error})',
        "copy or download it again; it may have been cut short",
    )


def _architecture(config: Mapping[str, Any], name: str) -> dict[str, str]:
    if config.get("is_encoder_decoder"):
        raise PrerequisiteError(
            f'model "{name}" is an encoder-decoder', "use a causal language model or an encoder"
        )
    architectures = config.get("architectures") or []
    architecture = str(architectures[0]) if architectures else ""
    causal = architecture.endswith(("ForCausalLM", "LMHeadModel"))
    return {"reader": "causal" if causal else "encoder", "architecture": architecture}


def _auto_class(facts: Mapping[str, Any]) -> Any:
    """The class of transformers that opens what the facts describe."""
    from transformers import AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification

    if facts.get("type") == "classifier":
        return AutoModelForSequenceClassification
    return AutoModelForCausalLM if facts["reader"] == "causal" else AutoModel


def load_folder(folder: Path, facts: Mapping[str, Any], device: str) -> Network:
    """Open a transformers folder: safetensors only, no code from the folder.

    Raises:
        PrerequisiteError: when transformers does not know the architecture.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoTokenizer
    from transformers.utils import logging as hf_logging

    causal, kind = facts["reader"] == "causal", _auto_class(facts)
    dtype = torch.bfloat16 if facts["dtype"] == "bfloat16" else torch.float32
    safe = {"local_files_only": True, "trust_remote_code": False}
    hf_logging.disable_progress_bar()  # progress is the context's, not a bar on stderr
    try:
        module = kind.from_pretrained(folder, dtype=dtype, use_safetensors=True, **safe)
        tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True, **safe)
    except SafetensorError as error:
        raise _damaged(folder.name, facts["name"], error) from error
    except (ValueError, KeyError, ImportError, OSError) as error:
        if "trust_remote_code" in str(error):
            raise PrerequisiteError(
                f'model "{facts["name"] or folder.name}" wants code of its own to be run',
                "w2sdl never runs code that comes with a model: use an architecture, and a tokenizer, "
                "that this version of transformers has built in",
            ) from error
        reason = str(error).splitlines()[0]
        raise PrerequisiteError(
            f'model "{facts["name"] or folder.name}" can\'t be opened: {reason}',
            "use an architecture that this version of transformers has built in",
        ) from error
    if not tokenizer.is_fast:
        raise PrerequisiteError(
            f'the tokenizer of model "{facts["name"]}" has no fast form', "save a tokenizer.json"
        )
    module.config.use_cache = False
    words = folder / "tokenizer.json"
    digest = _DIGESTS.file(words) if words.is_file() else ""
    return Network(module.to(device).eval(), tokenizer, causal, digest)
