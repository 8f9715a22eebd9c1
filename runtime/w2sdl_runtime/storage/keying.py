"""Closes the store key of a node once its inputs' digests are known; for runs and plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from w2sdl import keys
from w2sdl.graph import Node
from w2sdl_runtime.artifacts import FORMAT_VERSION
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.provenance import environment_of
from w2sdl_runtime.source_params import with_revisions, without_sources
from w2sdl_runtime.sources import Sources


@dataclass(frozen=True, slots=True)
class ClosedKey:
    """The key of a node's result, what was hashed into it, and what the operation is to receive."""

    key: str
    preimage: Mapping[str, Any]
    params: Mapping[str, Any]
    inputs: Mapping[str, tuple[str, ...]]


def close_key(node: Node, digests: Mapping[str, str], sources: Sources) -> ClosedKey:
    """The key of ``node``; ``digests`` holds the output digest of each of its parents, by node id.

    Raises:
        PrerequisiteError: when a source can't be resolved, or a declared package isn't installed.
        KeyError: when a parent's digest is not known yet.
    """
    inputs = {port: tuple(digests[id_] for id_ in ids) for port, ids in node.inputs.items() if ids}
    resolved = sources.resolve(node)
    params = without_sources(node)
    _refuse_secrets(node, sources)
    around = environment_of(node.environment)
    preimage = keys.key_preimage(
        node.op, node.version, params, inputs, resolved, FORMAT_VERSION, environment=around
    )
    return ClosedKey(keys.store_key(preimage), preimage, with_revisions(node, resolved), inputs)


def _refuse_secrets(node: Node, sources: Sources) -> None:
    """What is in a key is written in a hundred places, and can't be masked there.

    Raises:
        PrerequisiteError: when a parameter holds the value of a secret of the environment.
    """
    name = sources.masker.found_in(node.params)
    if name:
        raise PrerequisiteError(
            f"`{node.address}`: a parameter holds the secret {name}",
            "take it out of the spec and of --set: operations read secrets from the environment",
        )


def shape_of(preimage: Mapping[str, Any]) -> str:
    """What results of one call on any inputs share: operation, version and parameters, hashed."""
    call = [preimage["op"], preimage["op_version"], preimage["params"]]
    return keys.tagged_hash("shape.1", call)
