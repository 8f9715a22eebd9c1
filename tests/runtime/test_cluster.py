"""Runs on a real cluster on loopback, a head and two workers, of which machines are then lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.cluster import Cluster
from tests.runtime.conftest import REPOSITORY
from tests.runtime.tiny_graph import no_backend, ran, run
from tests.runtime.tiny_run import prepare, small_graph, wide_graph
from w2sdl_runtime.runs.loaded_run import load_run
from w2sdl_runtime.storage.store import Store

pytestmark = pytest.mark.ray


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A standing cluster of three machines; a test that kills one starts another."""
    with Cluster(workers=2) as made:
        yield made


def start(folder: Path, cluster: Cluster, *rest: str) -> subprocess.Popen[str]:
    """A run of a tiny graph on the cluster, in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "tests.runtime.tiny_run",
        str(prepare(folder)),
        cluster.address,
    ]
    return subprocess.Popen(
        [*command, *rest], env=variables(cluster), cwd=REPOSITORY, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def finish(process: subprocess.Popen[str], code: int = 0, seconds: float = 90) -> str:
    output, _ = process.communicate(timeout=seconds)
    assert process.returncode == code, output
    return output


def wait_until(folder: Path, name: str, times: int = 1) -> int:
    """Until an operation has begun this often; the process that it last began in."""
    end = time.monotonic() + 60
    while ran(folder, name) < times:
        assert time.monotonic() < end, f"{name} began {ran(folder, name)} times"
        time.sleep(0.1)
    return int((folder / f"ran-{name}").read_text().splitlines()[-1])


def machine_of(pid: int, cluster: Cluster) -> int:
    """Index of the worker node that a process belongs to; -1 for the head."""
    above = {process.pid for process in psutil.Process(pid).parents()}
    found = [i for i, node in enumerate(cluster.workers) if node.process.pid in above]
    return found[0] if found else -1


def digests(folder: Path) -> dict[str, str]:
    """What the latest run in a folder came to."""
    return {i: e.digest for i, e in load_run(Store(folder / "store"), "last").nodes.items()}


@pytest.mark.slow  # the test below says so too
def test_a_run_has_the_same_bytes_as_here(cluster: Cluster, tmp_path: Path) -> None:
    process = start(tmp_path / "there", cluster)
    run(small_graph().graph(), prepare(tmp_path / "here"))
    assert finish(process).startswith("done")
    assert digests(tmp_path / "there") == digests(tmp_path / "here")


def test_a_lost_machine_is_survived_and_replaced(cluster: Cluster, tmp_path: Path) -> None:
    process = start(tmp_path, cluster, "wide")
    wait_until(tmp_path, "sleep", 2)
    pids = [int(line) for line in (tmp_path / "ran-sleep").read_text().splitlines()]
    index = max(machine_of(pid, cluster) for pid in pids)
    assert index >= 0, "two nodes at once on a head of one processor"
    cluster.kill_worker_node(index)
    run(wide_graph().graph(), prepare(tmp_path / "here"))
    cluster.add_worker()
    assert "done {'executed': 7" in finish(process)
    assert digests(tmp_path) == digests(tmp_path / "here")
    assert ran(tmp_path, "sleep") == 4
    assert run(wide_graph().graph(), tmp_path, no_backend).counts["executed"] == 0


@pytest.mark.slow
def test_a_lost_head_ends_the_run_which_goes_on_elsewhere(tmp_path: Path) -> None:
    with Cluster(workers=1) as cluster:
        process = start(tmp_path, cluster, "wide")
        wait_until(tmp_path, "sleep", 1)
        begin = time.monotonic()
        cluster.kill_head()
        output = finish(process, code=1)
        assert time.monotonic() - begin < 45
        assert "the head of the cluster at" in output
        assert "the same command goes on from here" in output
        assert "Traceback" not in output
        cluster.kill_workers()
        cluster.start_head()
        before = ran(tmp_path, "number")
        assert finish(start(tmp_path, cluster, "wide")).startswith("done")
        assert ran(tmp_path, "number") == before == 3
    run(wide_graph().graph(), prepare(tmp_path / "here"))
    assert digests(tmp_path) == digests(tmp_path / "here")


OWN = '''
from __future__ import annotations

from pathlib import Path

import neighbour
import w2sdl_runtime
from w2sdl_runtime.op import Context, FileSource, op
from w2sdl_runtime.values import Data, Metric, PartRef


@op("own_read", version=1)
def own_read(ctx: Context, path: FileSource) -> Data:
    """The number in a file."""
    ctx.log(f"code {w2sdl_runtime.__file__} data {ctx.base}")
    value = neighbour.plus_one(float((ctx.base / path).read_text()))
    return Data({"train": PartRef(ctx.put(Metric("own", value)), "", 1)})
'''


@pytest.fixture
def own_spec(tmp_path: Path) -> Path:
    """A spec in a folder of a project, with an operation of its own and a file that it reads."""
    project = tmp_path / "project"
    (project / "specs").mkdir(parents=True)
    (project / "w2sdl.toml").write_text('modules = ["own"]\n')
    (project / "own.py").write_text(OWN)
    (project / "neighbour.py").write_text("def plus_one(x: float) -> float:\n    return x + 1\n")
    (project / "number.txt").write_text("41")
    spec = project / "specs" / "travels.w2s"
    spec.write_text('experiment travels\n\nfile = "none.txt"\ndata x = own_read(file)\n')
    return spec


def variables(cluster: Cluster, **more: str) -> dict[str, str]:
    """What a client of the cluster has in its environment."""
    path = f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'runtime'}"
    return {**os.environ, **cluster.environment, "PYTHONPATH": path, **more}


def w2sdl(
    cluster: Cluster, *words: str, cwd: Path = REPOSITORY, **more: str
) -> subprocess.CompletedProcess[str]:
    """The command line, as a user of the cluster has it."""
    return subprocess.run(
        [sys.executable, "-m", "w2sdl", *words], env=variables(cluster, **more), text=True, cwd=cwd,
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_submitted_spec_travels_with_what_it_names(
    cluster: Cluster, tmp_path: Path, own_spec: Path
) -> None:
    words = ["submit", "specs/travels.w2s", "--set", 'file="number.txt"', "--wait"]
    words += ["--store", str(tmp_path / "store"), "--name", "brave-otter"]
    done = w2sdl(cluster, *words, cwd=own_spec.parents[1], RAY_API_SERVER_ADDRESS=cluster.dashboard)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "submitted brave-otter" in done.stdout
    assert "x: 1 computed" in done.stdout
    store = Store(tmp_path / "store")
    value: Any = store.open(next(iter(store.manifests())).digest)
    number: Any = store.open(value.parts["train"].items)
    assert number.value == 42
    log = next((tmp_path / "store" / "runs").rglob("log.txt")).read_text()
    code, data = log.split("code ")[1].split(" data ")
    assert "working_dir_files" in code, "not what is installed here"
    assert "working_dir_files" in data


@pytest.mark.slow  # a budget of a run is tested without a cluster too
def test_a_job_out_of_budget_is_incomplete_and_has_not_failed(
    cluster: Cluster, tmp_path: Path, own_spec: Path
) -> None:
    own_spec.with_name("none.txt").write_text("41")
    at = ["--address", cluster.dashboard]
    words = ["submit", str(own_spec), "--store", str(tmp_path / "store"), *at, "--wait"]
    ended = w2sdl(cluster, *words, "--name", "poor-otter", "--budget", "0.001s")
    assert ended.returncode == 3, ended.stdout + ended.stderr
    assert "incomplete: the budget of 0.001s was reached" in ended.stdout
    status = w2sdl(cluster, "status", "poor-otter", *at)
    assert status.returncode == 0
    assert "poor-otter           incomplete" in status.stdout
    again = w2sdl(cluster, *words, "--name", "rich-otter", "--budget", "1cpuh")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "x: 1 computed" in again.stdout


def test_jobs_are_followed_and_cancelled(cluster: Cluster, tmp_path: Path, own_spec: Path) -> None:
    (own_spec.parents[1] / "neighbour.py").write_text(
        "import time\ndef plus_one(x: float) -> float:\n    time.sleep(600)\n    return x\n"
    )
    at = ["--address", cluster.dashboard]
    own_spec.with_name("none.txt").write_text("41")
    words = ["submit", str(own_spec), "--store", str(tmp_path / "store"), *at]
    sent = json.loads(w2sdl(cluster, *words, "--json").stdout)
    name = sent["job"]
    assert sent["store"] == str(tmp_path / "store")
    end = time.monotonic() + 90
    while not list((tmp_path / "store").rglob("progress.json")):
        assert time.monotonic() < end, w2sdl(cluster, "logs", name, *at).stdout
        time.sleep(0.5)
    assert "running    travels" in w2sdl(cluster, "status", name, *at).stdout
    follower = subprocess.Popen(
        [sys.executable, "-m", "w2sdl", "logs", "-f", name, *at], text=True, env=variables(cluster),
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert f"{name} is being stopped" in w2sdl(cluster, "cancel", name, *at).stdout
    output, _ = follower.communicate(timeout=60)
    assert follower.returncode == 1
    assert "python -m w2sdl run specs/travels.w2s" in output
    assert "interrupted; the same command goes on from here" in output
    jobs = json.loads(w2sdl(cluster, "status", "--json", *at).stdout)
    assert {job["job"]: job["status"] for job in jobs}[name] == "cancelled"
    missing = w2sdl(cluster, "logs", "no-such", *at)
    assert missing.returncode == 1
    assert "knows no job no-such" in missing.stderr


def test_the_doctor_looks_at_every_machine(cluster: Cluster, tmp_path: Path) -> None:
    words = ["doctor", "--json", "--store", str(tmp_path / "store")]
    done = w2sdl(cluster, *words, RAY_ADDRESS=cluster.address)
    checks = json.loads(done.stdout)
    machines = [check for check in checks if check["name"].startswith("machine ")]
    assert len(machines) == 3
    assert {check["level"] for check in machines} == {"ok"}, machines
    assert done.returncode == 0


SUMS = '''
from __future__ import annotations

from w2sdl_runtime.op import Context, op
from w2sdl_runtime.values import Data, Metric, PartRef


@op("own_number", version=1)
def own_number(ctx: Context, value: float) -> Data:
    """A number."""
    return Data({"train": PartRef(ctx.put(Metric("own", value)), "", 1)})


@op("own_sum", version=1)
def own_sum(ctx: Context, of: Data, other: Data) -> Data:
    """The sum of two, one of which another machine may have made."""
    ctx.log(f"cache {ctx.work}")
    total = sum(ctx.open(data.parts["train"].items).value for data in (of, other))
    return Data({"train": PartRef(ctx.put(Metric("own", total)), "", 1)})
'''


@pytest.mark.slow
def test_machines_without_a_shared_disk_meet_in_a_remote_store(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Each has a cache folder of its own in front of the URL, and fetches what others made."""
    (tmp_path / "own_sums.py").write_text(SUMS)
    lines = [f"data x{i} = own_number({i}.0)" for i in range(6)]
    lines += [f"data y{i} = own_sum(x{i}, x{(i + 1) % 6})" for i in range(6)]
    lines += [f"data z{i} = own_sum(y{i}, y{(i + 2) % 6})" for i in range(6)]
    spec = tmp_path / "sums.w2s"
    spec.write_text("\n".join(["experiment sums", "", *lines, ""]))
    words = ["run", str(spec), "--module", "own_sums", "--store", f"file://{tmp_path}/bucket"]
    mine = str(tmp_path / "mine")
    done = w2sdl(cluster, *words, "--address", cluster.address, XDG_CACHE_HOME=mine)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "18 computed" in done.stdout
    caches = list(cluster.folder.glob("*/cache/w2sdl/stores/*"))
    assert len(caches) >= 2, "it was to run on several machines"
    again = w2sdl(cluster, *words, "--executor", "local", XDG_CACHE_HOME=str(tmp_path / "another"))
    assert "18 reused" in again.stdout, again.stdout + again.stderr


def test_a_refused_token_is_explained(cluster: Cluster, tmp_path: Path, own_spec: Path) -> None:
    words = ["submit", str(own_spec), "--store", str(tmp_path / "store")]
    done = w2sdl(cluster, *words, "--address", cluster.dashboard, RAY_AUTH_TOKEN="f" * 64)
    assert done.returncode == 1
    assert "refuses our token" in done.stderr
    assert "another token than the one in RAY_AUTH_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr
