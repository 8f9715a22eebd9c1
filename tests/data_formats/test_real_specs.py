"""Every spec's profile `files`, and the table over real text, on samples of public data sets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import w2sdl
from tests.ops.helpers_data import Bench
from w2sdl.graph import Graph, Node
from w2sdl.messages.render import render_diagnostics
from w2sdl.source import Source
from w2sdl.syntax.nodes import Profile
from w2sdl.syntax.parse import parse_module
from w2sdl_runtime.json_forms import from_json
from w2sdl_runtime.ops.table import table
from w2sdl_runtime.registry import load_signatures

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT.parent / "shared" / "data"
PAGE = (ROOT / "docs" / "real_text.md").read_text("utf-8").replace("\\\n", "")
#: The data sets of which a spec has no profile, and what it says of them.
FROM_THE_HUB = {"debate_boolq": "BoolQ itself comes from the hub only (profile paper)"}
COMMANDS = sorted(
    set(re.findall(r"^w2sdl run (\w+/\w+\.w2s) (.*?)(?: +#.*)?$", PAGE, re.MULTILINE))
)


def settings_of(command: str) -> dict[str, str]:
    """The folders that a command of the page names: `data_dir` → `sciq`."""
    return dict(re.findall(r"--set (\w+)=\S*?/(\w+)(?=\s|$)", command))


def compiled(spec: str, command: str) -> Graph:
    profiles = ["files"] if re.search(r"(-p|--profile) files", command) else []
    settings = [f"{name}={SAMPLES / folder}" for name, folder in settings_of(command).items()]
    done = w2sdl.compile_file(ROOT / spec, profiles=profiles, settings=settings)
    assert done.graph is not None, render_diagnostics(done.diagnostics)
    return done.graph


def tables(graph: Graph) -> list[Node]:
    return [node for node in graph.order() if node.op == "table"]


def _profiles(spec: Path) -> set[str]:
    source = Source(str(spec), spec.read_text("utf-8"))
    return {d.name for d in parse_module(source)[0].declarations if isinstance(d, Profile)}


def test_every_spec_reads_files_and_the_page_has_its_command() -> None:
    """Breaks when a spec comes without a profile `files`, or without its command on the page."""
    shown = {Path(spec).stem for spec, command in COMMANDS if "files" in command}
    for spec in sorted((ROOT / "specs").glob("*.w2s")):
        if spec.stem in FROM_THE_HUB:
            assert FROM_THE_HUB[spec.stem] in spec.read_text("utf-8")
            assert "files" not in _profiles(spec)
        else:
            assert "files" in _profiles(spec), spec.name
            assert spec.stem in shown, spec.name


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples beside the repository")
@pytest.mark.parametrize(("spec", "command"), COMMANDS, ids=[spec for spec, _ in COMMANDS])
def test_what_the_page_says_to_run_finds_its_rows(tmp_path: Path, spec: str, command: str) -> None:
    """Breaks when a command names no such folder, or asks for rows that the files don't have."""
    signatures = load_signatures()
    types = {param.name: param.type for param in signatures.ops["table"].params}
    nodes = tables(compiled(spec, command))
    assert nodes
    for node in nodes:
        given: dict[str, Any] = {
            name: from_json(value, types[name], signatures, {})
            for name, value in node.params.items()
        }
        bench = Bench(tmp_path)
        data = table(bench.context(base=SAMPLES), given.pop("file"), **given)
        for part in given["parts"]:
            prompts = bench.items(data, part).column("prompt")
            assert prompts
            assert all(prompts)
