"""Where the marks stand, whatever stands before them; and that no text of a spec commands a terminal."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2sdl.errors.names import UnknownName
from w2sdl.messages.columns import show_line, visible
from w2sdl.messages.diagnostics import Label, Level
from w2sdl.messages.render import render_diagnostic, render_diagnostics
from w2sdl.source import Source, Span


def shown(text: str, word: str, *related: str, color: bool = False, width: int = 140) -> list[str]:
    """The lines of a message about ``word`` in ``text``."""
    return rendered(text, word, *related, color=color, width=width).splitlines()


def rendered(text: str, word: str, *related: str, color: bool = False, width: int = 140) -> str:
    source = Source("a.w2s", text)
    more = tuple(Label(span_of(source, other), f"see {other}") for other in related)
    message = UnknownName(span=span_of(source, word), name=word, related=more)
    return render_diagnostic(message, color, width)


def span_of(source: Source, word: str) -> Span:
    start = source.text.index(word)
    return Span(source, start, start + len(word))


@pytest.mark.parametrize(
    ("before", "columns"),
    [
        ("x = ", 4),
        ("\t", 4),
        ("\tx\t", 9),
        ("Ψ(W′, ", 6),
        ("名前 = ", 7),
        ("e\u0301 ", 2),
        ("👍🏽 ", 3),
        ("👩‍👩‍👧 ", 3),
        ("❤️ ", 3),
        ("🇩🇪 ", 3),
        ("שלום ", 5),
        ("\x0c ", 2),
        ("\x1b[31m ", 6),
        ("\u202e ", 9),
        ("a\u200bb ", 11),
        ("ｗｉｄｅ ", 9),
    ],
)
def test_marks_stand_under_what_they_mark(before: str, columns: int) -> None:
    """``columns``: how wide a terminal shows what stands before, counted by hand."""
    lines = shown(f"{before}here", "here")
    assert lines[4] == f"  | {' ' * columns}^^^^ no binding, axis or value of this name"


def test_a_wide_word_gets_a_mark_of_its_width() -> None:
    assert "^^^^ no binding" in shown("x = 損失", "損失")[4]
    assert re.search(r"\^{2} no binding", shown("x = 👩‍👩‍👧", "👩‍👩‍👧")[4])


def test_windows_line_ends_are_no_part_of_a_line() -> None:
    lines = shown("a = 1\r\nb = here\r\n", "here")
    assert lines[1] == " --> a.w2s:2:5"
    assert lines[3] == "2 | b = here"
    assert lines[4] == "  |     ^^^^ no binding, axis or value of this name"


def test_a_mark_at_the_very_end_is_one_column() -> None:
    source = Source("a.w2s", "abc")
    message = UnknownName(span=Span(source, 3, 4), name="x")
    assert render_diagnostic(message).splitlines()[4].startswith("  |    ^ no")


def test_what_goes_on_in_the_next_line_is_marked_to_the_end_of_its_first() -> None:
    lines = shown("x = f(a,  \n  b)\n", "f(a,  \n  b)")
    assert lines[4] == "  |     ^^^^… no binding, axis or value of this name"


def test_labels_of_one_line_are_drawn_together() -> None:
    lines = shown("f(one, two, three)", "three", "one", "two")
    assert lines[3:] == [
        "1 | f(one, two, three)",
        "  |   ---  ---  ^^^^^ no binding, axis or value of this name",
        "  |   |    |",
        "  |   |    see two",
        "  |   see one",
    ]


def test_labels_of_one_file_stand_in_the_order_of_their_lines() -> None:
    lines = shown("a = one\nb\nc\nd = two", "two", "one")
    assert lines[1] == " --> a.w2s:4:5"
    assert lines[3:] == [
        "1 | a = one",
        "  |     --- see one",
        "...",
        "4 | d = two",
        "  |     ^^^ no binding, axis or value of this name",
    ]


def test_labels_of_another_file_get_a_place_of_their_own() -> None:
    here, there = Source("a.w2s", "x = here"), Source("lib.w2s", "\n" * 11 + "y = there")
    more = Label(span_of(there, "there"), "defined there")
    message = UnknownName(span=span_of(here, "here"), name="here", related=(more,))
    assert render_diagnostic(message).splitlines()[1:] == [
        "  --> a.w2s:1:5",
        "   |",
        " 1 | x = here",
        "   |     ^^^^ no binding, axis or value of this name",
        "  ::: lib.w2s:12:5",
        "   |",
        "12 | y = there",
        "   |     ----- defined there",
    ]


def test_marks_that_overlap_keep_the_primary_on_top() -> None:
    lines = shown("f(one, two)", "one", "f(one, two)")
    assert lines[4:] == [
        "  | --^^^------",
        "  | | |",
        "  | | no binding, axis or value of this name",
        "  | see f(one, two)",
    ]


@pytest.mark.parametrize("at", [0, 60, 5_000, 9_990])
def test_long_lines_are_cut_around_the_mark(at: int) -> None:
    text = "x" * at + " here " + "y" * (10_000 - at)
    lines = shown(text, "here", width=100)
    assert len(lines[3]) <= 100 + len("1 | ") + 2
    column = lines[4].index("^")
    assert lines[3][column : column + 4] == "here"
    assert "^^^^ no binding" in lines[4]


def test_long_lines_of_wide_characters_are_cut_by_columns() -> None:
    text = "名" * 9_000 + "here" + "前" * 9_000
    lines = shown(text, "here", width=100)
    cut = lines[3].removeprefix("1 | ")
    assert show_line(cut).columns[-1] <= 102
    assert lines[4].removeprefix("  | ").index("^") == show_line(cut).columns[cut.index("here")]


def test_a_mark_longer_than_the_line_is_cut_too() -> None:
    lines = shown("f(" + "a" * 500 + ")", "a" * 500, width=80)
    assert len(lines[4].split(" no ")[0]) <= 80 + len("  | ") + 1


def test_what_is_set_on_the_command_line_is_shown_as_typed() -> None:
    source = Source("--set V.width=3", "V.width=3", from_command_line=True)
    message = UnknownName(span=Span(source, 0, 7), name="V")
    assert render_diagnostic(message).splitlines()[1:5] == [
        " --> command line",
        "  |",
        "  | --set V.width=3",
        "  |       ^^^^^^^ no binding, axis or value of this name",
    ]


def test_names_and_strings_of_a_spec_can_not_command_a_terminal() -> None:
    """ANSI escapes, bells and right-to-left marks in a spec must not reach a terminal as they are."""
    bad = "a\x1b]0;title\x07\u202eb\x9b31m"
    source = Source("\x1b[2J.w2s", f"x = {bad}")
    message = UnknownName(span=span_of(source, bad), name=bad, near=(bad,))
    text = render_diagnostic(message)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert "a␛]0;title␇<U+202E>b<U+009B>31m" in text


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.integers(0, 39), st.integers(1, 40), st.booleans())
def test_any_text_is_drawn_without_control_characters(
    text: str, start: int, length: int, color: bool
) -> None:
    source = Source(text, text)
    start = min(start, len(text))
    other = Label(Span(source, 0, 1), text)
    span = Span(source, start, start + length)
    drawn = render_diagnostic(UnknownName(span=span, name=text, related=(other,)), color, 20)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", drawn) if color else drawn
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", plain)
    assert "^" in plain


@given(st.text(max_size=30))
def test_columns_never_run_backwards(text: str) -> None:
    columns = show_line(text.replace("\n", " ")).columns
    assert len(columns) == len(text) + 1
    assert list(columns) == sorted(columns)


def test_joins_of_emoji_and_letters_are_writing_and_stay() -> None:
    assert visible("👩‍👩‍👧") == "👩‍👩‍👧"
    assert visible("می‌خواهم") == "می‌خواهم"
    assert visible("W\u200d2") == "W<U+200D>2"


def test_colour_gives_every_line_a_rule_in_the_colour_of_its_level() -> None:
    lines = shown("f(one, here)", "here", "one", color=True)
    assert all(line.startswith("\x1b[31m│\x1b[0m") for line in lines)
    source = Source("a.w2s", "here")
    warning = UnknownName(span=Span(source, 0, 4), name="x").with_level(Level.WARNING)
    drawn = render_diagnostic(warning, color=True)
    assert drawn.startswith("\x1b[33m│\x1b[0m \x1b[1;33mwarning[W2S0201]")


def test_without_colour_there_is_no_escape_at_all() -> None:
    assert "\x1b" not in rendered("f(one, here)", "here", "one")


def test_the_same_message_at_several_places_is_one() -> None:
    source = Source("a.w2s", "".join(f"x{i} = f(here)\n" for i in range(9)))
    starts = [i for i in range(len(source.text)) if source.text.startswith("here", i)]
    found = [UnknownName(span=Span(source, at, at + 4), name="here") for at in starts]
    other = UnknownName(span=Span(source, 0, 2), name="x0")
    lines = render_diagnostics([found[0], other, *found[1:]]).splitlines()
    assert sum("`here` is not defined" in line for line in lines) == 1
    assert sum("also here" in line for line in lines) == 4
    assert "  |        ---- also here, and in 4 more places" in lines
    assert any("`x0` is not defined" in line for line in lines)
