"""Which network each node of a graph loads, what it does with it, and what that takes."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from w2sdl.graph import Graph, Node
from w2sdl_runtime.learning.reading import READING_TOKENS
from w2sdl_runtime.model_folders import check_folder
from w2sdl_runtime.op import variant_class
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.sizing.architectures import Architecture
from w2sdl_runtime.sizing.footprint import Load
from w2sdl_runtime.sizing.roots import (
    NETWORKS,
    NO_NETWORK,
    NotEstimated,
    Root,
    find_roots,
    folder_name,
    pretrained,
)
from w2sdl_runtime.sizing.stated_rows import StatedRows
from w2sdl_runtime.variants.heads import Head, NeuralHead

_USUAL_LENGTH = 256


class Loads:
    """What the nodes of one graph do with networks. Reads configurations, and nothing else."""

    def __init__(self, graph: Graph, base: Path, modules: Sequence[str] = ()) -> None:
        """Take a graph, whose relative paths start at ``base``; ``modules`` are the user's own."""
        self._graph, self._base, self._modules = graph, base, tuple(modules)

    @cached_property
    def _rows(self) -> StatedRows:
        return StatedRows(self._graph, load_signatures(self._modules))

    @cached_property
    def _roots(self) -> Mapping[str, Root | NotEstimated]:
        return find_roots(self._graph, self._base)

    @cached_property
    def _lengths(self) -> Mapping[str, int]:
        """The largest ``max_length`` of the trainings behind each predictor."""
        found: dict[str, int] = {}
        for node in self._graph.order():
            train = _train(node)
            own = [train["max_length"]] if train is not None else []
            every = own or [found[id_] for id_ in node.parents() if id_ in found]
            if node.kind in NETWORKS and every:
                found[node.id] = max(every)
        return found

    def of(self, node: Node) -> Load | NotEstimated | None:
        """What a node does with a network; None for one that loads none."""
        if node.inline or node.op in ("model", "retune"):
            return None
        if node.op == "pretrain":
            return _pretraining(node)
        parents = [p for p in self._parents(node) if p.kind in NETWORKS]
        train = _train(node)
        if not parents or not (node.wants_gpu or train is not None):
            return None
        roots = [self._roots[parent.id] for parent in parents]
        if NO_NETWORK in roots:
            return None
        known = [root for root in roots if isinstance(root, Root)]
        if len(known) < len(roots):
            return next(root for root in roots if isinstance(root, NotEstimated))
        largest = max(known, key=lambda root: root.network.parameters * root.weight_bytes)
        if train is not None:
            return self._training(node, largest, train)
        return self._reading(node, largest, parents)

    def _parents(self, node: Node) -> Iterator[Node]:
        return (self._graph.nodes[id_] for id_ in dict.fromkeys(node.parents()))

    def check_folder_of(self, node: Node) -> None:
        """Look at the folder that a node names as a model, where it is on this machine.

        Raises:
            PrerequisiteError: for one that lacks what a model needs.
        """
        name = folder_name(node)
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

    # -- loads -------------------------------------------------------------------------------------

    def _training(self, node: Node, root: Root, train: Mapping[str, Any]) -> Load:
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

    def _reading(self, node: Node, root: Root, parents: list[Node]) -> Load:
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


def _pretraining(node: Node) -> Load:
    p = node.params
    return Load(
        network=pretrained(node),
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


def _head(params: Mapping[str, Any]) -> NeuralHead | None:
    """The head of a training, as far as it is one over a network."""
    value = params.get("head")
    if not isinstance(value, Mapping):
        return None
    try:
        kind = variant_class(Head, value["variant"])
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
