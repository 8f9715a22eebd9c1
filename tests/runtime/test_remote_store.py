"""A store in an S3 bucket behind a cache folder: nothing is lost, nothing wrong is used."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bucket import Bucket, forget_connections, point_to, way_to
from tests.runtime.conftest import REPOSITORY
from tests.runtime.tiny_graph import MODULES, Builder, ran
from tests.runtime.tiny_run import prepare, small_graph
from w2sdl.graph import Graph
from w2sdl_runtime import attempt
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.execute import BackendFactory, Options, RunResult, run_graph
from w2sdl_runtime.local_backend import LocalBackend
from w2sdl_runtime.manifest import Manifest
from w2sdl_runtime.remote_store import RemoteStore
from w2sdl_runtime.run_record import RunRecord, RunRequest
from w2sdl_runtime.store import CorruptObject, Store
from w2sdl_runtime.stores import open_store
from w2sdl_runtime.values import Metric
from w2sdl_runtime.verifying import verify_store


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


def test_another_machine_computes_nothing_again(bucket: Bucket, tmp_path: Path) -> None:
    graph = small_graph().graph()
    first = digests(run(graph, prepare(tmp_path), bucket))
    assert ran(tmp_path, "number") == 1
    again = run(graph, tmp_path, bucket)
    assert (again.counts["executed"], digests(again)) == (0, first)
    other = run(graph, tmp_path, bucket, cache="other")
    assert (other.counts["executed"], digests(other)) == (0, first)
    assert_whole(bucket, tmp_path)
    assert not at(bucket, tmp_path / "cache").waiting()


def test_only_what_is_read_is_fetched(bucket: Bucket, tmp_path: Path) -> None:
    graph = small_graph()
    run(graph.graph(), prepare(tmp_path), bucket)
    other = run(graph.graph(), tmp_path, bucket, cache="other")
    weights = other.nodes[graph.id("tiny_weights5")].digest
    store = at(bucket, tmp_path / "other")
    assert not store.path(weights).exists()
    assert store.open(weights).digest == weights
    assert store.path(weights).is_dir()
    assert not list(store.tmp.iterdir())


def test_what_was_fetched_is_a_result_of_the_cache_too(bucket: Bucket, tmp_path: Path) -> None:
    graph = small_graph().graph()
    run(graph, prepare(tmp_path), bucket)
    run(graph, tmp_path, bucket, cache="other")
    local = Store(tmp_path / "other")
    kinds = {manifest.kind for manifest in local.manifests()}
    assert kinds == {"Metric"}
    rows = {row["key"] for row in local.journal.results()}
    assert rows == {manifest.key for manifest in local.manifests()}


def test_an_object_that_is_referred_to_travels_too(bucket: Bucket, tmp_path: Path) -> None:
    builder = Builder()
    data = builder.add("tiny_data", value=3.0)
    run(builder.graph(), tmp_path, bucket)
    builder.add("tiny_first", {"data": [data]}, name="first")
    result = run(builder.graph(), tmp_path, bucket, cache="other")
    assert result.counts["executed"] == 1
    found = at(bucket, tmp_path / "other").open(result.nodes[builder.id("first")].digest)
    assert isinstance(found, Metric)
    assert found.value == 3.0


# -- damage ----------------------------------------------------------------------------------------


def artifact(bucket: Bucket, digest: str) -> str:
    return f"objects/{digest}/artifact.json"


def flip(bucket: Bucket, name: str) -> None:
    content = bytearray(bucket.get(name))
    content[-20] ^= 1
    bucket.put(name, bytes(content))


@pytest.mark.parametrize(
    ("damage", "whose"),
    [
        ("flip", "tiny_data0"),
        ("flip", "tiny_number2"),
        ("cut", "last"),
        ("missing", "tiny_number2"),
        ("extra", "tiny_number2"),
        ("escape", "tiny_data0"),
    ],
)
def test_damage_in_the_bucket_is_computed_again(
    bucket: Bucket, tmp_path: Path, damage: str, whose: str
) -> None:
    graph = small_graph()
    first = run(graph.graph(), prepare(tmp_path), bucket)
    bad = first.nodes[graph.id(whose)].digest
    name = artifact(bucket, bad)
    if damage == "flip":
        flip(bucket, name)
    elif damage == "cut":
        bucket.put(name, bucket.get(name)[:-5])
    elif damage == "missing":
        bucket.delete(name)
    elif damage == "extra":
        bucket.put(f"objects/{bad}/more", b"x")
    else:
        bucket.put(f"objects/{bad}/../../../escaped", b"x")
    # Something new downstream, so that what is damaged is read.
    op, port = ("tiny_first", "data") if whose == "tiny_data0" else ("tiny_sign", "of")
    graph.add(op, {port: [graph.id(whose)]}, name="new")
    result = run(graph.graph(), tmp_path, bucket, cache="other")
    assert digests(result).items() >= digests(first).items()
    assert not list(tmp_path.rglob("escaped"))
    assert_whole(bucket, tmp_path)
    assert run(graph.graph(), tmp_path, bucket, cache="fourth").counts["executed"] == 0


def test_a_copy_damaged_here_is_fetched_again(bucket: Bucket, tmp_path: Path) -> None:
    graph = small_graph()
    first = run(graph.graph(), prepare(tmp_path), bucket)
    number = graph.id("tiny_number2")
    path = tmp_path / "cache" / "objects" / first.nodes[number].digest / "artifact.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-9])
    graph.add(
        "tiny_flavoured", {"of": [number]}, name="new", how={"variant": "plus", "amount": 1.0}
    )
    result = run(graph.graph(), tmp_path, bucket)
    assert result.counts["executed"] == 1
    assert ran(tmp_path, "number") == 1
    assert list((tmp_path / "cache" / "aside").iterdir())


def test_verify_looks_there_for_what_was_not_fetched(bucket: Bucket, tmp_path: Path) -> None:
    builder = Builder()
    data = builder.add("tiny_data", value=3.0)
    result = run(builder.graph(), tmp_path, bucket)
    store = at(bucket, tmp_path / "other")
    store.prepare()
    digest = result.nodes[data].digest
    store.fetch(digest)  # and not the part that it refers to
    assert store.lookup(result.nodes[data].key) is not None
    found = verify_store(store)
    assert (found.objects, found.findings) == (1, ())
    path = store.path(digest) / "artifact.json"
    path.chmod(0o644)
    path.write_text("{}")
    assert verify_store(at(bucket, tmp_path / "other")).findings == ()  # it was fetched again
    assert path.read_text() != "{}"
    assert not store.journal.corrupt_objects()


def test_a_manifest_that_is_none_is_no_result(bucket: Bucket, tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    first = run(builder.graph(), tmp_path, bucket)
    key = first.nodes[number].key
    name = f"keys/{key}/manifest.json"
    record = json.loads(bucket.get(name))
    for content in (
        b"",
        b"[1]",
        json.dumps({**record, "digest": "../../../etc"}).encode(),
        json.dumps({**record, "key": "0" * 64}).encode(),
    ):
        bucket.put(name, content)
        shutil.rmtree(tmp_path / "other", ignore_errors=True)
        result = run(builder.graph(), tmp_path, bucket, cache="other")
        assert result.counts["executed"] == 1
        assert digests(result) == digests(first)
        assert json.loads(bucket.get(name))["digest"] == first.nodes[number].digest


def test_a_preimage_of_another_key_is_not_believed(bucket: Bucket, tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    key = run(builder.graph(), tmp_path, bucket).nodes[number].key
    record = json.loads(bucket.get(f"keys/{key}/key.json"))
    bucket.put(f"keys/{key}/key.json", json.dumps({**record, "op": "other"}).encode())
    store = at(bucket, tmp_path / "other")
    store.prepare()
    assert store.lookup(key) is not None
    assert store.preimage(key) is None
    assert not (store.keys / key).exists()


# -- kills -----------------------------------------------------------------------------------------


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


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    from tests.runtime.tiny_graph import run as run_here

    return digests(run_here(small_graph().graph(), prepare(tmp_path_factory.mktemp("clean"))))


@pytest.mark.parametrize("point", ["push.object", "push.manifest", "commit.journal"])
def test_a_killed_upload_is_finished_by_the_next_run(
    bucket: Bucket, tmp_path: Path, point: str, undisturbed: dict[str, str]
) -> None:
    process = start(tmp_path, bucket, f"{point}:3")
    output, _ = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, output
    assert_whole(bucket, tmp_path)
    before = sum(ran(tmp_path, name) for name in ("number", "data", "sum", "sign", "weights"))
    result = run(small_graph().graph(), tmp_path, bucket)
    assert digests(result) == undisturbed
    after = sum(ran(tmp_path, name) for name in ("number", "data", "sum", "sign", "weights"))
    assert after == 6  # what was named before the kill is not done again
    assert before >= 2
    assert not at(bucket, tmp_path / "cache").waiting()
    other = run(small_graph().graph(), tmp_path, bucket, cache="other")
    assert (other.counts["executed"], digests(other)) == (0, undisturbed)
    assert_whole(bucket, tmp_path)


def test_a_killed_fetch_is_done_again(
    bucket: Bucket, tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    run(small_graph().graph(), prepare(tmp_path), bucket, cache="first")
    process = start(tmp_path, bucket, "pull.object:2")
    output, _ = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, output
    result = run(small_graph().graph(), tmp_path, bucket)
    assert (result.counts["executed"], digests(result)) == (0, undisturbed)
    assert not list((tmp_path / "cache" / "tmp").iterdir())


# -- two hosts -------------------------------------------------------------------------------------


def put_result(store: Store, key: str, preimage: object, like: Manifest, value: float) -> Manifest:
    digest = store.put(Metric("x", value))
    ours = like.model_copy(update={"digest": digest, "run": f"run-{value}"})
    return store.commit(key, preimage, ours)  # type: ignore[arg-type]


def test_the_first_of_two_hosts_decides(bucket: Bucket, tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    key = run(builder.graph(), tmp_path, bucket).nodes[number].key
    one = at(bucket, tmp_path / "cache")
    like, preimage = one.kept(key), one.preimage(key)
    assert like is not None
    two = at(bucket, tmp_path / "two")
    two.prepare()
    stands = put_result(two, key, preimage, like, 5.0)
    assert stands.digest == like.digest
    kept = two.kept(key)
    assert kept is not None
    assert kept.digest == like.digest
    assert two.is_sound(like.digest)
    assert [row["digest"] for row in two.journal.results()] == [like.digest]
    # Computed again on purpose, the new one stands.
    digest = two.put(Metric("x", 6.0))
    again = two.commit(
        key, preimage or {}, like.model_copy(update={"digest": digest}), replace=True
    )
    assert again.digest == digest
    assert json.loads(bucket.get(f"keys/{key}/manifest.json"))["digest"] == digest


@pytest.mark.parametrize("moment", [1, 4, 8])  # the ninth answer is that to our manifest
def test_a_host_that_comes_between_is_followed(
    s3_server: str, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """The other host's result appears between two requests of ours, whichever two."""
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    key = run(builder.graph(), tmp_path, bucket).nodes[number].key
    theirs = {name: bucket.get(name) for name in bucket.names() if name != "store.json"}
    for name in theirs:
        bucket.delete(name)
    like = Manifest.model_validate_json(theirs[f"keys/{key}/manifest.json"])
    preimage = json.loads(theirs[f"keys/{key}/key.json"])

    def mishap(number: int) -> float:
        if number == moment:
            for name, content in sorted(theirs.items(), key=lambda one: "manifest" in one[0]):
                bucket.put(name, content)
        return 0.0

    with way_to(s3_server, mishap) as way:
        point_to(monkeypatch, way.endpoint)
        ours = at(bucket, tmp_path / "ours")
        Store.prepare(ours)
        stands = put_result(ours, key, preimage, like, 5.0)
        assert way.answers > moment
        kept = ours.kept(key)
        there = json.loads(bucket.get(f"keys/{key}/manifest.json"))["digest"]
        assert kept is not None
        assert stands.digest == kept.digest == there
        assert ours.is_sound(there)
        assert there == like.digest


