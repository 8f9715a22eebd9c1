"""``docs/gallery.py``: the reports of specs as a site, whatever becomes of one of them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPECS = [ROOT / "specs" / "safety.w2s", ROOT / "specs" / "eleuther_digits.w2s"]


def gallery(python: Path, folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [python, ROOT / "docs" / "gallery.py", *words, "--profile", "test"]
    places = ("--out", folder / "gallery", "--store", folder / "store")
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}"}
    return subprocess.run(
        [str(word) for word in (*command, *places)],
        cwd=folder, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_each_spec_has_its_report_and_a_broken_one_stops_no_other(
    warm_python: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.w2s"
    broken.write_text("experiment broken\nx = nothing()\n", "utf-8")
    first = gallery(warm_python, tmp_path, broken, *SPECS)
    assert first.returncode == 1
    assert "1/3 broken: can't be planned\n  failed: error[W2S0" in first.stdout
    assert first.stderr == "error: not done: broken\n"
    assert first.stdout.count("\n  done; ") == 2
    index = (tmp_path / "gallery" / "index.html").read_text("utf-8")
    pages = re.findall(r'<a href="(runs/[^"]+/report\.html)">(\w+)</a>', index)
    assert {name for _, name in pages} == {"safety", "eleuther_digits"}
    assert all((tmp_path / "gallery" / page).is_file() for page, _ in pages)
    again = gallery(warm_python, tmp_path, SPECS[0])  # goes on: all is there
    assert again.returncode == 0
    assert re.search(r"1/1 safety: \d+ nodes: \d+ to reuse, 0 to run", again.stdout)
