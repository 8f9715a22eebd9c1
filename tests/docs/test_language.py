"""Every spec in the documentation compiles, or gives the messages that the page states."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from blocks import PAGES, Block, Page, bless_message
from fences import ROOT

from w2sdl.errors.validity import RULES
from w2sdl.messages.codes import messages
from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.signature import Signatures
from w2sdl.source import Source
from w2sdl.syntax.grammar_text import grammar_text
from w2sdl.syntax.lexer import parser
from w2sdl.syntax.parse import read_tokens
from w2sdl_runtime.registry import load_signatures, read_signatures

CASES = [(page, block) for page in PAGES for block in page.blocks if "file" not in block.options]
LANGUAGE = next(page for page in PAGES if page.name == "docs/language.md")


@cache
def signatures(operations: str) -> Signatures:
    """The built-in operations, with those that a page defines."""
    if not operations:
        return load_signatures()
    module = ModuleType("page_operations")
    sys.modules[module.__name__] = module  # annotations are looked up there
    exec(compile(operations, module.__name__, "exec"), module.__dict__)
    return Signatures.join([load_signatures(), read_signatures([module])])


def compile_block(page: Page, block: Block) -> Compilation:
    text = page.preamble + block.text if "fragment" in block.flags else block.text
    profiles = [name for names in block.options.get("profile", []) for name in names.split(",")]
    return Compilation(
        Source("spec.w2s", text),
        signatures(page.operations),
        profiles,
        block.options.get("set", []),
        load=lambda path: Source(path, page.libraries[path]),
    )


@pytest.mark.parametrize(("page", "block"), CASES, ids=lambda case: getattr(case, "id", ""))
def test_blocks_compile_or_say_what_the_page_says(page: Page, block: Block, bless: bool) -> None:
    compilation = compile_block(page, block)
    shown = render_diagnostics(compilation.diagnostics)
    assert [d.code for d in compilation.diagnostics] == list(block.codes), shown
    if block.message is not None and bless:
        bless_message(page, block, shown)
    elif block.message is not None:
        assert shown == block.message
    graph = compilation.graph
    if graph is None:
        assert block.codes
        return
    if "nodes" in block.options:
        assert [str(len(graph.nodes))] == block.options["nodes"]
    addresses = {a for n in graph.nodes.values() for a in (n.address, *n.aliases)}
    assert set(block.options.get("address", [])) <= addresses
    said = {
        "excused": {one.rule for one in graph.validity.excused},
        "extra": {f"{one.student} {one.part} {one.channel}" for one in graph.validity.extra_gold},
        "control": set(graph.validity.controls),
        "apart": {" ".join(one.texts) for one in graph.validity.apart},
    }
    for name, known in said.items():
        assert set(block.options.get(name, [])) <= known


SAME = [
    (page, before, block)
    for page in PAGES
    for before, block in zip(page.blocks, page.blocks[1:], strict=False)
    if "same" in block.flags
]


@pytest.mark.parametrize(
    ("page", "before", "block"), SAME, ids=lambda case: getattr(case, "id", "")
)
def test_blocks_that_mean_the_same_have_the_same_nodes(
    page: Page, before: Block, block: Block
) -> None:
    graphs = [compile_block(page, one).graph for one in (before, block)]
    assert graphs[0] is not None
    assert graphs[1] is not None
    assert graphs[0].nodes.keys() == graphs[1].nodes.keys()


def test_the_reference_has_every_construct() -> None:
    """Breaks when the grammar gets a rule that no example of the reference uses."""
    used: set[str] = set()
    for block in LANGUAGE.blocks:
        if not any(code.startswith("W2S01") for code in block.codes):
            parsing = parser().parse_interactive(start="module")
            for token in read_tokens(Source("block", block.text)):
                parsing.feed_token(token)
            used |= {tree.data for tree in parsing.feed_eof().iter_subtrees()}
    text = re.sub(r"//.*", "", grammar_text())
    rules = set(re.findall(r"^[!]?([a-z_]+):", text, re.MULTILINE))
    inlined = set(re.findall(r"-> (\w+)", text))
    assert (rules | inlined) <= used


def test_the_limits_are_those_of_the_code() -> None:
    import importlib

    text = (ROOT / "docs/language.md").read_text("utf-8")
    rows = re.findall(r"^\| .* \| ([\d,]+) \| `([\w.]+)` \|", text, re.MULTILINE)
    assert len(rows) >= 8
    for number, path in rows:
        module, _, name = path.rpartition(".")
        assert int(number.replace(",", "")) == getattr(importlib.import_module(module), name), path
    shown = {path for _, path in rows}
    every = {
        ".".join(["w2sdl", *([folder] if folder else []), path.stem, name])
        for folder in (
            "",
            "syntax",
            "checking",
            "planning",
        )  # other folders draw, format or compare
        for path in (ROOT / "w2sdl" / folder).glob("*.py")
        for name in re.findall(r"^(MAX_\w+) =", path.read_text("utf-8"), re.MULTILINE)
    }
    assert every <= shown, "limits that the reference does not list"


def test_codes_that_the_pages_name_exist() -> None:
    known = messages().keys() | set(RULES.values())
    for page in PAGES:
        named = set(re.findall(r"W2S\d{4}", (ROOT / page.name).read_text("utf-8")))
        assert named <= known, page.name