def test_the_bucket_decides_who_was_first(bucket: Bucket, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from w2sdl_runtime.remote_folder import RemoteFolder

    def write(number: int) -> bytes:
        return RemoteFolder(bucket.url).create("one", f"{number}".encode())

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(write, range(16)))
    assert found == {bucket.get("one")}


# -- what goes wrong on the way --------------------------------------------------------------------


@pytest.mark.parametrize("every", [2, 5])
def test_lost_answers_change_nothing(
    s3_server: str,
    bucket: Bucket,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    every: int,
    undisturbed: dict[str, str],
) -> None:
    """Each n-th request is carried out, and its answer lost."""
    with way_to(s3_server, lambda number: None if number % every == 0 else 0.0) as way:
        point_to(monkeypatch, way.endpoint)
        result = run(small_graph().graph(), prepare(tmp_path), bucket)
        assert digests(result) == undisturbed
        assert way.answers > 40
    point_to(monkeypatch, s3_server)
    assert_whole(bucket, tmp_path)
    assert run(small_graph().graph(), tmp_path, bucket, cache="other").counts["executed"] == 0


def test_late_answers_change_nothing(
    s3_server: str,
    bucket: Bucket,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: dict[str, str],
) -> None:
    """Each seventh answer comes after the client has given up and asked again."""
    with way_to(s3_server, lambda number: 1.5 if number % 7 == 0 else 0.0) as way:
        point_to(monkeypatch, way.endpoint, patience=0.5)
        result = run(small_graph().graph(), prepare(tmp_path), bucket)
        assert digests(result) == undisturbed
    point_to(monkeypatch, s3_server)
    assert_whole(bucket, tmp_path)


