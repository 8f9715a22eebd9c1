"""The network under each model and predictor of a graph, seen in configurations and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from w2sdl.graph import Graph, Node
from w2sdl.kinds import Kind
from w2sdl_runtime.sizing.architectures import Architecture, UnknownArchitecture, architecture_of

NETWORKS = (Kind.MODEL, Kind.PREDICTOR)


@dataclass(frozen=True, slots=True)
class NotEstimated:
    """Why nobody can tell how large a node is."""

    why: str


#: Of a predictor that reads with no network itself, such as a probe on stored states.
NO_NETWORK = NotEstimated("it loads no network")


@dataclass(frozen=True, slots=True)
class Root:
    """The model under a chain of predictors, as it is tuned."""

    network: Architecture
    tuning: str  #: of a finetuning of it
    rank: int = 0
    attention_only: bool = False
    weight_bytes: int = 4


def find_roots(graph: Graph, base: Path) -> Mapping[str, Root | NotEstimated]:
    """The root of each model and predictor, by node id, in one pass: graphs are deep.

    Relative paths of folders start at ``base``.
    """
    roots = _Roots(base)
    for node in graph.order():
        if node.kind in NETWORKS:
            roots.found[node.id] = roots.of(node)
    return roots.found


class _Roots:
    def __init__(self, base: Path) -> None:
        self.found: dict[str, Root | NotEstimated] = {}
        self._base = base
        self._configs: dict[str, Mapping[str, Any] | NotEstimated] = {}

    def of(self, node: Node) -> Root | NotEstimated:
        """Of a node whose parents are known."""
        try:
            if node.op == "pretrain":
                return Root(pretrained(node), "full")
            if node.op in ("model", "predictor_folder"):
                return self._named(node)
        except UnknownArchitecture as unknown:
            return NotEstimated(f"not estimated: {unknown}")
        roots = [self.found[id_] for id_ in dict.fromkeys(node.parents()) if id_ in self.found]
        found = [root for root in roots if isinstance(root, Root)]
        if not found or len(found) < len(roots):
            return next((root for root in roots if isinstance(root, NotEstimated)), NO_NETWORK)
        largest = max(found, key=lambda root: root.network.parameters)
        if node.op == "retune":
            tuning, rank, attention_only = tuned(node.params)
            return replace(largest, tuning=tuning, rank=rank, attention_only=attention_only)
        return largest

    def _named(self, node: Node) -> Root | NotEstimated:
        """A folder, or what this machine holds of a hub repository."""
        name = folder_name(node)
        config = self._config(name, node.params.get("revision"))
        if isinstance(config, NotEstimated):
            return config
        architectures = config.get("architectures") or [""]
        causal = str(architectures[0]).endswith(("ForCausalLM", "LMHeadModel"))
        size = 2 if node.params.get("precision") == "bfloat16" else 4
        return Root(architecture_of(config, causal), *tuned(node.params), size)

    def _config(self, name: str, revision: str | None) -> Mapping[str, Any] | NotEstimated:
        if name not in self._configs:
            self._configs[name] = _read_config(self._base / name, name, revision)
        return self._configs[name]


def folder_name(node: Node) -> str:
    """What a node names as a model: a folder, or a hub repository."""
    if node.op not in ("model", "predictor_folder"):
        return ""
    return str(next(node.params[name] for name in node.sources))


def pretrained(node: Node) -> Architecture:
    """What `pretrain` will build; its vocabulary may come out smaller than it is allowed to be."""
    p = node.params
    sizes: dict[str, Any] = {"vocab_size": p["vocabulary"], "tie_word_embeddings": True}
    if p["architecture"] == "gpt2":
        sizes |= {"n_embd": p["width"], "n_layer": p["layers"], "n_head": p["heads"]}
        sizes |= {"n_inner": 2 * p["width"], "n_positions": 4 * p["context"]}
    else:
        sizes |= {"hidden_size": p["width"], "num_hidden_layers": p["layers"]}
        sizes |= {"num_attention_heads": p["heads"], "intermediate_size": 2 * p["width"]}
        sizes |= {"max_position_embeddings": 4 * p["context"]}
    return architecture_of({"model_type": p["architecture"], **sizes}, True)


def tuned(params: Mapping[str, Any]) -> tuple[str, int, bool]:
    """How a model is tuned: the variant, the rank of adapters, and whether attention alone has any."""
    tune = params.get("tune") or {"variant": "full"}
    return str(tune["variant"]), int(tune.get("rank", 0)), tune.get("on") == "attention"


def _read_config(folder: Path, name: str, revision: str | None) -> Mapping[str, Any] | NotEstimated:
    path = folder / "config.json" if folder.is_dir() else _cached(name, revision)
    if path is None:
        return NotEstimated(f"not estimated: the configuration of {name} is not on this machine")
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return NotEstimated(f"not estimated: {path} can't be read")
    return (
        found if isinstance(found, dict) else NotEstimated(f"not estimated: {path} holds no record")
    )


def _cached(name: str, revision: str | None) -> Path | None:
    """The configuration of a hub repository, where an earlier run has fetched it."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(name, "config.json", revision=revision)
    except HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None
