"""Nodes prefer the machine that holds their inputs, where machines don't share a disk."""

from __future__ import annotations

from w2sdl_runtime.backends.placement import Places
from w2sdl_runtime.worker.protocol import Attempt


def attempt(store: str, **inputs: list[str]) -> Attempt:
    return Attempt(
        node="n", address="n", op="label", op_version=1, kind="Labels", key="k", preimage={},
        params={}, inputs=inputs, number=1, folder="f", store=store, base="b", modules=(), run="r",
        git={},
    )  # fmt: skip


def test_a_model_weighs_more_than_labels() -> None:
    places = Places()
    places.remember({"digest": "m", "kind": "Model"}, "one")
    for name in "abc":
        places.remember({"digest": name, "kind": "Labels"}, "two")
    assert places.nearest(attempt("s3://b", model=["m"], on=["a", "b", "c"])) == "one"
    assert places.nearest(attempt("s3://b", on=["a", "b", "x"])) == "two"
    assert places.nearest(attempt("s3://b", on=["x"])) is None


def test_a_shared_disk_is_near_to_all() -> None:
    places = Places()
    places.remember({"digest": "m", "kind": "Model"}, "one")
    assert places.nearest(attempt("/shared/store", model=["m"])) is None


def test_the_oldest_are_forgotten() -> None:
    places = Places(limit=2)
    for name in "abc":
        places.remember({"digest": name, "kind": "Labels"}, "one")
    assert places.nearest(attempt("s3://b", on=["a"])) is None
    assert places.nearest(attempt("s3://b", on=["c"])) == "one"
