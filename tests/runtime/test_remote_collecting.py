"""A collection of a bucket removes what nothing names, and takes nothing from a machine that uploads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.bucket import Bucket, Way, point_to
from tests.runtime.remote_runs import assert_whole, at, run, start
from tests.runtime.tiny_graph import Builder, ran
from tests.runtime.tiny_run import small_graph
from w2sdl.keys import store_key
from w2sdl_runtime.cache.collecting import collect
from w2sdl_runtime.cache.collecting_remote import collect_remote, find_remote_garbage
from w2sdl_runtime.cache.garbage import Keep
from w2sdl_runtime.cache.verifying_remote import verify_remote
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.storage import removals
from w2sdl_runtime.storage.manifest import Manifest
from w2sdl_runtime.storage.remote_store import RemoteStore
from w2sdl_runtime.storage.removals import Removals
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import Metric

slow = pytest.mark.slow
ROOT = Path(__file__).parents[2]
NOW = -5.0  #: a grace time that makes all old: a bucket's clock knows whole seconds


class Machine:
    """One that has a result which the bucket has not, and publishes it."""

    def __init__(
        self,
        bucket: Bucket,
        folder: Path,
        like: Manifest,
        value: float,
        store: RemoteStore | None = None,
    ) -> None:
        self.store = store or at(bucket, folder)
        Store.prepare(self.store)
        self.digest = self.store.put(Metric("x", value))
        self.preimage = {"op": "none", "op_version": 1, "params": {"value": value}}
        self.key = store_key(self.preimage)
        self.manifest = like.model_copy(update={"key": self.key, "digest": self.digest})

    def publish(self) -> Manifest:
        return self.store.commit(self.key, self.preimage, self.manifest)

    def upload_only(self) -> None:
        """What a machine has done that was killed before it named its object."""
        self.store.remote.upload(self.digest, self.store.path(self.digest))


@pytest.fixture
def like(bucket: Bucket, tmp_path: Path) -> Manifest:
    """A result that is in the bucket."""
    builder = Builder()
    builder.add("tiny_number", value=1.0)
    run(builder.graph(), tmp_path, bucket)
    (found,) = at(bucket, tmp_path / "cache").manifests()
    return found


def objects(bucket: Bucket) -> set[str]:
    return {name.split("/")[1] for name in bucket.names() if name.startswith("objects/")}


def assert_sound(bucket: Bucket, machine: Machine) -> None:
    """Breaks if a result that the bucket names has lost its object."""
    names = bucket.names()
    assert f"keys/{machine.key}/manifest.json" in names
    assert f"keys/{machine.key}/key.json" in names
    assert f"objects/{machine.digest}/artifact.json" in names


def take_back(bucket: Bucket, machine: Machine) -> None:
    """So that the next collection has as many requests."""
    for name in bucket.names():
        if machine.key in name or machine.digest in name:
            bucket.delete(name)


def test_only_what_nothing_names_goes(bucket: Bucket, tmp_path: Path, like: Manifest) -> None:
    builder = Builder()
    data = builder.add("tiny_data", value=3.0)  # whose object refers to another one
    result = run(builder.graph(), tmp_path, bucket)
    before = [name for name in bucket.names() if not name.startswith("gc/")]
    loose = Machine(bucket, tmp_path / "two", like, 5.0)
    loose.upload_only()
    bucket.put(f"keys/{'a' * 64}/key.json", b"{}")
    bucket.put(f"aside/{'b' * 64}.1234/artifact.json", b"{}")
    bucket.put("tmp/probe.1", b"1")
    bucket.put("mine/notes.txt", b"not of w2sdl")
    bucket.put("objects/readme.txt", b"not of w2sdl either")
    bucket.put(f"keys/{'a' * 64}", b"nor is this")
    remote = at(bucket, tmp_path / "three").remote
    assert not find_remote_garbage(remote, 3600.0).objects
    assert find_remote_garbage(remote, 3600.0).young == 1
    found = find_remote_garbage(remote, NOW)
    assert (found.objects, found.records) == ([loose.digest], ["a" * 64])
    done = collect_remote(remote, NOW)
    assert (done.objects, done.records) == (found.objects, found.records)
    assert (done.aside, done.temporary) == ([f"{'b' * 64}.1234"], ["probe.1"])
    assert done.bytes == found.bytes > 0
    left = [name for name in bucket.names() if not name.startswith("gc/")]
    mine = ["mine/notes.txt", "objects/readme.txt", f"keys/{'a' * 64}"]
    assert left == sorted([*before, *mine])
    assert result.nodes[data].digest in objects(bucket)
    assert not find_remote_garbage(remote, NOW).objects
    assert_whole(bucket, tmp_path)


def test_a_forgotten_result_is_garbage_and_a_torn_record_keeps_what_it_names(
    bucket: Bucket, tmp_path: Path, like: Manifest
) -> None:
    store = at(bucket, tmp_path / "cache")
    name = f"keys/{like.key}/manifest.json"
    whole = bucket.get(name)
    bucket.put(name, whole[:-30])
    assert not find_remote_garbage(store.remote, NOW).objects
    bucket.put(name, whole)
    store.forget(like.key)
    done = collect_remote(store.remote, NOW)
    assert (done.objects, done.records) == ([like.digest], [like.key])
    assert not objects(bucket)


def test_a_run_afterwards_computes_what_is_gone_from_everywhere(
    bucket: Bucket, tmp_path: Path, like: Manifest
) -> None:
    at(bucket, tmp_path / "cache").forget(like.key)
    collect_remote(at(bucket, tmp_path / "other").remote, NOW)
    builder = Builder()
    builder.add("tiny_number", value=1.0)
    assert run(builder.graph(), tmp_path, bucket, cache="other").counts["executed"] == 1
    assert_whole(bucket, tmp_path)


# -- another machine uploads meanwhile -------------------------------------------------------------


class Hooked:
    """A way to the bucket on which something is done at the n-th answer, before it goes on."""

    def __init__(self, endpoint: str) -> None:
        self.moment, self.happened = 0, False
        self.lost, self.last = 0, 10**9  #: each n-th answer is lost, and all after the last
        self.act: Callable[[], None] = lambda: None
        self.way = Way(endpoint, self._mishap)
        threading.Thread(target=self.way.serve_forever, daemon=True).start()

    def _mishap(self, number: int) -> float | None:
        if number == self.moment:
            self.happened = True
            self.act()
        if number > self.last or (self.lost and number % self.lost == 0):
            return None
        return 0.0

    def at(self, moment: int, act: Callable[[], None]) -> None:
        """The next answer is the first."""
        self.way.answers, self.moment, self.act, self.happened = 0, moment, act, False


@pytest.fixture
def hooked(s3_server: str) -> Iterator[Hooked]:
    found = Hooked(s3_server)
    yield found
    found.way.shutdown()
    found.way.server_close()


@pytest.fixture
def by_way(
    s3_server: str, bucket: Bucket, hooked: Hooked, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Path], RemoteStore]:
    """Makes stores of machines that reach the bucket over the way; all others go straight to it."""

    def make(folder: Path) -> RemoteStore:
        point_to(monkeypatch, hooked.way.endpoint)
        store = at(bucket, folder)
        store.prepare()
        point_to(monkeypatch, s3_server)
        return store

    return make


@pytest.fixture
def held_up(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when a machine begins to wait for a removal to end."""
    found = threading.Event()

    def noticed(seconds: float) -> None:
        found.set()
        time.sleep(seconds / 10)

    monkeypatch.setattr(removals, "_wait", noticed)
    return found


