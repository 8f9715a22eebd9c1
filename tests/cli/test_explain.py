"""`w2sdl explain`: every code has a text; its bad spec gets exactly that code, its good one nothing."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from w2sdl.checking.libraries import Unreadable
from w2sdl.checking.pedantic import pedantic
from w2sdl.cli import run_cli
from w2sdl.errors.validity import RULES
from w2sdl.explain import NoExplanation, codes, explanation, explanations, find
from w2sdl.messages.codes import lints
from w2sdl.messages.diagnostics import Diagnostic
from w2sdl.messages.render import render_diagnostics
from w2sdl.pipeline import Compilation
from w2sdl.signature import Signatures
from w2sdl.source import Source
from w2sdl_runtime.registry import load_signatures

ROOT = Path(__file__).parents[2]

#: Codes that no spec in a file can get: on the command line only, or only when the data are there.
WITHOUT_BAD_SPEC = {"W2S0218", "W2S0608"}


@cache
def signatures() -> Signatures:
    """The built-in operations: every example can be pasted into a file and checked."""
    return load_signatures()


def diagnostics(code: str, text: str) -> tuple[Diagnostic, ...]:
    """What an example gets; a first line `# with: profile path=value` as in tests/lang."""
    files = explanation(code).files()
    first = text.split("\n", 1)[0]
    options = first.removeprefix("# with: ").split() if first.startswith("# with: ") else []

    def load(path: str) -> Source:
        if path not in files:
            raise Unreadable(f"there is no file {path}")
        return Source(path, files[path])

    profiles = [option for option in options if "=" not in option]
    settings = [option for option in options if "=" in option]
    compilation = Compilation(Source("e.w2s", text), signatures(), profiles, settings, load=load)
    found = compilation.diagnostics
    asked = code in {kind.code for kinds in lints().values() for kind in kinds if kind.pedantic}
    return (
        (*found, *pedantic(compilation.program, compilation.signatures))
        if asked and not found
        else found
    )


def test_every_code_has_a_text_and_every_text_a_code() -> None:
    missing, left_over = (
        sorted(set(codes()) - set(explanations())),
        set(explanations()) - set(codes()),
    )
    assert not missing, f"write w2sdl/explain/CODE.md for: {', '.join(missing)}"
    assert not left_over, f"no message has these codes: {', '.join(sorted(left_over))}"


@pytest.mark.parametrize("code", sorted(explanations()))
def test_its_bad_spec_gets_exactly_that_code(code: str) -> None:
    bad = explanation(code).examples("bad")
    assert bool(bad) == (code not in WITHOUT_BAD_SPEC)
    for text in bad:
        found = diagnostics(code, text)
        assert {d.code for d in found} == {code}, render_diagnostics(found)


@pytest.mark.parametrize("code", sorted(explanations()))
def test_its_good_spec_compiles_clean(code: str) -> None:
    good = explanation(code).examples("good")
    assert good
    for text in good:
        assert render_diagnostics(diagnostics(code, text)) == ""


@pytest.mark.parametrize("text", explanations().values(), ids=lambda text: text.code)
def test_texts_keep_to_the_form(text: object) -> None:
    """A title that stands alone in a list; lines that fit a terminal; bad before good."""
    assert isinstance(text, type(explanation("W2S0301")))
    assert len(text.title) <= 75
    assert not text.title.endswith(".")
    prose = text.body.split("```")[0].splitlines()
    assert prose
    assert all(len(line) <= 120 for line in prose)
    if text.examples("bad"):
        assert text.body.index("```w2s bad") < text.body.index("```w2s good")


@pytest.mark.parametrize("name", ["W2S0301", "w2s0301", "0301", "301"])
def test_codes_are_found_however_they_are_typed(name: str) -> None:
    assert [text.code for text in find(name)] == ["W2S0301"]


def test_rules_and_lints_are_found_by_name() -> None:
    assert [text.code for text in find("student_gold")] == ["W2S0601"]
    assert [text.code for text in find("single-seed")] == ["W2S0611"]
    assert all(find(rule) for rule in RULES)


@pytest.mark.parametrize(
    ("name", "near"),
    [("studentgold", "student_gold"), ("W2S0299", "W2S0209"), ("unused-axes", "unused_axis")],
)
def test_a_typo_gets_the_nearest(name: str, near: str) -> None:
    with pytest.raises(NoExplanation) as problem:
        find(name)
    assert near in problem.value.near


def test_the_command_prints_markdown_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["explain", "W2S0601"]) == 0
    out, _ = capsys.readouterr()
    assert out.startswith(
        "# W2S0601: gold labels reach the student (student_gold, rule R1 of validity)"
    )
    assert "```w2s bad" in out
    assert "\x1b" not in out


def test_without_a_name_it_lists_all_by_stage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["explain"]) == 0
    out, _ = capsys.readouterr()
    assert "Syntax\n  W2S0101  " in out
    assert "(single_seed, a pedantic lint)" in out
    assert all(code in out for code in codes())


def test_an_unknown_code_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["explain", "single_sed"]) == 1
    _, err = capsys.readouterr()
    assert err == (
        "error: there is no code, rule or lint `single_sed`\n  help: did you mean `single_seed`?\n"
    )


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What a command shows on a terminal of 70 columns."""
    command = [sys.executable, "-m", "w2sdl", *arguments]
    variables = {**os.environ, "COLUMNS": "70", "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}"}
    variables.pop("NO_COLOR", None)
    mine, theirs = pty.openpty()
    child = subprocess.Popen(
        command, stdout=theirs, stderr=theirs, cwd=ROOT, env={**variables, **environment}
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(mine, 65_536):
            shown += chunk
    except OSError:  # the other end is closed
        pass
    child.wait()
    return shown.decode().replace("\r\n", "\n")


def test_on_a_terminal_the_text_is_filled_and_coloured() -> None:
    shown = on_a_terminal("explain", "W2S0301")
    assert "\x1b[31m  experiment wrong_kind" in shown
    assert "```" not in shown
    plain = [line for line in shown.splitlines() if "\x1b" not in line]
    assert all(len(line) <= 70 for line in plain)
    assert "```w2s bad" in on_a_terminal("explain", "W2S0301", NO_COLOR="1")


def test_messages_are_coloured_on_a_terminal_only() -> None:
    bad = "tests/lang/bad/unknown_part.w2s"
    assert "\x1b[31m│\x1b[0m" in on_a_terminal("check", bad)
    assert "\x1b" not in on_a_terminal("check", bad, NO_COLOR="1")


def test_a_rule_goes_by_its_number_too(capsys: pytest.CaptureFixture[str]) -> None:
    for number, rule in enumerate(RULES, 1):
        assert find(f"r{number}") == find(rule)
        assert find(rule)[0].code == RULES[rule]
    assert run_cli(["explain", "R5"]) == 0
    assert "(unfair_ceiling, rule R5 of validity)" in capsys.readouterr().out
    with pytest.raises(NoExplanation):
        find("R9")
