"""An operation of one's own without a version: its code is part of what names a result."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = '''
from dataclasses import replace
from w2sdl_runtime.op import Context, op
from w2sdl_runtime.values import Labels

SHIFT = 0.0

def shifted(table):
    index = table.schema.get_field_index("value")
    import pyarrow.compute as pc
    return table.set_column(index, "value", pc.add(table.column("value"), SHIFT))

@op("nudged")
def nudged(ctx: Context, labels: Labels) -> Labels:
    """Labels moved a little."""
    return Labels(shifted(labels.table), labels.items, "soft", "nudged")
'''
SPEC = """
experiment own "an operation of one's own"
data d = science_qa(parts: {supervise: 20, test: 20})
y = nudged(gold(d.supervise))
"""


def w2sdl(*arguments: str, folder: Path) -> str:
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "w2sdl", *arguments, "--module", "mine"]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the operation, a spec, and the store of its run."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "mine.py").write_text(CODE, "utf-8")
    (folder / "own.w2s").write_text(SPEC, "utf-8")
    w2sdl("run", "own.w2s", "--executor", "local", folder=folder)
    return folder


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("    index =", "    # A remark.\n    index  =", False),
        ("SHIFT = 0.0", "SHIFT = 0.1", True),
        ('"soft", "nudged")', '"hard", "nudged")', True),
    ],
)
def test_only_changed_code_runs_again(old: str, new: str, again: bool, ran: Path) -> None:
    """Breaks when a result of old code is taken for one of new code, or a remark throws it away."""
    assert old in CODE
    (ran / "mine.py").write_text(CODE.replace(old, new), "utf-8")
    plan = w2sdl("plan", "own.w2s", folder=ran)
    assert ("1 to run" in plan) is again
