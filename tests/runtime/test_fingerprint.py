"""An operation without a version re-runs when its code changes, and only then."""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path

import pytest

from w2sdl_runtime.fingerprint import body_fingerprint

CODE = """
LIMIT = 3

def helper(x):
    return min(x, LIMIT)

def other(x):
    return x

def operation(x):
    return helper(x) + 1
"""
_count = itertools.count()


def fingerprint(code: str, folder: Path) -> str:
    path = folder / f"module_{next(_count)}.py"
    path.write_text(code, "utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    __import__("sys").modules[path.stem] = module
    spec.loader.exec_module(module)
    return body_fingerprint(module.operation)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("helper(x) + 1", "helper( x )+1  # a comment", True),
        ("def operation(x):\n", 'def operation(x):\n    """Words."""\n', True),
        ("def helper(x):\n", 'def helper(x):\n    """Words."""\n', True),
        ("    return x\n", "    return 2 * x\n", True),  # of `other`, which is not used
        ("helper(x) + 1", "helper(x) + 2", False),
        ("min(x, LIMIT)", "max(x, LIMIT)", False),
        ("LIMIT = 3", "LIMIT = 4", False),
    ],
)
def test_only_code_that_is_reached_counts(old: str, new: str, same: bool, tmp_path: Path) -> None:
    """Breaks when a changed helper keeps an old result, or a comment throws one away."""
    assert old in CODE
    changed = fingerprint(CODE.replace(old, new, 1), tmp_path)
    assert (changed == fingerprint(CODE, tmp_path)) is same
