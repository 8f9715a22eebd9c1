"""One slip in a good spec is one message: what follows from it is not reported as well."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_golden import cases, signatures

from w2sdl.messages.formats import FORMATS, Checked, render_checked
from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.source import Source

#: What goes wrong: where (outside comments and strings), and what stands there then.
SLIPS: dict[str, tuple[str, Callable[[re.Match[str]], str]]] = {
    "a closing bracket is missing": (r"[)\]}]", lambda m: ""),
    "an opening bracket is missing": (r"(?<=\w)[(\[]", lambda m: ""),
    "a bracket too many": (r"\)(?=\n)", lambda m: "))"),
    "a comma is missing": (r",(?= )", lambda m: ""),
    "a colon is missing": (r"(?<=\w): ", lambda m: " "),
    "`=` for `:`": (r"(?<=[,(] )(\w+): ", lambda m: f"{m[1]}="),
    "a misspelled argument": (r"(?<=[,(] )(over|steps|seed|loss|width): ", lambda m: f"{m[1]}{m[1][-1]}: "),
    "`=` is missing": (r"(?<=\w) = ", lambda m: " "),
    "`==` for `=`": (r"(?<=\w) = ", lambda m: " == "),
    "`:=` for `=`": (r"(?<=\w) = ", lambda m: " := "),
    "a quotation mark is missing": (r'(?<=\w)"', lambda m: ""),
    "curly quotes": (r'"([^"\n]*)"', lambda m: f"“{m[1]}”"),
    "single quotes": (r'"([^"\n\']*)"', lambda m: f"'{m[1]}'"),
    "a semicolon": (r"\n(?=\w)", lambda m: ";\n"),
    "a misspelled word": (r"^(axis|weak|strong|measure|expect|profile)\b", lambda m: m[1][:2] + m[1][3:]),
    "a no-break space": (r"(?<=[,:=]) ", lambda m: "\u00a0"),
    "`//` for `#`": (r"#", lambda m: "//"),
    "`on` is missing": (r" on (?=\w)", lambda m: " "),
    "a comma in a number": (r"(\d)_(\d{3})", lambda m: f"{m[1]},{m[2]}"),
    "a colon in a range": (r"(\d)\.\.(\d)", lambda m: f"{m[1]}:{m[2]}"),
    "a suffix on a number": (r"(?<=: )(\d\d+)\b(?!\.)", lambda m: f"{m[1]}k"),
}  # fmt: skip
GOOD = [
    text
    for path in cases("ok")
    if (text := path.read_text("utf-8")) and not text.startswith("# with") and "import" not in text
]


def places(pattern: str, text: str, in_strings: bool) -> list[re.Match[str]]:
    """Where a slip can happen: not in comments, strings, profiles that aren't applied, or `def` lines."""
    hidden = [m.span() for m in re.finditer(r"#[^\n]*|def [^\n]*|profile [^}]*\}", text)]
    if not in_strings:
        hidden += [m.span() for m in re.finditer(r'"[^"\n]*"', text)]
    found = re.finditer(pattern, text, re.MULTILINE)
    return [m for m in found if not any(a < m.start() <= b for a, b in hidden)]


@pytest.mark.parametrize("slip", SLIPS)
def test_one_slip_is_one_message(slip: str) -> None:
    pattern, change = SLIPS[slip]
    rng = random.Random(slip)
    tried = 0
    for text in GOOD:
        found = places(pattern, text, in_strings='"' in pattern)
        for match in rng.sample(found, min(6, len(found))):
            bad = text[: match.start()] + change(match) + text[match.end() :]
            compilation = Compilation(Source("bad.w2s", bad), signatures())
            shown = render_diagnostics(compilation.diagnostics)
            line = bad.count("\n", 0, match.start())
            assert shown.count("error[") == 1, f"{bad.splitlines()[line]}\n{shown}"
            tried += 1
    assert tried


PIECES = [
    *"“”‘’'`;:=,()[]{}#\"\\^%$\u00a0\u200b\t\r…–→≥/*-><.1k _eE", "//", "/*", "*/", '"""', "...", "==", ":=",
    "->", "=>", "**", "1,000", "10k", "1_k", "range(3)", "for ", "if ", "let ", 'f"', "import ", "def ",
    "\n",
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_slips_are_answered_in_every_format(data: st.DataObject) -> None:
    """Breaks when a guess at what was meant fails on what was not foreseen."""
    text = data.draw(st.sampled_from(GOOD))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        end = min(len(text), at + data.draw(st.sampled_from([0, 0, 1, 3, 10])))
        text = text[:at] + data.draw(st.sampled_from(PIECES)) + text[end:]
    compilation = Compilation(Source("any.w2s", text), signatures())
    found = compilation.diagnostics
    assert (compilation.graph is None) == any(d.level == "error" for d in found)
    assert bool(render_diagnostics(found, color=True, width=60)) == bool(found)
    for form in FORMATS[1:]:
        render_checked(form, [Checked("any.w2s", found)])


def test_a_name_of_thousands_of_letters_does_not_fill_the_screen() -> None:
    text = 'experiment e "?"\nx = ' + "a" * 9_000 + "\ny = " + "9" * 9_000 + "k"
    (*_, last) = Compilation(Source("long.w2s", text), signatures()).diagnostics
    assert len(render_diagnostics([last])) < 3_000
