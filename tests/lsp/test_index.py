"""Every name of every spec is known: what it stands for, and where it is defined."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from marked import BASE, PLAIN, ROOT, analyse, at

from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.index import FileIndex
from w2sdl.lsp.symbols import SymbolKind
from w2sdl.signature import OpSignature, VariantSignature
from w2sdl.source import Source
from w2sdl.syntax.lexer import lexer
from w2sdl.syntax.parse import parse_module
from w2sdl_runtime.registry import read_signatures

#: Names that are words of the language in their places, and stand for nothing.
WORDS = {"mean", "median", "min", "max", "std", "of", "over", "zip", "product", "except", "preset"}
WORDS |= {"baseline", "at", "within", "rises", "falls", "along"}  # words in one place each
#: What a bootstrap's steps are called: no declaration names them.
WORDS |= {"step1", "step2"}
#: Parts of data that an axis chooses are known to the checker, and not yet to the index.
WORDS |= {"supervise", "transfer", "test"}


@pytest.mark.parametrize("spec", PLAIN, ids=lambda path: path.name)
def test_every_name_of_a_spec_is_known(spec: Path) -> None:
    """Breaks when the walk leaves out a construct: renaming would then miss its uses."""
    analysis = Analysis(spec.read_text("utf-8"), spec)
    known = {(o.span.start, o.span.end) for o in analysis.index.occurrences}
    missing = {
        analysis.text[x.start : x.end]
        for x in lexer().lexemes(analysis.text)
        if x.type == "NAME" and (x.start, x.end) not in known
    }
    assert missing <= WORDS


SYSTEMS = sorted((ROOT / "tests" / "validity" / "systems").glob("*.w2s"))


@pytest.mark.parametrize("spec", SYSTEMS, ids=lambda path: path.stem)
def test_every_name_of_the_nine_systems_is_known(spec: Path) -> None:
    """They use all that the language has, over operations that exist as signatures alone."""
    sys.path.insert(0, str(ROOT / "tests" / "validity"))
    import sketch_ops

    signatures = read_signatures([sketch_ops])

    def index_of(path: Path) -> FileIndex:
        module, _ = parse_module(Source(str(path), path.read_text("utf-8")))
        return FileIndex(module, signatures, lambda line: index_of(path.parent / line.path))

    index = index_of(spec)
    text = index.module.source.text
    known = {(o.span.start, o.span.end) for o in index.occurrences}
    missing = {
        f"{text[x.start : x.end]} in line {index.module.source.position(x.start)[0]}"
        for x in lexer().lexemes(text)
        if x.type == "NAME" and (x.start, x.end) not in known and text[x.start : x.end] not in WORDS
    }
    assert missing == set()


def test_the_base_text_is_a_good_spec() -> None:
    assert [message.title() for message in analyse(BASE).messages] == []
    assert [m.title() for m in analyse(BASE).compile().diagnostics] == []


@pytest.mark.parametrize(
    ("needle", "inside", "nth", "kind", "line"),
    [
        ("S, S, items", 0, 0, SymbolKind.BINDING, 9),
        ("evidence: debate", 0, 0, SymbolKind.AXIS, 4),
        ("gap: near", 5, 0, SymbolKind.POINT, 5),
        ("gap = {near: 16", 7, 0, SymbolKind.POINT, 5),
        ("d.transfer", 2, 1, SymbolKind.PART, 7),
        ("one.next", 4, 0, SymbolKind.BINDING, 15),
        ("label(teacher", 6, 0, SymbolKind.INPUT, 13),
        ("hop(W'", 0, 0, SymbolKind.DEFINITION, 13),
        ("-> y, next", 6, 0, SymbolKind.BINDING, 15),
        ("over: seed", 6, 0, SymbolKind.AXIS, 2),
        ("of: S'", 4, 0, SymbolKind.BINDING, 12),
        ("recipe.epochs", 0, 0, SymbolKind.BINDING, 6),
        ("scores[", 0, 0, SymbolKind.MEASURE, 18),
    ],
)
def test_a_name_leads_to_its_definition(
    needle: str, inside: int, nth: int, kind: SymbolKind, line: int
) -> None:
    analysis, offset = at(BASE, needle, inside, nth)
    found = analysis.index.at(offset)
    assert found is not None
    assert found.symbol is not None
    assert found.symbol.kind is kind
    assert analysis.source.position(found.symbol.span.start)[0] == line


def test_variants_are_those_of_the_parameter_that_an_axis_reaches() -> None:
    """`debate` is an operation too, and `linear` a variant of three families."""
    analysis, offset = at(BASE, "debate(turns")
    found = analysis.index.at(offset)
    assert found is not None
    assert isinstance(found.about, VariantSignature)
    assert found.about.family == "Protocol"
    text = BASE.replace("loss: xent()", "loss: logconf(warmup: linear(0.2))")
    found = at(text, "linear(0.2)")[0].index.at(text.index("linear(0.2)"))
    assert found is not None
    assert isinstance(found.about, VariantSignature)
    assert found.about.family == "Warmup"


def test_operations_are_known_under_each_spelling() -> None:
    analysis, offset = at(BASE, "Φ(")
    found = analysis.index.at(offset)
    assert found is not None
    assert isinstance(found.about, OpSignature)
    assert found.about.name == "finetune"


def test_names_are_known_beside_a_declaration_that_is_broken() -> None:
    analysis, offset = at(BASE.replace("T  = D(S, S", "T  = D(S, ("), "W, gold")
    found = analysis.index.at(offset)
    assert found is not None
    assert found.symbol is not None


def test_values_in_a_circle_end() -> None:
    analysis = analyse("experiment e\na = b\nb = a\nc = a.x.y\nd = [d]\naxis x = x\n")
    named = [o.span.text for o in analysis.index.occurrences]
    assert named == ["e", "a", "b", "b", "a", "c", "a", "d", "d", "x", "x"]
