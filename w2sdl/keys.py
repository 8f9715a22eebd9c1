"""Every hash formula of w2sdl. Canonical JSON in, hexadecimal SHA-256 out; each with a domain tag."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

Json = Any

#: Raised only together with a migration: it moves every key.
KEY_SCHEMA = 1

_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def canonical_json(value: Json) -> str:
    """Render JSON in its one canonical form: sorted keys, no spaces, NaN and infinities refused.

    Raises:
        ValueError: for a number that is not finite.
        TypeError: for anything that is not JSON.
    """
    try:
        text = _ENCODER.encode(value)
    except (TypeError, ValueError):  # another mapping or sequence, or a number to be refused
        return _ENCODER.encode(_normalised(value))
    return _ENCODER.encode(_normalised(value)) if "-0.0" in text else text


def _normalised(value: Json) -> Json:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} has no canonical form")
        return value + 0.0  # -0.0 becomes 0.0
    if isinstance(value, Mapping):
        return {str(key): _normalised(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_normalised(item) for item in value]
    return value


def tagged_hash(tag: str, value: Json) -> str:
    """Hash canonical JSON under a domain tag, so that equal content of two sorts never collides."""
    return hashlib.sha256(f"w2sdl.{tag}\n{canonical_json(value)}".encode()).hexdigest()


def structural_id(op: str, version: int, params: Json, inputs: Mapping[str, Sequence[str]]) -> str:
    """Identity of a node before anything runs: what it does, to which nodes."""
    return tagged_hash(
        "node.1",
        {
            "op": op,
            "version": version,
            "params": params,
            "inputs": {k: list(v) for k, v in inputs.items()},
        },
    )


def key_preimage(
    op: str,
    version: int,
    params: Json,
    inputs: Mapping[str, Sequence[str]],
    sources: Mapping[str, Json],
    format_version: int,
    *,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Json]:
    """All that can change a node's result.

    ``inputs`` holds output digests by port; ``sources`` says, for each parameter that names a file or
    a hub repository, what content it stands for. ``environment`` holds versions of the packages that
    the operation declares; without any there is no such field.
    """
    declared = {"environment": dict(environment)} if environment else {}
    return declared | {
        "key_schema": KEY_SCHEMA,
        "format_version": format_version,
        "op": op,
        "op_version": version,
        "params": params,
        "inputs": {port: list(digests) for port, digests in sorted(inputs.items())},
        "sources": dict(sources),
    }


def store_key(preimage: Json) -> str:
    """The name of a result in the store."""
    return tagged_hash("key.1", preimage)


def folder_digest(files: Mapping[str, str]) -> str:
    """Digest of a folder from its files' SHA-256 by relative path."""
    return tagged_hash("folder.1", dict(files))
