"""Kills at named points: what follows has the same bytes, and does nothing twice in vain."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from tests.runtime.conftest import REPOSITORY
from tests.runtime.tiny_graph import no_backend, ran, run
from tests.runtime.tiny_run import prepare, sleepy_graph, small_graph
from tests.waiting import until
from w2sdl.keys import store_key
from w2sdl_runtime.driver.execute import BackendFactory
from w2sdl_runtime.files import read_json
from w2sdl_runtime.runs.loaded_run import load_run
from w2sdl_runtime.storage.store import Store

POINTS = (
    "attempt.opened",
    "attempt.ran",
    "put.saved",
    "put.renamed",
    "commit.key",
    "commit.manifest",
)


def start(folder: Path, *arguments: str, kill: str = "", token: str = "") -> subprocess.Popen[str]:
    """The small run in a process of its own."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'runtime'}",
        "W2SDL_TEST_KILL": kill,
    }
    if token:
        environment["RAY_AUTH_TOKEN"] = token
    command = [sys.executable, "-m", "tests.runtime.tiny_run", str(folder), *arguments]
    return subprocess.Popen(
        command,
        env=environment,
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def killed_at(folder: Path, point: str) -> None:
    """Run until the process kills itself."""
    process = start(folder, "local", kill=point)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, output
    for manifest in (store := Store(folder / "store")).manifests():
        assert store.is_sound(manifest.digest)
        assert store_key(store.preimage(manifest.key)) == manifest.key


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Digests of all nodes of a run that nothing disturbed."""
    folder = prepare(tmp_path_factory.mktemp("clean"))
    result = run(small_graph().graph(), folder)
    assert result.status == "done"
    return {id_: entry.digest for id_, entry in result.nodes.items()}


def finish_and_compare(folder: Path, clean: dict[str, str]) -> dict[str, int]:
    """Run to the end, compare with an undisturbed run, and leave nothing behind; the counts."""
    result = run(small_graph().graph(), folder)
    assert result.status == "done"
    assert {id_: entry.digest for id_, entry in result.nodes.items()} == clean
    store = Store(folder / "store")
    assert not list(store.tmp.iterdir())
    assert all(store.is_sound(path.name) for path in store.objects.iterdir())
    again = run(small_graph().graph(), folder, no_backend)
    assert again.counts["executed"] == 0
    return dict(result.counts)


@pytest.mark.parametrize("point", POINTS)
def test_killed_once(tmp_path: Path, clean: dict[str, str], point: str) -> None:
    killed_at(tmp_path, f"{point}:3")
    before = [ran(tmp_path, name) for name in ("number", "data", "sum", "sign")]
    counts = finish_and_compare(tmp_path, clean)
    after = [ran(tmp_path, name) for name in ("number", "data", "sum", "sign")]
    # An operation of which n nodes exist runs n times, and once more if it was killed on the way.
    assert sum(after) <= 5 + 1
    assert sum(before) + counts["executed"] >= 5
    assert load_run(Store(tmp_path / "store"), "last").status == "done"


def test_killed_again_and_again(tmp_path: Path, clean: dict[str, str]) -> None:
    seed = int(os.environ.get("W2SDL_TEST_SEED", "0")) or random.randrange(10**6)
    draw = random.Random(seed)
    print(f"W2SDL_TEST_SEED={seed} repeats this")
    for _ in range(3):
        killed_at(tmp_path, f"{draw.choice(POINTS)}:1")
    finish_and_compare(tmp_path, clean)


def test_a_killed_run_reads_as_interrupted(tmp_path: Path) -> None:
    killed_at(tmp_path, "attempt.ran:2")
    store = Store(tmp_path / "store")
    found = load_run(store, "last")
    assert found.info.status == "running"
    assert found.status == "interrupted"


@pytest.mark.parametrize("backend", ["local", "pool", pytest.param("ray", marks=pytest.mark.ray)])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_run_and_saves_its_state(
    tmp_path: Path, backend: str, number: signal.Signals
) -> None:
    process = start(tmp_path, backend, "sleep")
    runs = tmp_path / "store" / "runs"
    until(lambda: list(runs.glob("*/nodes/slow-*/attempt-1/events.jsonl")), process=process)
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 128 + number, output
    found = load_run(Store(tmp_path / "store"), "last")
    graph = sleepy_graph()
    assert found.info.status == "interrupted"
    assert found.nodes[graph.id("number")].action == "executed"
    assert found.nodes[graph.id("slow")].because == "the run was interrupted"
    assert read_json(found.folder / "nodes.json")[graph.id("after")]["action"] == "skipped"
    assert "Traceback" not in output
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive
    Store(tmp_path / "store").prepare()
    assert not list((tmp_path / "store" / "tmp").iterdir())


@pytest.mark.ray
def test_workers_end_with_a_killed_driver(tmp_path: Path) -> None:
    process = start(tmp_path, "ray", "sleep")
    runs = tmp_path / "store" / "runs"
    until(lambda: list(runs.glob("*/nodes/slow-*/attempt-1/events.jsonl")), process=process)
    family = psutil.Process(process.pid).children(recursive=True)
    # Ray's agents notice the end of their cluster only after about a minute; they hold no work.
    family = [child for child in family if "Agent" not in child.name()]
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive
    store = Store(tmp_path / "store")
    assert load_run(store, "last").status == "interrupted"
    store.prepare()
    assert not list(store.tmp.iterdir())
    assert len(list(store.manifests())) == 1


@pytest.mark.ray
def test_a_run_joins_a_cluster_and_leaves_it_running(
    ray_backends: BackendFactory, tmp_path: Path, clean: dict[str, str]
) -> None:
    import ray

    address = ray.get_runtime_context().gcs_address
    process = start(prepare(tmp_path), address)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    assert output == "done {'executed': 7, 'reused': 0, 'failed': 0, 'skipped': 0}\n"
    assert finish_and_compare(tmp_path, clean)["executed"] == 0
    assert ray.cluster_resources()["CPU"] == 2.0


@pytest.mark.slow
@pytest.mark.ray
def test_a_wrong_token_is_named_as_the_cause(ray_backends: BackendFactory, tmp_path: Path) -> None:
    import ray

    address = ray.get_runtime_context().gcs_address
    process = start(prepare(tmp_path), address, token="f" * 64)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert f"Ray at {address} can't be used" in output
    assert "RAY_AUTH_TOKEN" in output
