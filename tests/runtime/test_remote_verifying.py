"""A check of a bucket finds every damage, loses no byte of it, and ends the reuse of what is wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bucket import Bucket
from tests.runtime.remote_runs import assert_whole, at, digests, run
from tests.runtime.tiny_graph import Builder
from tests.runtime.tiny_run import prepare, small_graph
from w2sdl_runtime.cache.verifying import Damage
from w2sdl_runtime.cache.verifying_remote import verify_remote
from w2sdl_runtime.storage.remote_store import RemoteStore


@pytest.fixture
def two(bucket: Bucket, tmp_path: Path) -> tuple[Builder, dict[str, str]]:
    """A bucket with a number, and with data whose object refers to another one."""
    builder = Builder()
    builder.add("tiny_number", value=1.0)
    builder.add("tiny_data", value=3.0)
    return builder, digests(run(builder.graph(), tmp_path, bucket))


def elsewhere(bucket: Bucket, tmp_path: Path) -> RemoteStore:
    """A machine that has no copy of anything."""
    return at(bucket, tmp_path / "elsewhere")


def flip(bucket: Bucket, digest: str) -> None:
    name = f"objects/{digest}/artifact.json"
    content = bytearray(bucket.get(name))
    content[-20] ^= 1
    bucket.put(name, bytes(content))


def lose(bucket: Bucket, digest: str) -> None:
    bucket.delete(f"objects/{digest}/artifact.json")


def more(bucket: Bucket, digest: str) -> None:
    bucket.put(f"objects/{digest}/more", b"x")


def escape(bucket: Bucket, digest: str) -> None:
    bucket.put(f"objects/{digest}/../../../escaped", b"x")


def test_what_is_sound_is_said_to_be(
    bucket: Bucket, tmp_path: Path, two: tuple[Builder, dict[str, str]]
) -> None:
    before = bucket.names()
    found = verify_remote(elsewhere(bucket, tmp_path))
    sizes = [len(bucket.get(name)) for name in before if name.startswith("objects/")]
    assert (found.objects, found.bytes, found.findings) == (3, sum(sizes), ())
    quick = verify_remote(elsewhere(bucket, tmp_path), quick=True)
    assert (quick.objects, quick.bytes, quick.findings) == (0, 0, ())
    assert bucket.names() == before
    assert not (tmp_path / "elsewhere" / "objects").exists()  # no byte is kept


@pytest.mark.parametrize(
    ("harm", "damage"),
    [
        (flip, Damage.CHANGED),
        (more, Damage.CHANGED),
        (escape, Damage.CHANGED),
        (lose, Damage.MISSING),
    ],
)
def test_damage_is_named_moved_and_computed_again(
    bucket: Bucket,
    tmp_path: Path,
    two: tuple[Builder, dict[str, str]],
    harm: Callable[[Bucket, str], None],
    damage: Damage,
) -> None:
    builder, first = two
    number = builder.id("tiny_number0")
    harm(bucket, first[number])
    bytes_before = sorted(map(bucket.get, bucket.names()))
    if damage is Damage.CHANGED:
        assert not verify_remote(elsewhere(bucket, tmp_path), quick=True).findings
    (finding,) = verify_remote(elsewhere(bucket, tmp_path)).findings
    assert (finding.damage, finding.digest, finding.mended) == (damage, first[number], False)
    assert finding.address == "tiny_number0"
    lost = 0 if harm is not escape else 1  # a name that no file of an object may have
    assert len(bytes_before) - len(bucket.names()) == lost
    assert not verify_remote(elsewhere(bucket, tmp_path)).findings
    result = run(builder.graph(), tmp_path, bucket, cache="third")
    assert (result.counts["executed"], digests(result)) == (1, first)
    assert_whole(bucket, tmp_path)


def test_a_sound_copy_here_takes_the_place(
    bucket: Bucket, tmp_path: Path, two: tuple[Builder, dict[str, str]]
) -> None:
    builder, first = two
    flip(bucket, first[builder.id("tiny_number0")])
    lose(bucket, first[builder.id("tiny_data1")])
    found = verify_remote(at(bucket, tmp_path / "cache")).findings
    assert {(f.damage, f.mended) for f in found} == {
        (Damage.CHANGED, True),
        (Damage.MISSING, True),
    }
    assert not verify_remote(elsewhere(bucket, tmp_path)).findings
    assert run(builder.graph(), tmp_path, bucket, cache="third").counts["executed"] == 0
    assert_whole(bucket, tmp_path)


def test_a_damaged_copy_here_takes_no_place(
    bucket: Bucket, tmp_path: Path, two: tuple[Builder, dict[str, str]]
) -> None:
    builder, first = two
    digest = first[builder.id("tiny_number0")]
    flip(bucket, digest)
    path = tmp_path / "cache" / "objects" / digest / "artifact.json"
    path.chmod(0o644)
    path.write_text("{}")
    (finding,) = verify_remote(at(bucket, tmp_path / "cache")).findings
    assert not finding.mended


def test_an_object_inside_another_is_missed(
    bucket: Bucket, tmp_path: Path, two: tuple[Builder, dict[str, str]]
) -> None:
    builder, first = two
    data = first[builder.id("tiny_data1")]
    (part,) = {n.split("/")[1] for n in bucket.names() if "objects/" in n} - set(first.values())
    whole = bucket.get(f"objects/{part}/artifact.json")
    lose(bucket, part)
    (finding,) = verify_remote(at(bucket, tmp_path / "cache"), quick=True).findings
    assert (finding.damage, finding.digest, finding.mended) == (Damage.INCOMPLETE, data, True)
    assert bucket.get(f"objects/{part}/artifact.json") == whole
    flip(bucket, part)
    found = verify_remote(elsewhere(bucket, tmp_path)).findings
    assert [(f.damage, f.digest) for f in found] == [
        (Damage.CHANGED, part),
        (Damage.INCOMPLETE, data),
    ]
    result = run(builder.graph(), tmp_path, bucket, cache="third")
    assert (result.counts["executed"], digests(result)) == (1, first)
    assert_whole(bucket, tmp_path)


def test_records_that_are_none_are_moved(
    bucket: Bucket, tmp_path: Path, two: tuple[Builder, dict[str, str]]
) -> None:
    builder, _ = two
    keys = sorted({name.split("/")[1] for name in bucket.names() if name.startswith("keys/")})
    torn, other = (f"keys/{key}" for key in keys)
    bucket.put(f"{torn}/manifest.json", bucket.get(f"{torn}/manifest.json")[:-9])
    preimage = json.loads(bucket.get(f"{other}/key.json"))
    bucket.put(f"{other}/key.json", json.dumps({**preimage, "op": "other"}).encode())
    before = len(bucket.names())
    found = verify_remote(elsewhere(bucket, tmp_path), quick=True).findings
    assert [(f.damage, f.key) for f in found] == [
        (Damage.UNREADABLE, keys[0]),
        (Damage.MISNAMED, keys[1]),
    ]
    assert len(bucket.names()) == before
    assert not elsewhere(bucket, tmp_path).remote_keys()
    shutil.rmtree(tmp_path / "elsewhere")
    assert run(builder.graph(), tmp_path, bucket, cache="elsewhere").counts["executed"] == 2


def test_some_results_by_choice(
    bucket: Bucket, tmp_path: Path, two: tuple[Builder, dict[str, str]]
) -> None:
    builder, first = two
    flip(bucket, first[builder.id("tiny_number0")])
    found = verify_remote(
        elsewhere(bucket, tmp_path),
        lambda results: [k for k, m in results.items() if m.address == "tiny_data1"],
    )
    assert (found.objects, found.findings) == (2, ())


def test_a_machine_that_knew_of_a_result_knows_better_at_the_next_run(
    bucket: Bucket, tmp_path: Path
) -> None:
    graph = small_graph()
    first = digests(run(graph.graph(), prepare(tmp_path), bucket))
    assert run(graph.graph(), tmp_path, bucket, cache="other").counts["executed"] == 0
    weights = first[graph.id("tiny_weights5")]  # known there by its manifest only
    flip(bucket, weights)
    (finding,) = verify_remote(elsewhere(bucket, tmp_path)).findings
    assert finding.digest == weights
    result = run(graph.graph(), tmp_path, bucket, cache="other")
    assert (result.counts["executed"], digests(result)) == (1, first)
