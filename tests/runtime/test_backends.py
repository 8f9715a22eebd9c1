"""One suite over all backends, and what only Ray can do."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.tiny_graph import Builder, ran, run, value_of
from w2sdl.needs import Change, Needs, Retry
from w2sdl_runtime.backends.backend import Backend
from w2sdl_runtime.driver import events
from w2sdl_runtime.driver.execute import BackendFactory
from w2sdl_runtime.files import read_json
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.worker.failures import Cause


def test_results_are_the_same(backend: BackendFactory, tmp_path: Path) -> None:
    builder = Builder()
    numbers = [builder.add("tiny_number", value=float(i), seed=[i, 1]) for i in range(4)]
    data = builder.add("tiny_data", value=3.0)
    part = builder.add("tiny_part", {"data": [data]}, part="train")
    total = builder.add("tiny_sum", {"parts": [*numbers, part]})
    result = run(builder.graph(), tmp_path, backend)
    assert result.status == "done"
    assert value_of(result, total, tmp_path) == 9.0
    local = run(builder.graph(), tmp_path / "..")
    assert {e.digest for e in local.nodes.values()} == {e.digest for e in result.nodes.values()}
    assert run(builder.graph(), tmp_path, backend).counts["executed"] == 0


def test_everything_that_is_said_is_in_the_log(
    backend: BackendFactory, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    builder = Builder()
    node = builder.add("tiny_talk", {"of": [builder.add("tiny_number", value=1.0)]})
    result = run(builder.graph(), tmp_path, backend)
    assert result.status == "done"
    log = (result.folder / result.nodes[node].log).read_text()
    for text in ("on stdout", "on stderr", "through logging", "through warnings", "the context"):
        assert text in log
    assert "on stdout" not in capfd.readouterr().out


def test_progress_is_written_and_told(backend: BackendFactory, tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    node = builder.add("tiny_sleep", {"of": [number]}, seconds=1.5)
    seen: list[events.Event] = []
    result = run(builder.graph(), tmp_path, backend, [seen.append])
    progress = [e for e in seen if isinstance(e, events.NodeProgress) and e.node == node]
    assert len(progress) >= 2
    assert 0 < progress[-1].done <= progress[-1].total == 15
    started = [e for e in seen if isinstance(e, events.NodeStarted)]
    assert [e.node for e in started] == [number, node]
    folder = (result.folder / result.nodes[node].log).parent
    record = read_json(folder / "progress.json")
    assert record["unit"] == "ticks"
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert len(lines) < 8  # throttled: the operation reported some 70 times
    assert lines[-1] == record
    assert read_json(folder / "cmd.json")["op"] == "tiny_sleep"


def test_threads_are_those_asked_for(backend: BackendFactory, tmp_path: Path) -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    node = builder.add("tiny_talk", {"of": [number]}, cpus=2)
    result = run(builder.graph(), tmp_path, backend)
    value: Any = Store(tmp_path / "store").open(result.nodes[node].digest)
    assert value.facts == {"threads": 2, "omp": "2"}
    assert os.environ.get("OMP_NUM_THREADS") == before


@pytest.mark.parametrize("how", ["error", "exit"])
def test_an_error_comes_back_as_data(backend: BackendFactory, tmp_path: Path, how: str) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    bad = builder.add("tiny_fail", {"of": [number]}, how=how)
    result = run(builder.graph(), tmp_path, backend, keep_going=True)
    ((node, failure),) = result.failures
    assert node.id == bad
    assert failure.cause is Cause.ERROR
    assert ran(tmp_path, "fail") == 1  # application errors are not tried again
    assert "Traceback" in (result.folder / result.nodes[bad].log).read_text()


def test_a_request_for_too_much_is_refused(backend: BackendFactory, tmp_path: Path) -> None:
    builder = Builder()
    builder.add("tiny_number", name="huge", value=2.0, cpus=4096)
    start = time.monotonic()
    with pytest.raises(
        PrerequisiteError, match="huge asks for 4096 processors: the largest machine has"
    ):
        run(builder.graph(), tmp_path, backend)
    assert time.monotonic() - start < 10


def test_what_takes_too_long_is_interrupted(backend: BackendFactory, tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    slow = builder.add("tiny_sleep", {"of": [number]}, timeout=0.6)
    quick = builder.add("tiny_sleep", {"of": [number]}, seconds=0.1, timeout=60.0)
    start = time.monotonic()
    result = run(builder.graph(), tmp_path, backend, keep_going=True)
    assert time.monotonic() - start < 30
    assert result.nodes[quick].action == "executed"
    ((node, failure),) = result.failures
    assert node.id == slow
    assert failure.cause is Cause.TIMEOUT
    assert failure.message == "it took longer than its timeout of 0.6 s"
    assert "tiny_ops.py" in (result.folder / result.nodes[slow].log).read_text()  # where it was
    assert ran(tmp_path, "sleep") == 2


def test_memory_that_runs_out_is_told_apart(backend: BackendFactory, tmp_path: Path) -> None:
    builder = Builder()
    builder.add("tiny_hungry", {"of": [builder.add("tiny_number", value=1.0)]}, times=9)
    ((_, failure),) = run(builder.graph(), tmp_path, backend).failures
    assert failure.cause is Cause.OOM
    assert ran(tmp_path, "hungry") == 1


def test_a_try_after_memory_ran_out_asks_for_less(backend: BackendFactory, tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=5.0)
    retry = Retry(3, ("oom",), (Change("rows", 0.5),))
    node = builder.add("tiny_hungry", {"of": [number]}, times=2, retry=retry)
    result = run(builder.graph(), tmp_path, backend)
    assert value_of(result, node, tmp_path) == 5.0
    assert (tmp_path / "rows").read_text().split() == ["8", "4", "2"]
    assert result.nodes[node].attempts == 3
    again = run(builder.graph(), tmp_path, backend)
    assert again.counts["executed"] == 0  # under the key of the parameters as they are written


def test_a_try_after_a_timeout_gets_more_time(backend: BackendFactory, tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    retry = Retry(1, ("timeout",), (Change("timeout", 50),))
    node = builder.add("tiny_sleep", {"of": [number]}, seconds=0.8, timeout=0.4, retry=retry)
    result = run(builder.graph(), tmp_path, backend)
    assert result.status == "done", result.failures
    assert result.nodes[node].attempts == 2


def test_a_deaf_worker_is_ended(
    workers: BackendFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("ray_backend", "pool_backend"):
        monkeypatch.setattr(f"w2sdl_runtime.backends.{module}.GRACE", 0.5)
    builder = Builder()
    builder.add("tiny_deaf", {"of": [builder.add("tiny_number", value=1.0)]}, timeout=0.5)
    ((_, failure),) = run(builder.graph(), tmp_path, workers).failures
    assert failure.cause is Cause.TIMEOUT
    assert "its process was ended" in failure.message


def test_what_is_done_in_time_is_stored_without_haste(
    workers: BackendFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("ray_backend", "pool_backend"):
        monkeypatch.setattr(f"w2sdl_runtime.backends.{module}.GRACE", 0.1)
    builder = Builder()
    large = builder.add("tiny_large", {"of": [builder.add("tiny_number", value=3.0)]}, timeout=0.5)
    assert value_of(run(builder.graph(), tmp_path, workers), large, tmp_path) == 3.0


def test_the_last_words_of_a_lost_worker_need_not_be_text(
    workers: BackendFactory, tmp_path: Path
) -> None:
    builder = Builder()
    node = builder.add("tiny_babble", {"of": [builder.add("tiny_number", value=7.0)]})
    result = run(builder.graph(), tmp_path, workers)
    assert value_of(result, node, tmp_path) == 7.0
    assert result.nodes[node].attempts == 2


def test_a_lost_worker_is_replaced(workers: BackendFactory, tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=7.0)
    node = builder.add("tiny_die", {"of": [number]}, times=2)
    seen: list[events.Event] = []
    result = run(builder.graph(), tmp_path, workers, [seen.append])
    assert result.status == "done", result.failures
    assert value_of(result, node, tmp_path) == 7.0
    assert result.nodes[node].attempts == 3
    lost = [event for event in seen if isinstance(event, events.NodeRetried)]
    assert [event.attempt for event in lost] == [1, 2]
    assert (result.folder / result.nodes[node].log).parent.name == "attempt-3"


def test_a_worker_lost_for_ever_fails_the_node(workers: BackendFactory, tmp_path: Path) -> None:
    builder = Builder()
    node = builder.add("tiny_die", {"of": [builder.add("tiny_number", value=7.0)]}, times=99)
    result = run(builder.graph(), tmp_path, workers)
    ((failed, failure),) = result.failures
    assert failed.id == node
    assert "the worker process died" in failure.message
    assert ran(tmp_path, "die") == 3


def pids(folder: Path, backend: BackendFactory, op: str, **options: Any) -> list[int]:
    """The processes of three nodes that run on a GPU if there is one."""
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    nodes = [builder.add(op, {"of": [number]}, tag=tag) for tag in range(3)]
    result = run(builder.graph(), folder, backend, **options)
    values: list[Any] = [Store(folder / "store").open(result.nodes[n].digest) for n in nodes]
    device = "cpu" if options else "cuda"
    assert [value.facts["device"] for value in values] == [device] * 3
    return [int(value.facts.get("pid", getattr(value, "value", 0))) for value in values]


@pytest.mark.ray
def test_trainings_on_a_gpu_get_processes_of_their_own(
    ray_backends: BackendFactory, tmp_path: Path
) -> None:
    """What a training leaves on a GPU is given back with its process; short nodes share theirs."""
    assert len(set(pids(tmp_path / "a", ray_backends, "tiny_pid_model"))) == 3
    assert len(set(pids(tmp_path / "b", ray_backends, "tiny_pid"))) < 3
    assert len(set(pids(tmp_path / "c", ray_backends, "tiny_pid_model", device="cpu"))) < 3


@pytest.mark.ray
def test_what_is_asked_for_is_asked_of_ray(ray_backends: BackendFactory, tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    needs = Needs(2, gpu=0.25, memory=50_000_000)
    node = builder.add("tiny_pid", {"of": [number]}, needs=needs)
    result = run(builder.graph(), tmp_path, ray_backends)
    assert result.status == "done", result.failures
    value: Any = Store(tmp_path / "store").open(result.nodes[node].digest)
    assert value.facts["device"] == "cuda"
    asked = read_json((result.folder / result.nodes[node].log).parent / "cmd.json")
    assert (asked["cpus"], asked["gpus"], asked["memory"]) == (2, 0.25, 50_000_000)
    builder.add("tiny_sign", {"of": [number]}, name="huge", needs=Needs(memory=2**50))
    builder.add("tiny_sum", {"parts": [number]}, name="typed", needs=Needs(accelerator="A100"))
    with pytest.raises(PrerequisiteError) as caught:
        run(builder.graph(), tmp_path, ray_backends)
    assert "huge asks for 1024TiB of memory: the largest machine has" in caught.value.message
    assert "typed asks for one A100 GPU: of no GPU is the type known" in caught.value.message


@pytest.mark.ray
def test_all_resources_come_back(ray_backends: BackendFactory, tmp_path: Path) -> None:
    import ray

    builder = Builder()
    number = builder.add("tiny_number", value=7.0)
    builder.add("tiny_die", {"of": [number]}, times=1)
    builder.add("tiny_fail", {"of": [number]})
    run(builder.graph(), tmp_path, ray_backends, keep_going=True)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        free = ray.available_resources()
        if (free.get("CPU"), free.get("GPU")) == (2.0, 1.0):
            return
        time.sleep(0.1)
    raise AssertionError(f"not all resources came back: {free}")


@pytest.mark.ray
def test_cancelled_tasks_stop(ray_backend: Backend, tmp_path: Path) -> None:
    import ray

    builder = Builder()
    node = builder.add("tiny_sleep", {"of": [builder.add("tiny_number", value=1.0)]})
    graph = builder.graph()

    class Stop(Exception):
        pass

    def stop(event: events.Event) -> None:
        if isinstance(event, events.NodeProgress) and event.node == node:
            raise Stop

    with pytest.raises(Stop):
        run(graph, tmp_path, lambda: ray_backend, [stop])
    assert (
        read_json(next((tmp_path / "store" / "runs").iterdir()) / "run.json")["status"] == "failed"
    )
    end = time.monotonic() + 10
    while ray.available_resources().get("CPU") != 2.0:
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("127.0.0.1:1", "nothing answers at 127.0.0.1:1"),
        ("ray://x:10001", "can't go through ray://"),
    ],
)
def test_an_address_that_is_no_use_is_refused_at_once(address: str, message: str) -> None:
    from w2sdl_runtime.backends.ray_backend import RayBackend

    start = time.monotonic()
    with pytest.raises(PrerequisiteError, match=message):
        RayBackend(address)
    assert time.monotonic() - start < 8
