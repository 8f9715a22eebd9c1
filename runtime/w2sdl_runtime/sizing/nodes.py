"""Which network each node of a graph loads, what it does with it, and what that takes."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from w2sdl.graph import Graph, Node
from w2sdl.kinds import Kind
from w2sdl_runtime.learning.reading import READING_TOKENS
from w2sdl_runtime.model_folders import check_folder
from w2sdl_runtime.op import variant_class
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.sizing.architectures import Architecture, UnknownArchitecture, architecture_of
from w2sdl_runtime.sizing.footprint import Load
from w2sdl_runtime.sizing.stated_rows import StatedRows
from w2sdl_runtime.variants.heads import Head, NeuralHead

_NETWORKS = (Kind.MODEL, Kind.PREDICTOR)
_USUAL_LENGTH = 256


@dataclass(frozen=True, slots=True)
class NotEstimated:
    """Why nobody can tell how large a node is."""

    why: str


#: Of a predictor that reads with no network itself, such as a probe on stored states.
_NO_NETWORK = NotEstimated("it loads no network")


@dataclass(frozen=True, slots=True)
class _Root:
    """The model under a chain of predictors, as it is tuned."""

    network: Architecture
    tuning: str  #: of a finetuning of it
    rank: int = 0
    attention_only: bool = False
    weight_bytes: int = 4


class Loads:
    """What the nodes of one graph do with networks. Reads configurations, and nothing else."""

    def __init__(self, graph: Graph, base: Path, modules: Sequence[str] = ()) -> None:
        """Take a graph, whose relative paths start at ``base``; ``modules`` are the user's own."""
        self._graph, self._base, self._modules = graph, base, tuple(modules)
        self._configs: dict[str, Mapping[str, Any] | NotEstimated] = {}

    @cached_property
    def _rows(self) -> StatedRows:
        return StatedRows(self._graph, load_signatures(self._modules))

    @cached_property
    def _roots(self) -> Mapping[str, _Root | NotEstimated]:
        """Of all models and predictors, in one pass: graphs are deep."""
        found: dict[str, _Root | NotEstimated] = {}
        for node in self._graph.order():
            if node.kind in _NETWORKS:
                found[node.id] = self._root_of(node, found)
        return found

    @cached_property
    def _lengths(self) -> Mapping[str, int]:
        """The largest ``max_length`` of the trainings behind each predictor."""
        found: dict[str, int] = {}
        for node in self._graph.order():
            train = _train(node)
            own = [train["max_length"]] if train is not None else []
            every = own or [found[id_] for id_ in node.parents() if id_ in found]
            if node.kind in _NETWORKS and every:
                found[node.id] = max(every)
        return found

    def of(self, node: Node) -> Load | NotEstimated | None:
        """What a node does with a network; None for one that loads none."""
        if node.inline or node.op in ("model", "retune"):
            return None
        if node.op == "pretrain":
            return _pretraining(node)
        parents = [p for p in self._parents(node) if p.kind in _NETWORKS]
        train = _train(node)
        if not parents or not (node.wants_gpu or train is not None):
            return None
        roots = [self._roots[parent.id] for parent in parents]
        if _NO_NETWORK in roots:
            return None
        known = [root for root in roots if isinstance(root, _Root)]
        if len(known) < len(roots):
            return next(root for root in roots if isinstance(root, NotEstimated))
        largest = max(known, key=lambda root: root.network.parameters * root.weight_bytes)
        if train is not None:
            return self._training(node, largest, train)
        return self._reading(node, largest, parents)

    def check_folder_of(self, node: Node) -> None:
        """Look at the folder that a node names as a model, where it is on this machine.

        Raises:
            PrerequisiteError: for one that lacks what a model needs.
        """
        name = _folder_name(node)
        if name and (self._base / name).is_dir():
            check_folder(self._base / name, name)

    def cut_short(self, node: Node) -> str:
        """A sentence where a training asks for longer rows than its network has positions for."""
        train = _train(node)
        load = self.of(node) if train is not None else None
        if train is None or not isinstance(load, Load) or load.length >= train["max_length"]:
            return ""
        return (
            f"`{node.name}` asks for rows of {train['max_length']:,} tokens, and its model has positions "
            f"for {load.length:,}: longer rows are cut to that"
        )

    # -- networks ----------------------------------------------------------------------------------

    def _parents(self, node: Node) -> Iterator[Node]:
        return (self._graph.nodes[id_] for id_ in dict.fromkeys(node.parents()))

    def _root_of(
        self, node: Node, above: Mapping[str, _Root | NotEstimated]
    ) -> _Root | NotEstimated:
        try:
            if node.op == "pretrain":
                return _Root(_pretrained(node), "full")
            if node.op in ("model", "predictor_folder"):
                return self._named(node)
        except UnknownArchitecture as unknown:
            return NotEstimated(f"not estimated: {unknown}")
        roots = [above[p.id] for p in self._parents(node) if p.kind in _NETWORKS]
        found = [root for root in roots if isinstance(root, _Root)]
        if not found or len(found) < len(roots):
            return next((root for root in roots if isinstance(root, NotEstimated)), _NO_NETWORK)
        largest = max(found, key=lambda root: root.network.parameters)
        if node.op == "retune":
            tuning, rank, attention_only = _tuned(node.params)
            return replace(largest, tuning=tuning, rank=rank, attention_only=attention_only)
        return largest

    def _named(self, node: Node) -> _Root | NotEstimated:
        """A folder, or what this machine holds of a hub repository."""
        name = _folder_name(node)
        config = self._config(name, node.params.get("revision"))
        if isinstance(config, NotEstimated):
            return config
        architectures = config.get("architectures") or [""]
        causal = str(architectures[0]).endswith(("ForCausalLM", "LMHeadModel"))
        size = 2 if node.params.get("precision") == "bfloat16" else 4
        return _Root(architecture_of(config, causal), *_tuned(node.params), size)

    def _config(self, name: str, revision: str | None) -> Mapping[str, Any] | NotEstimated:
        if name not in self._configs:
            self._configs[name] = _read_config(self._base / name, name, revision)
        return self._configs[name]

    # -- loads -------------------------------------------------------------------------------------

    def _training(self, node: Node, root: _Root, train: Mapping[str, Any]) -> Load:
        of = root.network
        head = _head(node.params)
        sides = len(head.sides) if head is not None else 1
        words: Any = "all" if head is None else _words(head, of)
        rows = train["batch"] * sides
        micro = train.get("micro_batch")
        length = min(train["max_length"], of.positions or train["max_length"])
        tuning: Any = root.tuning if "head" in node.params else "full"
        items = self._rows.behind(node)
        steps = None if items is None else train["epochs"] * math.ceil(items / train["batch"])
        load = Load(
            network=of,
            tuning=tuning,
            rows=rows,
            micro=rows if micro is None else min(rows, micro * sides),
            length=length,
            weight_bytes=root.weight_bytes,
            mixed=train.get("precision", "float32") != "float32",
            checkpointing=bool(train.get("gradient_checkpointing")),
            rank=root.rank,
            attention_only=root.attention_only,
            words=words,
            sides=sides,
            steps=steps,
        )
        if tuning == "linear_probe":  # the body is read once, before the first epoch
            once = max(1, READING_TOKENS // length)
            batches = None if items is None else math.ceil(items * sides / once)
            return replace(load, rows=once, micro=once, steps=batches)
        copies = _copies(of.parameters * root.weight_bytes)
        return replace(load, copies=copies, shards=node.needs.shards)

    def _reading(self, node: Node, root: _Root, parents: list[Node]) -> Load:
        length = node.params.get("max_length") or self._length(parents)
        length = min(length, root.network.positions or length)
        rows = max(1, READING_TOKENS // length)
        items = self._rows.behind(node)
        heads = [_head(p.params) for p in parents]
        words: Any = (
            "candidate" if any(h and _words(h, root.network) != "no" for h in heads) else "no"
        )
        return Load(
            network=root.network,
            tuning="read",
            rows=rows,
            micro=rows,
            length=length,
            weight_bytes=root.weight_bytes,
            words=words,
            steps=None if items is None else math.ceil(items / rows),
        )

    def _length(self, parents: list[Node]) -> int:
        found = [self._lengths[p.id] for p in parents if p.id in self._lengths]
        return max(found, default=_USUAL_LENGTH)


def _folder_name(node: Node) -> str:
    """What a node names as a model: a folder, or a hub repository."""
    if node.op not in ("model", "predictor_folder"):
        return ""
    return str(next(node.params[name] for name in node.sources))


def _pretrained(node: Node) -> Architecture:
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


def _pretraining(node: Node) -> Load:
    p = node.params
    return Load(
        network=_pretrained(node),
        tuning="full",
        rows=p["batch"],
        micro=p["batch"],
        length=p["context"],
        words="candidate",  # logits are made and given up piece by piece
        steps=p["steps"],
    )


def _train(node: Node) -> Mapping[str, Any] | None:
    """The settings of a training, where a node has such."""
    train = node.params.get("train")
    has_all = isinstance(train, Mapping) and {"epochs", "batch", "max_length"} <= train.keys()
    return train if has_all else None


def _tuned(params: Mapping[str, Any]) -> tuple[str, int, bool]:
    """How a model is tuned: the variant, the rank of adapters, and whether attention alone has any."""
    tune = params.get("tune") or {"variant": "full"}
    return str(tune["variant"]), int(tune.get("rank", 0)), tune.get("on") == "attention"


def _head(params: Mapping[str, Any]) -> NeuralHead | None:
    """The head of a training, as far as it is one over a network."""
    value = params.get("head")
    if not isinstance(value, Mapping):
        return None
    try:
        kind = variant_class(Head, value["variant"])  # type: ignore[type-abstract]
    except KeyError:  # another family's, of an operation of somebody's own
        return None
    fields = {name: item for name, item in value.items() if name in kind.model_fields}
    head = kind.model_construct(**fields)
    return head if isinstance(head, NeuralHead) else None


def _words(head: NeuralHead, of: Architecture) -> Any:
    return "candidate" if head.wants(of.causal).scores else "no"


def _copies(weights: int) -> int:
    """A network that is small enough to be kept for the next node is copied to be trained."""
    kept = int(os.environ.get("W2SDL_KEPT_MODELS_MIB", "512")) * 2**20
    return 2 if weights <= kept else 1


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
