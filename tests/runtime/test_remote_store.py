"""A store in an S3 bucket behind a cache folder: nothing is lost, nothing wrong is used."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.bucket import Bucket, forget_connections
from tests.runtime.remote_runs import assert_whole, at, digests, run
from tests.runtime.tiny_graph import Builder, ran
from tests.runtime.tiny_run import prepare, small_graph
from w2sdl_runtime.cache.verifying import verify_store
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.storage.objects import CorruptObject
from w2sdl_runtime.storage.opening import open_store
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import Metric


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
        pytest.param("flip", "tiny_data0", marks=pytest.mark.slow),
        ("flip", "tiny_number2"),
        pytest.param("cut", "last", marks=pytest.mark.slow),
        pytest.param("missing", "tiny_number2", marks=pytest.mark.slow),
        pytest.param("extra", "tiny_number2", marks=pytest.mark.slow),
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