def test_an_upload_between_any_two_requests_of_a_collection_loses_nothing(
    bucket: Bucket,
    tmp_path: Path,
    like: Manifest,
    hooked: Hooked,
    by_way: Callable[[Path], RemoteStore],
    held_up: threading.Event,
) -> None:
    """The object is there already, old and without a name: it is not uploaded, only named."""
    collector = by_way(tmp_path / "collector")
    moment, removed, waits = 0, 0, 0
    while moment == 0 or hooked.happened:
        moment += 1
        machine = Machine(bucket, tmp_path / f"m{moment}", like, float(moment))
        machine.upload_only()
        thread = threading.Thread(target=machine.publish)

        def publish(thread: threading.Thread = thread) -> None:
            thread.start()
            while thread.is_alive() and not held_up.is_set():
                thread.join(0.01)

        held_up.clear()
        hooked.at(moment, publish)
        done = collect_remote(collector.remote, NOW)
        if hooked.happened:
            thread.join(30)
            assert not thread.is_alive()
            assert_sound(bucket, machine)
            waits += held_up.is_set()
            removed += machine.digest in done.objects
        take_back(bucket, machine)
    assert moment > 12
    assert waits  # for a removal that had been announced
    assert removed  # in earnest, and uploaded again
    assert_whole(bucket, tmp_path)


