"""Compare with a golden file, or rewrite it with --bless."""

from __future__ import annotations

from pathlib import Path


def check_golden(path: Path, text: str, bless: bool) -> None:
    if bless:
        path.write_text(text, "utf-8")
    assert path.exists(), f"{path} is missing: run pytest --bless and review it"
    assert text == path.read_text("utf-8")
