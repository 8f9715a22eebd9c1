"""A store that an earlier version wrote loads, and its results are reused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.runtime.tiny_graph import no_backend, ran, run
from tests.runtime.tiny_run import small_graph
from w2sdl_runtime.runs.loaded_run import load_run
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import Corpus, Data, Items, Labels, Metric, Transcripts

OLD = Path(__file__).parent / "old_store"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy, since opening a store may bring its index up to date."""
    shutil.copytree(OLD / "store", tmp_path / "store")
    shutil.copytree(OLD / "model", tmp_path / "model")
    return tmp_path


def test_nothing_is_computed_again(folder: Path) -> None:
    """Breaks when a key moves, or a manifest of before is not understood."""
    result = run(small_graph().graph(), folder, no_backend)
    assert {entry.action for entry in result.nodes.values()} == {"reused"}
    assert ran(folder, "sum") == 0


def test_its_manifests_say_what_they_said(folder: Path) -> None:
    manifests = list(Store(folder / "store").manifests())
    assert len(manifests) == 7
    for manifest in manifests:
        assert manifest.host == "laptop"
        assert manifest.packages["w2sdl"] == "0.1.0"
        assert Store(folder / "store").preimage(manifest.key) is not None


def test_its_run_is_found(folder: Path) -> None:
    found = load_run(Store(folder / "store"), "last")
    assert found.status == "done"
    assert found.info.counts["executed"] == 7
    assert len(found.graph().nodes) == 7


def test_an_object_of_each_kind_opens(folder: Path) -> None:
    store = Store(folder / "store")
    digests = json.loads((OLD / "examples.json").read_text("utf-8"))
    kinds = {"items": Items, "labels": Labels, "corpus": Corpus, "transcripts": Transcripts}
    kinds |= {"metric": Metric, "data": Data}
    for name, kind in kinds.items():
        assert isinstance(store.open(digests[name]), kind), name
    labels = store.open(digests["labels"])
    assert isinstance(labels, Labels)
    assert labels.table.column("value").to_pylist() == [0.0, 0.25, 1.0]
    assert len(labels.open_items()) == 3
