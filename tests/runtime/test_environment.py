"""Versions of packages are in the keys of operations that declare them, and in no others."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.runtime.tiny_graph import Builder
from w2sdl.graph import Node
from w2sdl_runtime.hash_cache import HashCache
from w2sdl_runtime.op import PrerequisiteError
from w2sdl_runtime.provenance import check_environment, environment_of
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.sources import Sources
from w2sdl_runtime.storage.keying import ClosedKey, close_key


def node(environment: tuple[str, ...]) -> Node:
    builder = Builder()
    return replace(builder.nodes[builder.add("tiny_number", value=1.0)], environment=environment)


def closed(node: Node, folder: Path) -> ClosedKey:
    return close_key(node, {}, Sources(folder, {}, HashCache(folder / "hashes.json")))


def test_only_what_is_declared_is_in_the_key(tmp_path: Path) -> None:
    plain, torch = closed(node(()), tmp_path), closed(node(("torch",)), tmp_path)
    assert "environment" not in plain.preimage
    here = ".".join(version("torch").split(".")[:2])
    assert torch.preimage["environment"] == {"torch": here}
    assert torch.key != plain.key
    assert {k: v for k, v in torch.preimage.items() if k != "environment"} == plain.preimage


def test_a_package_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError, match="the package no-such-package isn't installed"):
        closed(node(("no-such-package",)), tmp_path)


def test_a_worker_with_another_version_refuses() -> None:
    check_environment(environment_of(["torch", "numpy"]))
    with pytest.raises(PrerequisiteError, match=r"has torch .* was started with torch 1\.4"):
        check_environment({"torch": "1.4"})


def test_operations_that_train_declare_torch() -> None:
    declaring = {op.name for op in load_signatures().ops.values() if op.environment == ("torch",)}
    assert declaring == {"pretrain", "finetune", "adapt"}
