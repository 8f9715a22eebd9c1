"""A store in which every node of a graph has a result, without running one: for timing plans."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from w2sdl.graph import Graph, Node
from w2sdl_runtime.files import write_json
from w2sdl_runtime.hash_cache import HashCache
from w2sdl_runtime.sources import Sources
from w2sdl_runtime.storage.keying import ClosedKey, close_key, shape_of
from w2sdl_runtime.storage.manifest import Manifest, result_row
from w2sdl_runtime.storage.store import Store


def fill_store(root: Path, graph: Graph) -> Store:
    """Write keys, manifests and (empty) objects for all nodes."""
    store = Store(root)
    store.prepare()
    sources = Sources(root, {}, HashCache())
    digests: dict[str, str] = {}
    rows = []
    for node in graph.order():
        closed = close_key(node, digests, sources)
        digests[node.id] = hashlib.sha256(node.id.encode()).hexdigest()
        store.path(digests[node.id]).mkdir()
        folder = store.keys / closed.key
        folder.mkdir()
        write_json(folder / "key.json", closed.preimage, durable=False)
        manifest = _manifest(node, closed, digests[node.id])
        write_json(folder / "manifest.json", manifest.model_dump(mode="json"), durable=False)
        rows.append(result_row(manifest, shape_of(closed.preimage)))
    store.journal.add_results(rows)
    _note_run(store, graph, rows)
    return store


def _note_run(store: Store, graph: Graph, rows: Sequence[Mapping[str, Any]]) -> None:
    """The run that made all of it, as the journal has it."""
    now = datetime.now(UTC).timestamp()
    run = {
        "run": "run",
        "name": "run",
        "experiment": graph.experiment,
        "spec": "",
        "status": "done",
    }
    times = {"started": now, "ended": now, "host": "host", "pid": 0, "process": 0.0}
    store.journal.set_run({**run, **times, "command": "", "nodes": len(rows)})
    store.journal.set_nodes(
        {
            "run": "run",
            "node": node.id,
            "address": node.address,
            "name": node.name,
            "op": node.op,
            "state": "executed",
            "key": row["key"],
            "digest": row["digest"],
            "since": now,
        }
        for node, row in zip(graph.order(), rows, strict=True)
    )


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
