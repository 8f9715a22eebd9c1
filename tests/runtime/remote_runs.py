"""Runs of the small graph against a bucket, behind cache folders."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.bucket import Bucket
from tests.runtime.conftest import REPOSITORY
from tests.runtime.tiny_graph import MODULES
from w2sdl.graph import Graph
from w2sdl_runtime.backends.local_backend import LocalBackend
from w2sdl_runtime.driver.execute import BackendFactory, Options, RunResult, run_graph
from w2sdl_runtime.runs.run_record import RunRecord, RunRequest
from w2sdl_runtime.storage.opening import open_store
from w2sdl_runtime.storage.remote_store import RemoteStore
from w2sdl_runtime.worker import attempt


def run(
    graph: Graph,
    folder: Path,
    bucket: Bucket,
    cache: str = "cache",
    backend: BackendFactory = LocalBackend,
    **options: object,
) -> RunResult:
    """A run of a graph against the bucket, behind a cache folder of this name."""
    attempt._store.cache_clear()  # a worker that knows nothing of earlier runs
    store = at(bucket, folder / cache)
    record = RunRecord.create(store, graph, RunRequest(spec_path=str(folder / "tiny.w2s")))
    chosen = Options(base=folder, modules=MODULES, **options)  # type: ignore[arg-type]
    return run_graph(graph, store, backend, record, chosen, ())


def at(bucket: Bucket, cache: Path) -> RemoteStore:
    store = open_store(f"{bucket.url}#{cache}")
    assert isinstance(store, RemoteStore)
    return store


def digests(result: RunResult) -> dict[str, str]:
    assert result.status == "done", result.failures
    return {id_: entry.digest for id_, entry in result.nodes.items()}


def assert_whole(bucket: Bucket, folder: Path) -> None:
    """What the bucket names is there, with the right bytes, and readable by a third machine."""
    store = at(bucket, folder / "third")
    store.prepare()
    keys = store.remote_keys()
    assert keys
    for key in keys:
        found = store.lookup(key)
        assert found is not None
        assert store.is_sound(found.digest)
        assert store.preimage(key) is not None
    for data in (v for v in (store.open(p.name) for p in store.objects.iterdir()) if v.digest):
        for part in getattr(data, "parts", {}).values():
            assert store.is_sound(part.items)
    shutil.rmtree(folder / "third")


def start(folder: Path, bucket: Bucket, kill: str, backend: str = "local") -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'runtime'}",
        "W2SDL_TEST_KILL": kill,
    }
    place = f"{bucket.url}#{folder / 'cache'}"
    return subprocess.Popen(
        [sys.executable, "-m", "tests.runtime.tiny_remote_run", str(folder), place, backend],
        env=environment,
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
