"""The wheel holds all that the package needs: alone, it compiles a spec and finds its templates."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = """
from importlib.resources import files
import w2sdl, w2sdl_runtime
print(w2sdl.__file__)
assert (files("w2sdl_runtime.report") / "templates" / "report.html.j2").is_file()
assert (files("w2sdl.diff") / "templates" / "diff.html.j2").is_file()
from w2sdl_runtime.science.world import build_world
assert build_world().questions
from w2sdl.explain import codes, explanations
assert set(explanations()) == set(codes())
"""


def python(*arguments: str, folder: Path, path: str) -> str:
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_installed_wheel_works_away_from_the_checkout(tmp_path: Path) -> None:
    """Breaks when a data file (grammar, templates, facts) is left out of the wheel."""
    wheels, installed = tmp_path / "wheels", tmp_path / "site"
    pip = ["-m", "pip", "--quiet", "--disable-pip-version-check"]
    python(*pip, "wheel", "--no-deps", "-w", str(wheels), str(ROOT), folder=tmp_path, path="")
    (wheel,) = wheels.glob("*.whl")
    python(
        *pip,
        "install",
        "--no-deps",
        "--target",
        str(installed),
        str(wheel),
        folder=tmp_path,
        path="",
    )
    (tmp_path / "a.w2s").write_text((ROOT / "examples/quickstart.w2s").read_text("utf-8"), "utf-8")
    path = str(installed)
    assert "ok" in python("-m", "w2sdl", "check", "a.w2s", folder=tmp_path, path=path)
    assert python("-c", PARTS, folder=tmp_path, path=path).startswith(path)
