"""Renaming: everywhere or not at all, and never with another meaning."""

from __future__ import annotations

from pathlib import Path

import pytest
from marked import BASE, PLAIN, analyse, at

from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.incremental import IncrementalParser
from w2sdl.lsp.rename import RenameRefused, rename, renameable
from w2sdl.lsp.symbols import SymbolKind
from w2sdl.source import Span


def apply(text: str, spans: list[Span], name: str) -> str:
    for span in sorted(spans, key=lambda span: -span.start):
        text = text[: span.start] + name + text[span.end :]
    return text


def renamed(text: str, offset: int, name: str) -> str:
    analysis = analyse(text)
    places = rename(analysis, offset, name)
    return apply(text, places.get(analysis.place, []), name)


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.name)
def test_any_name_can_be_another_and_nothing_else_changes(path: Path) -> None:
    """Breaks when a use is missed (the spec breaks) or one too many is changed (its nodes move)."""
    text = path.read_text("utf-8")
    analysis = analyse(text)
    before = analysis.compile().graph
    assert before is not None
    parser = (
        IncrementalParser()
    )  # as in an editor; that it reads what is there has tests of its own
    for symbol in analysis.index.symbols:
        if symbol.kind in (SymbolKind.PROFILE, SymbolKind.BASELINE):
            continue
        places = rename(analysis, symbol.span.start, "renamed_Ω'")
        text_after = apply(text, places[analysis.place], "renamed_Ω'")
        after = analyse(text_after).compile(parser.parse)
        assert [m.title() for m in after.diagnostics] == [], symbol.name
        assert after.graph is not None
        assert after.graph.nodes.keys() == before.nodes.keys(), symbol.name


@pytest.mark.parametrize(
    ("needle", "inside", "name", "expected"),
    [
        ("near: 32", 0, "close", ["{close: 32", "gap: close]", "gap = {close: 16}"]),
        ("transfer: 20", 0, "data", ["data: 20", "d.data), loss", "label(teacher, d.data)"]),
        ("teacher, base)", 0, "t", ["def hop(t, base)", "label(t, d"]),
        ("next = Ψ", 0, "out", ["-> y, out", "out = Ψ", "one.out)"]),
        ("hop(teacher", 0, "step", ["def step(", "one = step("]),
        ("recipe = {", 0, "r", ["r = {", "train: r, seed: seed)\nS'", "  r.epochs"]),
    ],
)
def test_all_uses_are_changed(needle: str, inside: int, name: str, expected: list[str]) -> None:
    text = renamed(BASE, BASE.index(needle) + inside, name)
    for piece in expected:
        assert piece in text
    assert [m.title() for m in analyse(text).compile().diagnostics] == []


@pytest.mark.parametrize(
    ("needle", "name", "reason"),
    [
        ("seed = 0", "gap", "`gap` is taken: it names the axis in line 5"),
        ("seed = 0", "measure", "`measure` is a word of the language"),
        ("seed = 0", "two words", "is no name"),
        ("seed = 0", "3x", "is no name"),
        ("seed = 0", "a'b", "is no name"),
        ("seed = 0", "", "is no name"),
        ("seed = 0", "teacher", "inside `hop`, `teacher` is another name"),
        ("teacher, base)", "base", "`base` is taken"),
        ("teacher, base)", "d", "`hop` uses the `d` of the file"),
        ("near: 32", "far", "`gap` has a point `far` already"),
        ("test: 10", "transfer", "`d` has a part `transfer` already"),
        ("helps:", "axis", "word of the language"),
        ("Φ(", "phi", "named by the code that offers it"),
        ("layers:", "depth", "`layers` is an argument of `pretrain`"),
        ("epochs: 3", "n", "argument of `Train record`"),
    ],
)
def test_refusals_say_why(needle: str, name: str, reason: str) -> None:
    analysis, offset = at(BASE, needle)
    with pytest.raises(RenameRefused) as refusal:
        rename(analysis, offset, name)
    assert reason in str(refusal.value)


def test_a_text_with_syntax_errors_is_left_alone() -> None:
    analysis, offset = at(BASE + "x = (\n", "seed = 0")
    with pytest.raises(RenameRefused, match="has syntax errors"):
        rename(analysis, offset, "draw")


def test_look_alike_primes_are_the_same_name() -> None:
    text = BASE.replace("of: S'", "of: S′")
    assert "of: better" in renamed(text, text.index("S' = Ψ"), "better")
    assert renamed(text, text.index("S' = Ψ"), "S′") == text


def test_a_part_of_data_that_a_sub_graph_reads_is_left_alone() -> None:
    text = BASE.replace("def hop(teacher, base)", "def hop(teacher, base, rows)")
    text = text.replace("label(teacher, d.transfer)", "label(teacher, rows.transfer)")
    text = text.replace("hop(W', S)", "hop(W', S, d)")
    analysis, offset = at(text, "transfer: 20")
    with pytest.raises(RenameRefused, match="`d` is given to `hop`"):
        rename(analysis, offset, "pool")


def test_only_names_can_be_renamed() -> None:
    analysis, offset = at(BASE, "= 0..1")
    with pytest.raises(RenameRefused, match="no name here"):
        renameable(analysis, offset)


def test_a_library_and_what_imports_it_are_renamed_together(tmp_path: Path) -> None:
    library, spec = tmp_path / "lib.w2s", tmp_path / "a.w2s"
    library.write_text("def hop(m, rows) -> y {\n  y = label(m, rows)\n}\nsize = 8\n", "utf-8")
    text = BASE.replace("axis seed", 'import "lib.w2s" as lib\naxis seed', 1)
    text = text.replace("width: 8", "width: lib.size") + "two = lib.hop(W', d.transfer)\n"
    spec.write_text(text, "utf-8")
    importer = Analysis(text, spec)
    home = Analysis(library.read_text("utf-8"), library)
    assert [m.title() for m in importer.messages] == []
    from_use = rename(importer, text.index("lib.size") + 4, "width", [home])
    from_definition = rename(home, home.text.index("size ="), "width", [importer])
    assert {p.name: len(spans) for p, spans in from_use.items()} == {"lib.w2s": 1, "a.w2s": 1}
    assert {p.name: sorted(s.start for s in spans) for p, spans in from_use.items()} == {
        p.name: sorted(s.start for s in spans) for p, spans in from_definition.items()
    }
    with pytest.raises(RenameRefused, match=r"is defined in .*lib\.w2s"):
        rename(importer, text.index("lib.hop") + 4, "step")
