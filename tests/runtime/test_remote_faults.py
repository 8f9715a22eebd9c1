"""Kills, lost answers and other hosts: what a bucket names is there, and right."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.bucket import Bucket, point_to, way_to
from tests.runtime.remote_runs import assert_whole, at, digests, run, start
from tests.runtime.tiny_graph import Builder, ran
from tests.runtime.tiny_run import prepare, small_graph
from w2sdl_runtime.storage.manifest import Manifest
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import Metric

slow = pytest.mark.slow


@pytest.mark.parametrize(
    "point",
    [
        "push.object",
        pytest.param("push.manifest", marks=slow),
        pytest.param("commit.journal", marks=slow),
    ],
)
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


@pytest.mark.parametrize(
    "moment", [pytest.param(1, marks=slow), pytest.param(9, marks=slow), 13]
)  # the fourteenth answer is that to our manifest
def test_a_host_that_comes_between_is_followed(
    s3_server: str, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """The other host's result appears between two requests of ours, whichever two."""
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    key = run(builder.graph(), tmp_path, bucket).nodes[number].key
    theirs = {n: bucket.get(n) for n in bucket.names() if n.startswith(("keys/", "objects/"))}
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


def test_a_damaged_result_of_another_host_does_not_stand(bucket: Bucket, tmp_path: Path) -> None:
    builder = Builder()
    number = builder.add("tiny_number", value=1.0)
    key = run(builder.graph(), tmp_path, bucket).nodes[number].key
    one = at(bucket, tmp_path / "cache")
    like, preimage = one.kept(key), one.preimage(key)
    assert like is not None
    name = f"objects/{like.digest}/artifact.json"
    bucket.put(name, bucket.get(name).replace(b"1", b"2"))
    two = at(bucket, tmp_path / "two")
    two.prepare()
    stands = put_result(two, key, preimage, like, 5.0)
    assert stands.digest != like.digest
    assert json.loads(bucket.get(f"keys/{key}/manifest.json"))["digest"] == stands.digest
    assert_whole(bucket, tmp_path)


@slow
def test_a_service_that_goes_while_nodes_run_ends_no_other_node(
    s3_server: str, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = Builder()
    for value in range(3):
        builder.add("tiny_number", value=float(value), name=f"number{value}")
    with way_to(s3_server, lambda number: None if number > 9 else 0.0) as way:
        point_to(monkeypatch, way.endpoint)
        result = run(builder.graph(), tmp_path, bucket, keep_going=True)
    assert result.status == "failed"
    assert len(result.failures) == 3
    assert {failure.type for _, failure in result.failures} == {"PrerequisiteError"}
    point_to(monkeypatch, s3_server)
    assert run(builder.graph(), tmp_path, bucket).status == "done"
    assert_whole(bucket, tmp_path)


def test_the_bucket_decides_who_was_first(bucket: Bucket, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from w2sdl_runtime.storage.remote_folder import RemoteFolder

    def write(number: int) -> bytes:
        return RemoteFolder(bucket.url).create("one", f"{number}".encode())

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(write, range(16)))
    assert found == {bucket.get("one")}


# -- what goes wrong on the way --------------------------------------------------------------------


@pytest.mark.parametrize("every", [2, pytest.param(5, marks=slow)])
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


@slow
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
    with way_to(s3_server, lambda number: None if number > 13 else 0.0) as way:
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
