"""Formatting any spec: twice is once, the meaning stays, comments stay, white space decides nothing."""

from __future__ import annotations

import re
import sys
from functools import cache, lru_cache
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies.designs import designs
from strategies.specs import layouts, parses, spec_texts, token_lists

from w2sdl.format import format_text
from w2sdl.graph import Graph
from w2sdl.pipeline import Compilation
from w2sdl.signature import Signatures
from w2sdl.source import Source
from w2sdl.syntax.parse import parse_module, read_tokens
from w2sdl_runtime.registry import load_signatures, read_signatures

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(ROOT / "tests" / "lang"))
sys.path.insert(0, str(ROOT / "tests" / "validity"))
sys.path.insert(0, str(ROOT / "examples"))
sys.path.insert(0, str(ROOT / "tests" / "docs"))
from fences import FENCES, Fence  # noqa: E402
from meaning import comments, meaning, too_long, without_strings  # noqa: E402


@lru_cache(maxsize=8)  # most texts are as they are formatted, and a text is asked for by several
def formatted(text: str) -> str:
    found, diagnostics = format_text(Source("text", text))
    assert found is not None, (diagnostics[0].title(), text)
    return found


def keeps_everything(text: str) -> str:
    """All that holds of any text that parses."""
    result = formatted(text)
    assert meaning(result) == meaning(text)
    assert comments(result) == comments(text)
    assert formatted(result) == result
    assert not re.search(r"[ \t]$", without_strings(result), re.MULTILINE)
    assert result == "" or (result.endswith("\n") and not result.endswith("\n\n"))
    return result


# Texts of the grammar


@settings(max_examples=60, deadline=None)
@given(spec_texts())
@example("x = a\n  # own line in a chain\n  .b(1)")
@example("f = g( # opened\n# first\n a # a\n# before the comma\n, b)")
@example("x = f(aaaaaaaa: 1,\n\nb: 2, # why\n)")
@example('x = {a: "\t"\n[b:1], # one\n              # two\n}')
@example("a = 1  # one\n       # two\nbb = 2")
@example('x = f("""\n a""", """b\n""") # c')
def test_any_text_of_the_grammar_is_kept(text: str) -> None:
    keeps_everything(text)


@pytest.mark.slow  # as above, ten times as many
@settings(max_examples=600, deadline=None)
@given(spec_texts())
def test_any_of_many_texts_of_the_grammar_is_kept(text: str) -> None:
    keeps_everything(text)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_white_space_decides_nothing(data: st.DataObject) -> None:
    """One declaration a line; all other white space is anything."""
    declarations = data.draw(st.lists(token_lists("declaration", size=40), max_size=4))
    ways = [
        "\n".join(data.draw(layouts(tokens, comments=False)).strip() for tokens in declarations)
        for _ in range(2)
    ]
    assert formatted(ways[0]) == formatted(ways[1])


@settings(max_examples=60, deadline=None)
@given(token_lists(size=60))
def test_commas_at_the_end_decide_nothing(tokens: list[str]) -> None:
    without = [
        token
        for token, following in zip(tokens, [*tokens[1:], ""], strict=False)
        if not (token == "," and following in {")", "]", "}"})
    ]
    assert formatted(" ".join(tokens)) == formatted(" ".join(without))


@settings(max_examples=150, deadline=None)
@given(spec_texts(size=30), st.data())
def test_a_text_that_does_not_parse_is_not_touched(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    broken = text[:at] + data.draw(st.sampled_from(['"', "(", "}", "=", "'", "1__0"])) + text[at:]
    result, diagnostics = format_text(Source("text", broken))
    assert (result is None) == (not parses(broken))
    assert bool(diagnostics) == (result is None)


# Designs that compile


@cache
def fake_signatures() -> Signatures:
    import fake_ops

    return read_signatures([fake_ops])


@cache
def sketch_signatures() -> Signatures:
    import sketch_ops

    return read_signatures([sketch_ops])


@settings(max_examples=40, deadline=None)
@given(designs(), st.data())
def test_a_design_computes_the_same(text: str, data: st.DataObject) -> None:
    tokens = [str(token) for token in read_tokens(Source("text", text))]
    scattered = data.draw(layouts(tokens))
    graphs = [
        Compilation(Source("text", way), fake_signatures()).graph
        for way in (text, scattered, keeps_everything(scattered))
    ]
    assert graphs[0] is not None
    assert all(
        graph is not None and graph.nodes.keys() == graphs[0].nodes.keys() for graph in graphs
    )
    assert too_long(formatted(text)) == []


# Every spec of the repository

SPECS = sorted(path for path in ROOT.rglob("*.w2s") if not re.search(r"/\.", str(path)))
COMPILE = {"specs", "examples", "ok", "systems"}  #: folders whose specs all compile
OWN = [path for path in SPECS if path.parent.name in {"specs", "examples"}]
#: Whole specs; what has words behind its language may be laid out to be read beside prose.
BLOCKS = [fence for fence in FENCES if fence.language == "w2s" and not fence.words]


@cache
def is_good(path: Path) -> bool:
    """Whether a spec parses. Asked by tests, and not before: it takes seconds for all of them."""
    return parses(path.read_text("utf-8"))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_spec_is_kept_or_not_touched(path: Path) -> None:
    text = path.read_text("utf-8")
    if is_good(path):
        keeps_everything(text)
    else:
        assert format_text(Source("text", text))[0] is None


def test_there_are_specs_of_all_kinds() -> None:
    assert len(OWN) >= 5
    assert sum(is_good(path) for path in SPECS) >= len(OWN) + 60
    assert BLOCKS


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_specs_and_examples_are_formatted(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text == formatted(text), f"run: w2sdl fmt {path.relative_to(ROOT)}"
    assert too_long(text) == []


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.id)
def test_specs_in_the_documents_are_formatted(block: Fence) -> None:
    if parses(block.body):
        assert block.body == formatted(block.body)


def compiled(path: Path, text: str) -> Graph | None:
    """A spec over the signatures that its folder goes with."""
    name = path.parent.name
    signatures = load_signatures(("own_operation",))
    if name == "ok":
        signatures = fake_signatures()
    elif name == "systems":
        signatures = sketch_signatures()
    load = lambda wanted: Source(wanted, (path.parent / wanted).read_text("utf-8"))  # noqa: E731
    return Compilation(Source(path.name, text), signatures, load=load).graph


@pytest.mark.parametrize(
    "path",
    [path for path in SPECS if path.parent.name in COMPILE],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_every_spec_that_compiles_computes_the_same(path: Path) -> None:
    text = path.read_text("utf-8")
    before, after = compiled(path, text), compiled(path, formatted(text))
    assert before is not None
    assert after is not None
    assert before.nodes.keys() == after.nodes.keys()


def test_a_thousand_lines_take_well_below_a_second() -> None:
    import time

    systems = [path for path in SPECS if path.parent.name == "systems"]
    text = "\n".join(path.read_text("utf-8") for path in systems * 3)
    text = "\n".join(text.split("\n")[:1_000])
    text = text if parses(text) else text[: text.rindex("\n\n")]
    assert parse_module(Source("warm", text))
    start = time.process_time()
    formatted(text)
    assert time.process_time() - start < 10  # 0.3 s on an idle core
