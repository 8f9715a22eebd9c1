"""Every spec in `docs/own_data.md` compiles over the real signatures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.registry import load_signatures

PAGE = Path(__file__).parents[2] / "docs" / "own_data.md"
SPECS = re.findall(r"```w2s\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", SPECS, ids=lambda text: text.split()[1])
def test_it_compiles(text: str) -> None:
    compiled = Compilation(Source("own_data.w2s", text), load_signatures())
    errors = [d for d in compiled.diagnostics if d.level == "error"]
    assert compiled.graph is not None, errors


def test_the_page_has_specs() -> None:
    assert len(SPECS) == 6