def test_a_collection_between_any_two_requests_of_an_upload_loses_nothing(
    bucket: Bucket,
    tmp_path: Path,
    like: Manifest,
    hooked: Hooked,
    by_way: Callable[[Path], RemoteStore],
) -> None:
    uploader = by_way(tmp_path / "uploader")
    collector = at(bucket, tmp_path / "collector")
    moment, removed = 0, 0
    while moment == 0 or hooked.happened:
        moment += 1
        machine = Machine(bucket, tmp_path / "uploader", like, float(moment), uploader)
        if moment % 2:
            machine.upload_only()
        gone: list[str] = []

        def remove(gone: list[str] = gone) -> None:
            gone += collect_remote(collector.remote, NOW).objects

        hooked.at(moment, remove)
        machine.publish()
        assert_sound(bucket, machine)
        removed += machine.digest in gone
        take_back(bucket, machine)
    assert moment > 6
    assert removed
    assert_whole(bucket, tmp_path)


def test_an_upload_that_begins_after_the_word_waits_for_the_end(
    bucket: Bucket, tmp_path: Path, like: Manifest, held_up: threading.Event
) -> None:
    """Between the collector's last look at the names and its removal."""
    collector = at(bucket, tmp_path / "collector").remote
    machine = Machine(bucket, tmp_path / "two", like, 5.0)
    machine.upload_only()
    notice = collector.removals.announce([machine.digest])
    thread = threading.Thread(target=machine.publish)
    thread.start()
    assert held_up.wait(30)
    assert f"keys/{machine.key}/manifest.json" in bucket.names()
    collector.remove_all_of(f"objects/{machine.digest}", ["artifact.json"])
    collector.removals.finish(notice)
    thread.join(30)
    assert not thread.is_alive()
    assert_sound(bucket, machine)


def test_what_was_seen_there_once_is_not_believed_after_a_collection(
    bucket: Bucket, tmp_path: Path, like: Manifest
) -> None:
    """A process that uploaded an object names it again, and it was removed in between."""
    machine = Machine(bucket, tmp_path / "two", like, 5.0)
    machine.publish()
    machine.store.remote.forget(machine.key)
    assert collect_remote(at(bucket, tmp_path / "other").remote, NOW).objects == [machine.digest]
    machine.publish()
    assert_sound(bucket, machine)


# -- kills -----------------------------------------------------------------------------------------