def test_a_service_that_is_gone_fails_the_node_and_loses_nothing(
    s3_server: str, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    sign = builder.add("tiny_sign", {"of": [number]})
    with way_to(s3_server, lambda number: None if number > 8 else 0.0) as way:
        point_to(monkeypatch, way.endpoint)
        result = run(builder.graph(), tmp_path, bucket)
    ((failed, failure), *_) = result.failures
    assert (failed.id, failure.type) == (number, "PrerequisiteError")
    assert failure.message.startswith(f"the store {bucket.url} can't be reached: ")
    assert "uploaded by the next run" in failure.help
    assert at(bucket, tmp_path / "cache").waiting()
    point_to(monkeypatch, s3_server)
    again = run(builder.graph(), tmp_path, bucket)
    assert {again.nodes[id_].action for id_ in (number, sign)} == {"reused", "executed"}
    assert ran(tmp_path, "number") == 1
    assert_whole(bucket, tmp_path)


def test_a_bucket_that_is_not_there_is_one_sentence(bucket: Bucket, tmp_path: Path) -> None:
    store = open_store(f"s3://no-such-bucket/x#{tmp_path / 'cache'}")
    for ask in (store.prepare, store.remote_keys, lambda: store.lookup("0" * 64)):
        with pytest.raises(PrerequisiteError, match="s3://no-such-bucket/x is not there") as error:
            ask()
        assert "make the bucket first" in error.value.help


def test_a_bucket_that_is_forbidden_is_one_sentence(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    forget_connections()
    with pytest.raises(PrerequisiteError, match="lets nobody in"):
        at(bucket, tmp_path / "cache").prepare()


def test_a_store_made_anew_is_not_mixed_with_the_old_one(bucket: Bucket, tmp_path: Path) -> None:
    at(bucket, tmp_path / "cache").prepare()
    bucket.delete("store.json")
    at(bucket, tmp_path / "other").prepare()
    with pytest.raises(PrerequisiteError, match="is another store than the one") as error:
        at(bucket, tmp_path / "cache").prepare()
    assert "made anew" in error.value.help


def test_a_store_of_another_layout_is_refused(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("store.json", b'{"layout": 99}')
    with pytest.raises(PrerequisiteError, match="layout 99"):
        at(bucket, tmp_path / "cache").prepare()


def test_forgotten_here_is_forgotten_there(bucket: Bucket, tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    key = run(builder.graph(), tmp_path, bucket).nodes[number].key
    at(bucket, tmp_path / "cache").forget(key)
    assert run(builder.graph(), tmp_path, bucket, cache="other").counts["executed"] == 1


def test_an_object_that_is_nowhere_is_said_to_be(bucket: Bucket, tmp_path: Path) -> None:
    store = at(bucket, tmp_path / "cache")
    store.prepare()
    with pytest.raises(CorruptObject, match="missing or damaged in s3://"):
        store.open("a" * 64)
    with pytest.raises(CorruptObject, match="no digest"):
        store.open("../../etc/passwd")


@pytest.mark.ray
def test_workers_of_ray_use_the_bucket(
    bucket: Bucket, tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    process = start(tmp_path, bucket, kill="", backend="ray")
    output, _ = process.communicate(timeout=180)
    assert process.returncode == 0, output
    assert_whole(bucket, tmp_path)
    other = run(small_graph().graph(), tmp_path, bucket, cache="other")
    assert (other.counts["executed"], digests(other)) == (0, undisturbed)


def test_a_folder_by_its_url_is_a_store_like_a_bucket(
    tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    folder = Bucket("", f"file://{tmp_path}/far", None)
    first = run(small_graph().graph(), prepare(tmp_path), folder)
    assert digests(first) == undisturbed
    other = run(small_graph().graph(), tmp_path, folder, cache="other")
    assert other.counts["executed"] == 0
    far = Store(tmp_path / "far")
    assert {manifest.digest for manifest in far.manifests()} == set(undisturbed.values())
    assert not list(far.tmp.iterdir())
