"""Victims that are not drawn by chance: disks, two drivers at once, collections."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import invariants
from tests.faults.fault_graphs import random_graph
from tests.faults.lives import Life, Request
from tests.waiting import until
from w2sdl_runtime.driver.events import read_events
from w2sdl_runtime.faults import POINTS
from w2sdl_runtime.storage.store import Store

SEED = 5  #: of a graph with objects of all kinds


def finished(request: Request, name: str = "clean") -> dict[str, str]:
    """Digests of a run to the end."""
    life = Life(request, name)
    assert life.wait() == 0, life.said()
    return {id_: node["digest"] for id_, node in life.results()[-1]["nodes"].items()}


@pytest.fixture
def clean(tmp_path: Path) -> dict[str, str]:
    """Digests of a run that nothing disturbed."""
    (tmp_path / "clean").mkdir()
    return finished(Request(tmp_path / "clean", SEED))


def killing(folder: Path, *lines: str) -> Request:
    """A driver with kills ahead."""
    (folder / "kills").write_text("\n".join(lines))
    return Request(folder, SEED, plan=folder / "kills")


def passages(folder: Path, point: str) -> int:
    return (folder / "kills.passed").read_text().split().count(point)


# -- disks -----------------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a small file system, or changes its options."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options: str) -> Path:
        words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        if os.geteuid() != 0 or subprocess.run(words, capture_output=True).returncode != 0:
            pytest.skip("no file system can be mounted here")
        return place

    yield mount
    subprocess.run(["umount", "--lazy", str(place)], check=False, capture_output=True)


@pytest.mark.parametrize("kilobytes", [200, 500, 900, 1400])
def test_a_full_disk_is_a_sentence_and_the_next_run_goes_on(
    disk: Callable[[str], Path], clean: dict[str, str], kilobytes: int
) -> None:
    folder = disk(f"size={kilobytes}k")
    request = Request(folder, SEED)
    life = Life(request, "full", folder.parent)
    assert life.wait() == 1
    said = life.said()
    assert re.search(r"disk (of .*)?is full", said), said
    assert "free some space" in said
    assert "Traceback (most recent call last)" not in said, said
    disk("remount,size=50m")
    assert finished(request) == clean
    invariants.check_store(request.store)
    invariants.check_plan(random_graph(SEED).graph(), folder)


def test_a_store_that_can_only_be_read_can_be_planned_with(
    disk: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = disk("size=50m")
    finished(Request(folder, SEED))
    disk("remount,ro")
    invariants.check_plan(random_graph(SEED).graph(), folder)
    life = Life(Request(folder, SEED), "again", tmp_path)
    assert life.wait() == 1
    assert "can't be written" in life.said()
    assert "Traceback (most recent call last)" not in life.said()


# -- two drivers -----------------------------------------------------------------------------------


def test_two_drivers_at_once_share_the_work(tmp_path: Path, clean: dict[str, str]) -> None:
    request = killing(tmp_path)
    lives = [Life(request, name) for name in ("one", "two")]
    assert [life.wait() for life in lives] == [0, 0]
    graph = random_graph(SEED)
    ran = invariants.executions(tmp_path, graph.nodes)
    assert {n for id_, n in ran.items() if not graph.nodes[id_].inline} == {1}
    assert passages(tmp_path, "commit.manifest") == len(graph.nodes)
    for life in lives:
        found = {id_: node["digest"] for id_, node in life.results()[0]["nodes"].items()}
        assert found == clean
    invariants.check_store(request.store)


def test_who_waits_for_a_driver_that_dies_takes_over_at_once(
    tmp_path: Path, clean: dict[str, str]
) -> None:
    first = Life(killing(tmp_path, "lease.taken:3:STOP"), "first")
    assert first.wait_until_stopped()
    second = Life(Request(tmp_path, SEED), "second")
    until(lambda: any("node_waiting" in e["event"] for e in all_events(tmp_path)))
    assert second.is_alive
    os.kill(first.pid, signal.SIGKILL)
    start = time.monotonic()
    assert second.wait() == 0
    assert time.monotonic() - start < 10
    nodes = second.results()[0]["nodes"]
    assert {id_: node["digest"] for id_, node in nodes.items()} == clean
    ran = invariants.executions(tmp_path, random_graph(SEED).nodes)
    assert set(ran.values()) == {1}  # it had not begun what it had taken
    invariants.check_store(tmp_path / "store")


def all_events(folder: Path) -> list[dict[str, str]]:
    logs = (folder / "store" / "runs").glob("*/events.jsonl")
    return [event for log in logs for event in read_events(log)]


# -- collections -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kill", ["gc.manifest-removed:1", "gc.manifest-removed:4", "gc.object-removed:2"]
)
def test_a_killed_collection_leaves_a_store_that_is_whole(
    tmp_path: Path, clean: dict[str, str], kill: str
) -> None:
    request = killing(tmp_path, kill)
    finished(Request(tmp_path, SEED))
    collection = Life(Request(tmp_path, SEED, plan=request.plan, collects=True), "gc")
    assert collection.wait() == -signal.SIGKILL, collection.said()
    store = Store(request.store)
    assert all(store.is_sound(manifest.digest) for manifest in store.manifests())
    assert finished(Request(tmp_path, SEED), "again") == clean
    invariants.check_store(request.store)
    assert Life(Request(tmp_path, SEED, collects=True), "gc").wait() == 0
    assert not list(Store(request.store).manifests())
    assert not list(Store(request.store).objects.iterdir())


def test_every_point_that_is_passed_has_a_name() -> None:
    runtime = Path(__file__).parents[2] / "runtime"
    used = {
        line.split('"')[1]
        for path in runtime.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if line.strip().startswith('kill_point("')
    }
    assert used <= set(POINTS)
    assert set(POINTS) - used <= {"pull.manifest"}
