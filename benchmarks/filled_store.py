"""A store in which every node of a graph has a result, without running one: for timing plans."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from w2sdl.graph import Graph, Node
from w2sdl_runtime.files import write_json
from w2sdl_runtime.keying import ClosedKey, close_key
from w2sdl_runtime.manifest import Manifest
from w2sdl_runtime.sources import HashCache, Sources
from w2sdl_runtime.store import Store


def fill_store(root: Path, graph: Graph) -> Store:
    """Write keys, manifests and (empty) objects for all nodes."""
    store = Store(root)
    store.prepare()
    sources = Sources(root, {}, HashCache())
    digests: dict[str, str] = {}
    for node in graph.order():
        closed = close_key(node, digests, sources)
        digests[node.id] = hashlib.sha256(node.id.encode()).hexdigest()
        store.path(digests[node.id]).mkdir()
        folder = store.keys / closed.key
        folder.mkdir()
        write_json(folder / "key.json", closed.preimage, durable=False)
        manifest = _manifest(node, closed, digests[node.id])
        write_json(folder / "manifest.json", manifest.model_dump(mode="json"), durable=False)
    return store


def _manifest(node: Node, closed: ClosedKey, digest: str) -> Manifest:
    now = datetime.now(UTC)
    return Manifest(
        key=closed.key,
        digest=digest,
        kind=node.kind.value,
        op=node.op,
        op_version=node.version,
        params=dict(node.params),
        inputs={port: list(ids) for port, ids in closed.inputs.items()},
        sources={},
        seconds=12.5,
        started=now,
        ended=now,
        host="host",
        device="cpu",
        threads=1,
        python="3.11",
        packages={"torch": "2", "transformers": "5", "tokenizers": "0", "numpy": "2"},
        git={"commit": "0" * 40, "dirty": False},
        run="run",
        address=node.address,
        facts={"rows": 1_000, "bytes": 1_000_000},
    )