def killed_collection(bucket: Bucket, folder: Path, point: str) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'runtime'}",
        "W2SDL_TEST_KILL": point,
    }
    code = (
        "import sys; from pathlib import Path; from w2sdl_runtime.storage.opening import open_store\n"
        "from w2sdl_runtime.cache.collecting_remote import collect_remote\n"
        "collect_remote(open_store(sys.argv[1]).remote, -5.0)"
    )
    place = f"{bucket.url}#{folder / 'killed'}"
    done = subprocess.run(
        [sys.executable, "-c", code, place], env=environment, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize(
    "point",
    [
        "gc.remote-announced",
        pytest.param("gc.remote-artifact:1", marks=slow),
        "gc.remote-artifact:2",
        pytest.param("gc.remote-removed", marks=slow),
    ],
)
def test_a_killed_collection_keeps_nobody_from_anything(
    bucket: Bucket,
    tmp_path: Path,
    like: Manifest,
    point: str,
    monkeypatch: pytest.MonkeyPatch,
    held_up: threading.Event,
) -> None:
    machines = [Machine(bucket, tmp_path / f"m{n}", like, float(n)) for n in range(4)]
    for machine in machines:
        machine.upload_only()
    killed_collection(bucket, tmp_path, point)
    assert_whole(bucket, tmp_path)
    assert sum("gc/removing-" in name for name in bucket.names()) == 1
    # An object that it does not mean is named at once; one that it means, when it is surely dead.
    other = Machine(bucket, tmp_path / "other", like, 99.0)
    other.publish()
    assert not held_up.is_set()
    monkeypatch.setattr(removals, "DEAD", 0.2)
    machines[0].publish()
    assert held_up.is_set()
    assert not any("gc/removing-" in name for name in bucket.names())
    rest = collect_remote(at(bucket, tmp_path / "third").remote, NOW).objects
    assert set(rest) <= {machine.digest for machine in machines[1:]}
    assert objects(bucket) == {like.digest, machines[0].digest, other.digest}
    for machine in (machines[0], other):
        assert_sound(bucket, machine)
    assert_whole(bucket, tmp_path)


def test_word_of_long_ago_goes(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = at(bucket, tmp_path / "cache").remote
    word = Removals(remote.folder)
    word.announce(["a" * 64])
    word.finish(word.announce(["b" * 64]))
    word.tidy()
    assert sorted(name.partition("-")[0] for name in word.look()) == ["removed", "removing"]
    monkeypatch.setattr(removals, "LONG_DEAD", -5.0)
    word.tidy()
    assert not any(name.startswith("removing-") for name in word.look())


@pytest.mark.parametrize("point", ["push.object", "push.named"])
def test_an_upload_killed_and_collected_is_finished_without_computing(
    bucket: Bucket, tmp_path: Path, point: str
) -> None:
    process = start(tmp_path, bucket, f"{point}:1")
    output, _ = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, output
    collect_remote(at(bucket, tmp_path / "collector").remote, NOW)
    (waiting,) = at(bucket, tmp_path / "cache").waiting()
    collect(at(bucket, tmp_path / "cache"), Keep(runs=0, grace=0.0))  # the folder keeps it too
    run(small_graph().graph(), tmp_path, bucket)
    assert sum(ran(tmp_path, op) for op in ("number", "data", "sum", "sign", "weights")) == 6
    assert f"keys/{waiting}/manifest.json" in bucket.names()
    assert_whole(bucket, tmp_path)
    assert run(small_graph().graph(), tmp_path, bucket, cache="far").counts["executed"] == 0


@pytest.mark.parametrize("rounds", [3, pytest.param(25, marks=slow)])
def test_machines_that_publish_while_another_collects_all_the_time(
    bucket: Bucket, tmp_path: Path, like: Manifest, rounds: int, held_up: threading.Event
) -> None:
    """Every object lies there without a name before it gets one, so all are garbage for a while."""
    over = threading.Event()
    removed: list[str] = []

    def collecting() -> None:
        remote = at(bucket, tmp_path / "collector").remote
        while not over.is_set():
            removed.extend(collect_remote(remote, NOW).objects)

    machines = [Machine(bucket, tmp_path / f"m{n % 3}", like, float(n)) for n in range(3 * rounds)]
    for machine in machines:
        machine.upload_only()
    with ThreadPoolExecutor(4) as pool:
        collector = pool.submit(collecting)
        try:
            list(pool.map(Machine.publish, machines))
        finally:
            over.set()
        collector.result()
    for machine in machines:
        assert_sound(bucket, machine)
    assert removed
    assert_whole(bucket, tmp_path)


@pytest.mark.parametrize("every", [4, pytest.param(3, marks=slow)])
def test_lost_answers_change_nothing_of_a_collection(
    bucket: Bucket,
    tmp_path: Path,
    like: Manifest,
    hooked: Hooked,
    by_way: Callable[[Path], RemoteStore],
    every: int,
) -> None:
    """Each n-th request is carried out, and its answer lost."""
    collector = by_way(tmp_path / "collector")
    machines = [Machine(bucket, tmp_path / "two", like, float(n)) for n in range(3)]
    for machine in machines:
        machine.upload_only()
    machines[0].publish()
    hooked.lost = every
    done = collect_remote(collector.remote, NOW)
    assert sorted(done.objects) == sorted(machine.digest for machine in machines[1:])
    assert objects(bucket) == {like.digest, machines[0].digest}
    assert not any("gc/removing-" in name for name in bucket.names())
    assert_whole(bucket, tmp_path)


@pytest.mark.parametrize(
    "last",
    [13, pytest.param(3, marks=slow), pytest.param(15, marks=slow), pytest.param(17, marks=slow)],
)
def test_a_service_that_goes_in_the_middle_is_a_sentence_and_loses_nothing(
    bucket: Bucket,
    tmp_path: Path,
    like: Manifest,
    hooked: Hooked,
    by_way: Callable[[Path], RemoteStore],
    last: int,
) -> None:
    collector = by_way(tmp_path / "collector")
    machines = [Machine(bucket, tmp_path / "two", like, float(n)) for n in range(3)]
    for machine in machines:
        machine.upload_only()
    hooked.way.answers, hooked.last = 0, last
    with pytest.raises(PrerequisiteError, match="can't be reached"):
        collect_remote(collector.remote, NOW)
    assert_whole(bucket, tmp_path)
    collect_remote(at(bucket, tmp_path / "third").remote, NOW)
    assert objects(bucket) == {like.digest}
    assert_whole(bucket, tmp_path)


def test_a_bucket_that_answers_too_slowly_is_not_collected(
    bucket: Bucket, tmp_path: Path, like: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(bucket, tmp_path / "two", like, 5.0)
    machine.upload_only()
    monkeypatch.setattr(removals, "STOP", -1.0)
    with pytest.raises(PrerequisiteError, match="answers too slowly to be collected"):
        collect_remote(machine.store.remote, NOW)
    assert machine.digest in objects(bucket)
    assert not any("gc/removing-" in name for name in bucket.names())


def test_a_folder_in_which_runs_worked_is_not_collected_as_a_bucket(tmp_path: Path) -> None:
    Store(tmp_path / "far").journal.close()
    far = at(Bucket("", f"file://{tmp_path}/far", None), tmp_path / "cache")
    with pytest.raises(PrerequisiteError, match="a folder in which runs have worked"):
        collect_remote(far.remote, NOW)


def test_a_folder_by_its_url_is_collected_like_a_bucket(tmp_path: Path) -> None:
    folder = Bucket("", f"file://{tmp_path}/far", None)
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    result = run(builder.graph(), tmp_path, folder)
    store = at(folder, tmp_path / "cache")
    store.remote.upload("c" * 64, store.path(result.nodes[number].digest))
    assert find_remote_garbage(store.remote, 3600.0).young == 1
    assert collect_remote(store.remote, NOW).objects == ["c" * 64]
    assert not (tmp_path / "far" / "objects" / ("c" * 64)).exists()
    assert verify_remote(store).findings == ()
