"""docs/messages.md shows a real message, and lists the lints that there are."""

from __future__ import annotations

import re
from pathlib import Path

from w2sdl.messages.codes import lints
from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.source import Source
from w2sdl_runtime.registry import load_signatures

TEXT = (Path(__file__).parents[2] / "docs" / "messages.md").read_text("utf-8")
SPEC = """experiment e "?"
data qa = science_qa(parts: {supervise: 200, test: 200})
weak W = pretrain(corpus(qa), layers: 1, width: 16, steps: 10)
W' = finetune(W, qa.supervise)
"""


def test_the_message_shown_is_the_one_given() -> None:
    (shown,) = re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)
    found = Compilation(Source("spec.w2s", SPEC), load_signatures()).diagnostics
    assert render_diagnostics(found) == shown


def test_the_table_of_lints_is_complete() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE))
    assert {name for name, kinds in lints().items() if kinds[0].pedantic} <= listed
