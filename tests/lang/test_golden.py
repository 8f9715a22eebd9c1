"""The directory is the test table: ok/*.w2s with .prog and .graph, bad/*.w2s with .err."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))
import fake_ops
from golden import check_golden

from w2sdl.checking.libraries import Unreadable
from w2sdl.graph import graph_from_json, graph_to_json
from w2sdl.messages.codes import messages
from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.project import InputError, read_source
from w2sdl.show import program_text
from w2sdl.signature import Signatures
from w2sdl.source import Source
from w2sdl_runtime.registry import read_signatures

HERE = Path(__file__).parent


@cache
def signatures() -> Signatures:
    return read_signatures([fake_ops])


def compile_file(path: Path) -> Compilation:
    """A first comment line `# with: profile path=value` gives profiles and settings."""
    text = path.read_text("utf-8")
    first = text.split("\n", 1)[0]
    options = first.removeprefix("# with: ").split() if first.startswith("# with: ") else []
    profiles = [option for option in options if "=" not in option]
    settings = [option for option in options if "=" in option]

    def library(name: str) -> Source:
        try:
            return read_source(path.parent / name, name)
        except InputError as problem:
            raise Unreadable(problem.message) from problem

    return Compilation(Source(path.name, text), signatures(), profiles, settings, load=library)


def cases(folder: str) -> list[Path]:
    return sorted((HERE / folder).glob("*.w2s"))


@pytest.mark.parametrize("path", cases("bad"), ids=lambda path: path.stem)
def test_bad_specs_get_their_message(path: Path, bless: bool) -> None:
    compilation = compile_file(path)
    assert compilation.graph is None
    check_golden(path.with_suffix(".err"), render_diagnostics(compilation.diagnostics), bless)


@pytest.mark.parametrize("path", cases("warned"), ids=lambda path: path.stem)
def test_doubtful_specs_get_their_warning_and_compile(path: Path, bless: bool) -> None:
    compilation = compile_file(path)
    assert compilation.graph is not None
    check_golden(path.with_suffix(".warn"), render_diagnostics(compilation.diagnostics), bless)


@pytest.mark.parametrize("path", cases("ok"), ids=lambda path: path.stem)
def test_good_specs_compile_to_program_and_graph(path: Path, bless: bool) -> None:
    compilation = compile_file(path)
    assert render_diagnostics(compilation.diagnostics) == ""
    graph = compilation.graph
    assert graph is not None
    lines = [f"{node.address} = {node.op} {dict(node.key_params)}" for node in graph.nodes.values()]
    for table in graph.measures:
        lines += [
            f"{table.name}: {c.of} {dict(c.point)} -> {graph.nodes[c.node].address}"
            for c in table.cells
        ]
    check_golden(path.with_suffix(".prog"), program_text(compilation.program), bless)
    check_golden(path.with_suffix(".graph"), "\n".join(lines) + "\n", bless)


@pytest.mark.parametrize("path", cases("ok"), ids=lambda path: path.stem)
def test_the_resolved_program_means_the_same(path: Path) -> None:
    """`compile` prints a valid spec with the same nodes: else defaults or overrides went missing."""
    graph = compile_file(path).graph
    again = Compilation(Source("again", program_text(compile_file(path).program)), signatures())
    assert render_diagnostics(again.diagnostics) == ""
    assert graph is not None
    assert again.graph is not None
    assert set(again.graph.nodes) == set(graph.nodes)


@pytest.mark.parametrize("path", cases("ok"), ids=lambda path: path.stem)
def test_graphs_survive_json(path: Path) -> None:
    import json

    graph = compile_file(path).graph
    assert graph is not None
    assert graph_from_json(json.loads(json.dumps(graph_to_json(graph)))) == graph


def test_every_message_has_a_golden_file() -> None:
    """Pedantic warnings and rules have theirs in tests/lang/pedantic and tests/validity."""
    folders = [HERE / "bad", HERE / "warned", HERE / "pedantic"]
    folders.append(HERE.parent / "validity" / "invalid")
    files = [
        path for folder in folders for path in folder.iterdir() if path.suffix in (".err", ".warn")
    ]
    shown = {
        code for path in files for code in re.findall(r"\[(W2S\d{4})\]", path.read_text("utf-8"))
    }
    missing = set(messages()) - shown - {"W2S0218", "W2S0610"}  # shown by tests/cli/test_check.py
    assert not missing, f"no golden file shows {', '.join(sorted(missing))}"
