"""A version stands for what it computes: code or a default that moves under it is noticed."""

from __future__ import annotations

import ast
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.ops import blessing
from tests.ops.blessing import blessed_record, fingerprint, moved
from w2sdl_runtime.registry import load_signatures

BLESSED = Path(__file__).parent / "blessed_versions.json"


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    record: dict[str, Any] = json.loads(json.dumps(blessed_record(load_signatures())))
    return record


def test_versions_stand_for_what_was_blessed(now: dict[str, Any], bless: bool) -> None:
    if bless:
        BLESSED.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", "utf-8")
    assert list(moved(json.loads(BLESSED.read_text("utf-8")), now)) == []


def test_every_default_and_every_body_counts(now: dict[str, Any]) -> None:
    other = copy.deepcopy(now)
    other["operations"]["finetune"]["code"]["learning.stepping"] = "0"
    other["operations"]["pretrain"]["defaults"]["seed"] = 17
    other["operations"]["gold"] |= {"code": {}, "version": 9}
    found = {line.split("`")[1]: line for line in moved(now, other)}
    assert found.keys() == {"finetune", "pretrain", "gold"}
    assert "code that it reaches in learning.stepping has changed" in found["finetune"]
    assert "raise the version; if none can, run `make bless`" in found["finetune"]
    assert "the default of `seed` has changed under version 1" in found["pretrain"]
    assert found["gold"] == "operation `gold` has version 9 now: run `make bless`"


@pytest.mark.parametrize(
    ("module", "name", "helper"),
    [
        ("w2sdl_runtime.ops.finetune", "finetune", "w2sdl_runtime.learning.stepping"),
        ("w2sdl_runtime.ops.pgr", "pgr", "w2sdl_runtime.measuring.recovery"),
    ],
)
def test_helpers_in_other_modules_count(module: str, name: str, helper: str) -> None:
    before = fingerprint(module, name)
    tree = blessing._tree(helper)
    reached = [s for s in tree.body if isinstance(s, ast.FunctionDef | ast.ClassDef)]
    assert reached
    kept = [list(s.body) for s in reached]
    for statement in reached:
        statement.body = [*statement.body, ast.Pass()]
    after = fingerprint(module, name)
    for statement, body in zip(reached, kept, strict=True):
        statement.body = body
    assert after != before
    assert fingerprint(module, name) == before
