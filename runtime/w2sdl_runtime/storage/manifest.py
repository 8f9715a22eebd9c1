"""The record of one node's result, written last: what was computed, out of what, where and when.

Times, hosts and versions live here and never in objects, so that equal results have equal bytes.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Accepted(BaseModel):
    """Someone's word that a result stands although what its key is a hash of has changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str  #: under which the result was stored before
    changes: list[dict[str, Any]]  #: what has changed since, as plans say it
    reason: str
    when: datetime  #: UTC
    who: str


class Manifest(BaseModel):
    """What the store knows of one key. Its presence, beside the object, makes the key exist."""

    # Manifests of later versions have more; those of earlier ones lack what has a default here.
    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    digest: str  #: of the object that holds the result
    kind: str
    op: str
    op_version: int
    params: dict[str, Any]  #: complete, as the operation received them
    inputs: dict[str, list[str]]  #: digests by port
    sources: dict[str, Any]  #: what files and hub ids stood for
    seconds: float  #: wall time of the operation, without opening and storing
    started: datetime  #: UTC
    ended: datetime  #: UTC
    host: str
    device: str
    threads: int
    python: str
    packages: dict[str, str]
    git: dict[str, Any]
    run: str  #: id of the run that computed it
    address: str  #: what that run called it
    facts: dict[str, Any]  #: row counts and other small facts of the result
    warnings: list[str] = []  #: what the operation wants its users to know
    fingerprint: str = ""  #: of the operation's code; in the key only where it states no version
    seed: int | list[int] | None = None  #: None where the operation draws nothing
    device_name: str = ""  #: the model of the processor or GPU
    platform: str = ""
    version: str = ""  #: of w2sdl
    command: str = ""  #: of the run, as it makes these results again
    accepted: list[
        Accepted
    ] = []  #: if it was computed under another key: why it stands here, oldest first


def result_row(manifest: Manifest, shape: str) -> dict[str, Any]:
    """A result as the journal's index holds it."""
    return {
        "key": manifest.key,
        "digest": manifest.digest,
        "op": manifest.op,
        "op_version": manifest.op_version,
        "kind": manifest.kind,
        "shape": shape,
        "address": manifest.address,
        "run": manifest.run,
        "seconds": manifest.seconds,
        "ended": manifest.ended.timestamp(),
        "warnings": json.dumps(manifest.warnings, ensure_ascii=False) if manifest.warnings else "",
    }


def summary_facts(artifact: dict[str, Any], limit: int = 4000) -> dict[str, Any]:
    """Small facts of ``artifact.json``: numbers, short strings, and records of them.

    Whatever would make the manifest longer than about ``limit`` characters is left to the object.
    """
    facts: dict[str, Any] = {}
    room = limit
    for name, value in artifact.items():
        size = len(str(value))
        if name not in ("kind", "format") and size <= room:
            facts[name] = value
            room -= size
    return facts
