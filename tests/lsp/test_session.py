"""Open documents: messages that come late stay where they belong while the text moves on."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol.types import DiagnosticSeverity, DiagnosticTag
from marked import BASE

from w2sdl.lsp.convert import Converter
from w2sdl.lsp.edits import Edit
from w2sdl.lsp.outline import outline
from w2sdl.lsp.session import Document, Session

#: The student learns from gold labels of the rows that its weak supervisor labels.
CHEATING = BASE.replace(
    "measure scores",
    "cheat = Ψ(S, gold(d.transfer), seed: seed)\nfloor = finetune(W, gold(d.supervise), seed: seed)\n"
    "measure recovered = pgr(weak: floor, student: cheat, ceiling: cheat, over: seed) on d.test\n"
    "measure scores",
)


def finished(session: Session, uri: str) -> Document:
    document = session.documents[uri]
    found = session.finish(uri, document.analysis, document.analysis.compile())
    assert found is not None
    return found


def test_messages_of_the_graph_stay_until_their_text_changes(tmp_path: Path) -> None:
    session = Session()
    document = session.open("a", tmp_path / "a.w2s", CHEATING)
    assert document.messages == []
    late = finished(session, "a").messages
    assert late
    assert all(message.code.startswith("W2S06") for message in late)
    marked = [message.span.text for message in late if message.span]
    text = f"# a line more\n\n{CHEATING}"
    moved = session.change("a", text).messages
    assert [message.span.text for message in moved if message.span] == marked
    broken = session.change("a", text + "x = (\n").messages
    assert {message.code for message in late} < {message.code for message in broken}
    (student,) = [m for m in late if m.code == "W2S0601"]
    elsewhere = text.replace("cheat = Ψ(S, gold(d.transfer)", "cheat = Ψ(S, gold(d.supervise)")
    assert student.code not in {m.code for m in session.change("a", elsewhere).messages}


def test_messages_of_another_text_are_not_taken_for_those_of_this_one(tmp_path: Path) -> None:
    session = Session()
    before = session.open("a", tmp_path / "a.w2s", CHEATING).analysis
    whole = before.compile()
    session.change("a", BASE)
    assert session.finish("a", before, whole) is None
    assert session.documents["a"].messages == []


def test_kinds_of_names_outlive_the_break_of_their_declaration(tmp_path: Path) -> None:
    session = Session()
    document = session.open("a", tmp_path / "a.w2s", BASE)
    assert document.analysis.kinds["S'"] == "Predictor"
    after = session.change("a", BASE.replace("S' = Ψ(S,", "S' = Ψ(S, (")).analysis
    assert after.known_kinds().get("S'") is None
    assert after.kinds["S'"] == "Predictor"


def test_a_library_is_read_as_the_editor_has_it(tmp_path: Path) -> None:
    library = tmp_path / "lib.w2s"
    library.write_text("size = 8\n", "utf-8")
    text = BASE.replace("axis seed", 'import "lib.w2s" as lib\naxis seed', 1).replace(
        "width: 8", "width: lib.size"
    )
    session = Session()
    document = session.open("a", tmp_path / "a.w2s", text)
    assert document.messages == []
    assert list(session.importers(library)) == ["a"]
    assert session.open("lib", library, "sise = 8\n").messages == []  # no experiment is needed
    (message,) = session.refresh("a").messages[:1]
    assert "no field `size`" in message.title()
    session.close("lib")
    assert session.refresh("a").messages == []


def test_a_missing_module_of_operations_is_a_message_not_an_end(tmp_path: Path) -> None:
    (tmp_path / "w2sdl.toml").write_text('modules = ["nowhere_at_all"]\n', "utf-8")
    analysis = Session().open("a", tmp_path / "a.w2s", BASE).analysis
    assert analysis.problem is not None
    assert "nowhere_at_all" in analysis.problem.message
    assert analysis.messages == ()
    assert analysis.index.scope.lookup("S'") is not None


def test_a_text_too_long_to_be_followed_is_said_to_be(tmp_path: Path) -> None:
    document = Session().open("a", tmp_path / "a.w2s", BASE + "# more\n" * 60_000)
    assert document.messages == []
    assert document.analysis.problem is not None
    assert "too many to follow" in document.analysis.problem.message
    assert outline(document.analysis) == []


def test_a_byte_order_mark_moves_nothing(tmp_path: Path) -> None:
    document = Session().open("a", tmp_path / "a.w2s", "\ufeff" + BASE)
    assert document.messages == []
    assert document.analysis.index.symbols[0].span.start == len("\ufeffexperiment ")


@given(st.text("ab\n", max_size=12), st.text("ab\n", max_size=12))
def test_an_edit_is_what_differs(old: str, new: str) -> None:
    edit = Edit.between(old, new)
    assert len(new) - len(old) == edit.growth
    assert old[: edit.start] == new[: edit.start]
    assert old[edit.end :] == new[edit.end + edit.growth :]
    assert old[: edit.start] + new[edit.start : edit.end + edit.growth] + old[edit.end :] == new


@pytest.mark.parametrize(
    ("old", "new", "edit"), [("abc", "abXc", (2, 2, 1)), ("aaa", "aa", (2, 3, -1))]
)
def test_an_edit_is_small(old: str, new: str, edit: tuple[int, int, int]) -> None:
    found = Edit.between(old, new)
    assert (found.start, found.end, found.growth) == edit


def test_lints_are_warned_of_where_they_are_asked_for(tmp_path: Path) -> None:
    text = BASE.replace("axis gap", "axis idle = [1, 2]\naxis gap", 1)
    session = Session()
    session.open("a", tmp_path / "a.w2s", text)
    assert finished(session, "a").messages == []
    session.pedantic = True
    found = {message.code: message for message in finished(session, "a").messages}
    unused = found["W2S0612"]
    shown = Converter("file:///a", session.documents["a"].analysis, "utf-16").diagnostic(unused)
    assert shown.tags == [DiagnosticTag.Unnecessary]
    assert shown.severity is DiagnosticSeverity.Warning
