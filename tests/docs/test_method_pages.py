"""The pages of the methods: what they name is there, and their tables are of the specs as they are."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import click
import pytest

from w2sdl.api import compile_file
from w2sdl.cli import cli
from w2sdl.input_error import InputError
from w2sdl_runtime.registry import load_signatures
from w2sdl_runtime.running import run_file

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "methods"
PAGES = {page.name: page.read_text("utf-8") for page in sorted(FOLDER.glob("*.md"))}
_PLACE = re.compile(r"<!-- table: (specs/\w+\.w2s) -->\n(.*?)<!-- end -->\n", re.DOTALL)
PLACES = [(name, *found) for name, page in PAGES.items() for found in _PLACE.findall(page)]
TINY = 'experiment tiny "as little as can be run"\nstart = quick(text: "a")\n'


def script() -> ModuleType:
    """``docs/methods/fill.py``."""
    spec = importlib.util.spec_from_file_location("fill", FOLDER / "fill.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_spec_has_a_place_in_one_page_and_every_mark_is_one() -> None:
    specs = sorted(f"specs/{path.name}" for path in (ROOT / "specs").glob("*.w2s"))
    assert sorted(spec for _, spec, _ in PLACES) == specs
    assert sum(page.count("<!-- table:") for page in PAGES.values()) == len(PLACES)


@pytest.mark.parametrize(("page", "spec", "text"), PLACES, ids=[place[1] for place in PLACES])
def test_a_table_is_of_the_spec_as_it_is(page: str, spec: str, text: str) -> None:
    """Breaks where a measure or an expectation is renamed, or a seed added, and the page kept."""
    compilation = compile_file(ROOT / spec)
    graph = compilation.graph
    assert graph is not None
    assert f"`w2sdl run {spec}`: {len(graph.nodes)} nodes (" in text
    assert re.findall(r"^`(\w+)`: ", text, re.MULTILINE) == [m.name for m in graph.measures]
    told = re.findall(r"^- `(\w+)` is ", text, re.MULTILINE)
    assert told == [expectation.name for expectation in graph.expectations]


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_names_is_there(name: str) -> None:
    text = PAGES[name]
    for spec in re.findall(r"`(?:specs/)?(\w+\.w2s)`", text):
        assert (ROOT / "specs" / spec).exists(), spec
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert (FOLDER / link).exists(), link
    signatures = load_signatures()
    variants = {one for family in signatures.variants.values() for one in family}
    presets = {"probe2023"}
    called = set(re.findall(r"`(?:\w+: )?(\w+)\(", text)) - {"D", "Φ", "Ψ"}
    assert called - variants - set(signatures.ops) - presets == set()
    for command in re.findall(r"w2sdl ([a-z]+) ", text):
        assert cli.get_command(click.Context(cli), command) is not None, command


def test_the_index_has_every_page_and_only_operations() -> None:
    index = PAGES["README.md"]
    assert set(re.findall(r"\]\((\w+\.md)\)", index)) == set(PAGES) - {"README.md"}
    rows = [line.split(" | ")[-1] for line in index.splitlines() if "](" in line and "|" in line]
    known = set(load_signatures().ops) | {"label", "context:"}
    assert set(re.findall(r"`([\w:]+)`", "".join(rows))) <= known


def test_the_ratios_of_the_vision_table_follow_from_its_accuracies() -> None:
    rows = re.findall(
        r"^\| DINO [^|]+\| ([\d.]+) \| ([\d.]+) \| (\d+) % \|", PAGES["burns.md"], re.M
    )
    assert len(rows) == 2
    for ceiling, student, ratio in (map(float, row) for row in rows):
        assert round(100 * (student - 56.6) / (ceiling - 56.6)) == ratio


def test_the_page_of_a_method_that_is_ours_says_so() -> None:
    assert "This is no reproduction" in PAGES["eda.md"]


def test_a_block_fills_its_place_and_no_other(tmp_path: Path) -> None:
    fill = script().fill
    page = tmp_path / "page.md"
    other = "<!-- table: specs/other.w2s -->\nkept\n<!-- end -->\n"
    page.write_text(f"a\n<!-- table: specs/tiny.w2s -->\nold\n<!-- end -->\n{other}", "utf-8")
    for text in (r"once \1", r"again \g<0>", ""):
        assert fill("specs/tiny.w2s", text, tmp_path) == ["page.md"]
        new = f"a\n<!-- table: specs/tiny.w2s -->\n{text}<!-- end -->\n{other}"
        assert page.read_text("utf-8") == new
    with pytest.raises(InputError, match=r"no page has a table of `specs/none\.w2s`"):
        fill("specs/none.w2s", "", tmp_path)


def test_only_a_whole_run_of_the_spec_as_it_stands_counts(tmp_path: Path) -> None:
    """Breaks where the numbers of a test profile, or of last week's design, get into a page."""
    fill = script()
    (tmp_path / "w2sdl.toml").write_text('modules = ["tests.cli.run_ops"]\n', "utf-8")
    spec = tmp_path / "specs" / "tiny.w2s"
    spec.parent.mkdir()
    spec.write_text(TINY, "utf-8")
    run = run_file(spec, store=tmp_path / "store", executor="local")
    assert fill.checked(run, tmp_path) == "specs/tiny.w2s"
    assert fill.block("specs/tiny.w2s", run).startswith("`w2sdl run specs/tiny.w2s`: 1 nodes")
    spec.write_text(TINY.replace('"a"', '"b"'), "utf-8")
    with pytest.raises(InputError, match="another version"):
        fill.checked(run, tmp_path)
    run.record.info.overrides.append("start.text=b")
    with pytest.raises(InputError, match="changes"):
        fill.checked(run, tmp_path)
