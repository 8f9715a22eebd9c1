"""A collection loses nothing that is in use, wherever it is killed and whatever runs beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.forks import FORKS
from tests.runtime.tiny_graph import Builder, run
from tests.runtime.tiny_run import prepare, small_graph
from w2sdl.planning.deciding import plan_graph
from w2sdl.planning.plan import Action
from w2sdl_runtime.cache.collecting import collect
from w2sdl_runtime.cache.garbage import Keep, find_garbage
from w2sdl_runtime.cache.index import store_index
from w2sdl_runtime.cache.verifying import verify_store
from w2sdl_runtime.faults import VARIABLE
from w2sdl_runtime.partials import READINGS, Partials
from w2sdl_runtime.runs.loaded_run import read_run, run_folders
from w2sdl_runtime.runs.run_record import RunRecord, RunRequest
from w2sdl_runtime.storage.leases import Leases
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import Metric

NOW = Keep(grace=0.0)
ROOT = Path(__file__).parents[2]


def other_graph() -> Builder:
    """Shares its data with the small graph, and nothing else."""
    builder = Builder()
    data = builder.add("tiny_data", value=2.0)
    builder.add("tiny_first", {"data": [data]})
    builder.add("tiny_number", value=77.0)
    return builder


def actions(builder: Builder, folder: Path) -> set[Action]:
    plan = plan_graph(builder.graph(), store_index(Store(folder / "store"), folder, {}))
    return {entry.action for entry in plan.entries.values()}


@pytest.fixture
def two_runs(tmp_path: Path) -> Path:
    """A store with a run of each graph, and an object that nobody named."""
    folder = prepare(tmp_path)
    run(small_graph().graph(), folder)
    time.sleep(1.1)  # runs are told apart by the second
    run(other_graph().graph(), folder)
    Store(folder / "store").put(Metric("nobody's", 1.0))
    return folder


def test_only_what_no_kept_run_needs_goes(two_runs: Path) -> None:
    """Breaks if an object inside another one is lost: the data set is kept, and so are its parts."""
    store = Store(two_runs / "store")
    found = find_garbage(store, Keep(runs=1, grace=0.0))
    done = collect(store, Keep(runs=1, grace=0.0))
    assert (done.runs, done.keys, done.objects) == (found.runs, found.keys, found.objects)
    assert len(done.runs) == 1
    assert actions(other_graph(), two_runs) == {Action.REUSE}
    assert verify_store(store).findings == ()
    found_actions = actions(small_graph(), two_runs)
    assert found_actions > {Action.REUSE}  # the data are shared
    run(small_graph().graph(), two_runs)
    assert actions(small_graph(), two_runs) == {Action.REUSE}


def test_a_name_is_needed_and_youth_protects(two_runs: Path) -> None:
    store = Store(two_runs / "store")
    assert find_garbage(store, Keep()).objects == []
    (nobodys,) = find_garbage(store, NOW).objects
    os.utime(store.path(nobodys), (1, 1))
    assert find_garbage(store, Keep()).objects == [nobodys]
    assert store.put(Metric("nobody's", 1.0)) == nobodys  # asked for again: young again
    assert find_garbage(store, Keep()).objects == []


@pytest.mark.parametrize("point", ["gc.manifest-removed", "gc.object-removed"])
@pytest.mark.parametrize("count", [1, 3])
def test_a_collection_killed_anywhere_leaves_a_whole_store(
    two_runs: Path, point: str, count: int
) -> None:
    """Breaks if an object goes before its name, or a journal is left that says otherwise."""
    store = Store(two_runs / "store")
    total = find_garbage(store, Keep(runs=1, grace=0.0))
    done = collected(two_runs, "--keep-runs", "1", kill=f"{point}:{count}")
    assert done.returncode == -9, done.stdout + done.stderr
    assert verify_store(Store(two_runs / "store")).findings == ()
    assert actions(other_graph(), two_runs) == {Action.REUSE}
    rest = collect(Store(two_runs / "store"), Keep(runs=1, grace=0.0))
    assert set(rest.keys) < set(total.keys) or set(rest.objects) < set(total.objects)
    assert not find_garbage(Store(two_runs / "store"), Keep(runs=1, grace=0.0))
    assert list((two_runs / "store" / "tmp").iterdir()) == []
    run(small_graph().graph(), two_runs)
    assert actions(small_graph(), two_runs) == {Action.REUSE}


def collected(folder: Path, *arguments: str, kill: str = "") -> subprocess.CompletedProcess[str]:
    store = ("--store", str(folder / "store"), "--grace", "0s")
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}", "W2SDL_TEST_KILL": kill}
    command = [sys.executable, "-m", "w2sdl", "cache", "gc", *store, *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def _compute_again(folder: Path, builder: Builder) -> None:
    os.environ[VARIABLE] = "commit.manifest"
    run(builder.graph(), folder, fresh=True)


def test_a_result_that_was_replaced_by_a_killed_run_is_kept(tmp_path: Path) -> None:
    """Its name was there, and not yet in the journal, which knew the result before it."""
    builder = Builder()
    dice = builder.add("tiny_dice")
    first = run(builder.graph(), tmp_path)
    process = FORKS.Process(target=_compute_again, args=(tmp_path, builder))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    second = run(builder.graph(), tmp_path)
    assert second.nodes[dice].action == "reused"
    assert second.nodes[dice].digest != first.nodes[dice].digest
    assert actions(builder, tmp_path) == {Action.REUSE}
    found = store_index(Store(tmp_path / "store"), tmp_path, {}).stored(second.nodes[dice].key)
    assert found is not None
    assert found.digest == second.nodes[dice].digest
    collect(Store(tmp_path / "store"), NOW)
    assert run(builder.graph(), tmp_path).nodes[dice].action == "reused"


def test_a_run_in_progress_keeps_what_it_may_use(two_runs: Path) -> None:
    """The last run is the one in progress, and no run is kept: all that it could reuse stays."""
    store = Store(two_runs / "store")
    with Leases(store.journal, run_folders(store)[-1].name):
        garbage = find_garbage(store, Keep(runs=0, grace=0.0))
        assert len(garbage.runs) == 1
        collect(store, Keep(runs=0, grace=0.0))
        assert actions(other_graph(), two_runs) == {Action.REUSE}
    collect(store, Keep(runs=0, grace=0.0))
    assert actions(other_graph(), two_runs) == {Action.RUN}


def test_a_run_that_has_only_begun_keeps_what_it_will_find(two_runs: Path) -> None:
    """It has decided nothing yet, and the runs that made these results go."""
    store = Store(two_runs / "store")
    time.sleep(1.1)
    record = RunRecord.create(store, other_graph().graph(), RunRequest())
    with Leases(store.journal, record.run):
        done = collect(store, Keep(runs=0, grace=0.0))
        assert len(done.runs) == 2
        assert done.keys
        assert actions(other_graph(), two_runs) == {Action.REUSE}
    assert verify_store(store).findings == ()


def test_what_was_written_while_a_run_goes_on_is_not_garbage(two_runs: Path) -> None:
    store = Store(two_runs / "store")
    with Leases(store.journal, run_folders(store)[-1].name):
        digest = store.put(Metric("not named yet", 2.0))
        collect(store, Keep(runs=0, grace=0.0))
        assert store.path(digest).is_dir()


def test_a_lease_keeps_partial_results_and_a_result_ends_them(two_runs: Path) -> None:
    store = Store(two_runs / "store")
    done = sorted(path.name for path in store.keys.iterdir())[0]
    for key in (done, "a" * 64, "b" * 64):
        folder = store.root / "partial" / key
        folder.mkdir(parents=True)
        (folder / "piece").write_text("x")
    with Leases(store.journal, run_folders(store)[-1].name) as leases:
        leases.take("a" * 64, "slow")
        assert find_garbage(store, NOW).partials == [done]
        assert find_garbage(store, Keep(runs=0, grace=0.0)).partials == [done]
    assert find_garbage(store, NOW).partials == [done]  # an interrupted node goes on from its own
    assert set(find_garbage(store, Keep(age=0.0, grace=0.0)).partials) == {done, "a" * 64, "b" * 64}


def test_readings_go_that_no_kept_run_can_have_used(two_runs: Path) -> None:
    """Asking for one is using it, and nothing names them."""
    store = Store(two_runs / "store")
    pieces = Partials(readings=store.root / READINGS)
    first = min(read_run(folder).info.started.timestamp() for folder in run_folders(store))
    folders = [pieces.shared(label).folder for label in ("old", "used", "of the runs")]
    for folder in folders:
        assert folder is not None
        folder.mkdir(parents=True)
        os.utime(folder, (first - 9, first - 9))
    old, used, later = (folder for folder in folders if folder is not None)
    os.utime(later, (first + 9, first + 9))
    pieces.shared("used")
    assert find_garbage(store, Keep(grace=-60.0)).readings == [old.name]
    assert collect(store, Keep(grace=-60.0)).readings == [old.name]
    assert (old.exists(), used.exists(), later.exists()) == (False, True, True)


def test_runs_beside_collections_end_as_if_alone(tmp_path: Path) -> None:
    """Two processes: one runs designs, the other collects all the time. No result is ever lost."""
    folder = prepare(tmp_path)
    (folder / "store").mkdir()
    loop = (
        "import sys; from pathlib import Path; from w2sdl_runtime.storage.store import Store;"
        "from w2sdl_runtime.cache.collecting import Keep, collect; store = Store(Path(sys.argv[1]));"
        "store.prepare()\nwhile True: collect(store, Keep(runs=0, grace=0.0))"
    )
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}"}
    command = [sys.executable, "-c", loop, str(folder / "store")]
    collector = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    try:
        for make in [small_graph, other_graph] * 4:
            finished(make, folder)
        assert collector.poll() is None, collector.stderr.read() if collector.stderr else ""
    finally:
        collector.kill()
        collector.wait()
    collect(Store(folder / "store"), Keep(runs=0, grace=0.0))
    assert verify_store(Store(folder / "store")).findings == ()


def finished(make: Callable[[], Builder], folder: Path) -> None:
    result = run(make().graph(), folder)
    assert result.status == "done", result.failures
    assert not result.failures
