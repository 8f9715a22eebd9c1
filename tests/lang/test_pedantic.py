"""pedantic/X.w2s gets the warnings of X.warn; its near-identical twin X_ok.w2s gets none."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden import check_golden
from test_golden import cases, compile_file

from w2sdl.checking.pedantic import pedantic
from w2sdl.messages.codes import lints
from w2sdl.messages.diagnostics import Diagnostic, Level
from w2sdl.messages.lints import LintChoiceError, LintLevel, LintLevels, apply, lint_levels
from w2sdl.messages.render import render_diagnostics

ALLOW, WARN, DENY = LintLevel.ALLOW, LintLevel.WARN, LintLevel.DENY
WARNED = [path for path in cases("pedantic") if not path.stem.endswith("_ok")]


def warnings_of(path: Path) -> tuple[Diagnostic, ...]:
    compilation = compile_file(path)
    assert compilation.graph is not None, render_diagnostics(compilation.diagnostics)
    return pedantic(compilation.program, compilation.signatures)


@pytest.mark.parametrize("path", WARNED, ids=lambda path: path.stem)
def test_a_dubious_spec_is_warned_of(path: Path, bless: bool) -> None:
    check_golden(path.with_suffix(".warn"), render_diagnostics(warnings_of(path)), bless)


@pytest.mark.parametrize("path", WARNED, ids=lambda path: path.stem)
def test_a_nearly_identical_good_spec_is_not(path: Path) -> None:
    twin = path.with_stem(f"{path.stem}_ok")
    assert render_diagnostics(warnings_of(twin)) == ""


def test_every_pedantic_lint_has_a_spec_that_gets_it() -> None:
    seen = {warning.lint for path in WARNED for warning in warnings_of(path)}
    written = {name for name, kinds in lints().items() if kinds[0].pedantic}
    assert seen == written


def test_a_spec_that_measures_nothing_is_not_told_so_binding_by_binding() -> None:
    """Its bindings are what it is for."""
    path = Path(__file__).parent / "ok" / "plain.w2s"
    text = [line for line in path.read_text("utf-8").splitlines() if "measure" not in line]
    from test_golden import signatures

    from w2sdl.pipeline import Compilation
    from w2sdl.source import Source

    compilation = Compilation(Source("a", "\n".join(text)), signatures())
    assert compilation.graph is not None
    assert "unused_binding" not in {
        w.lint for w in pedantic(compilation.program, compilation.signatures)
    }


def shown(*choices: tuple[LintLevel, str]) -> list[tuple[str, Level]]:
    found = warnings_of(next(path for path in WARNED if path.stem == "unused_axis"))
    return [(d.lint, d.level) for d in apply(lint_levels(choices), found)]


def test_pedantic_lints_are_silent_until_asked_for() -> None:
    assert shown() == []
    assert shown((WARN, "pedantic")) == [("unused_axis", Level.WARNING)]
    assert shown((WARN, "single_seed")) == []


def test_of_two_choices_the_later_wins() -> None:
    assert shown((WARN, "pedantic"), (ALLOW, "unused_axis")) == []
    assert shown((ALLOW, "unused_axis"), (WARN, "pedantic")) == [("unused_axis", Level.WARNING)]
    assert shown((WARN, "unused_axis"), (DENY, "pedantic")) == [("unused_axis", Level.ERROR)]
    assert shown((DENY, "pedantic"), (WARN, "unused_axis")) == [("unused_axis", Level.WARNING)]


def test_pedantic_warnings_are_looked_for_only_when_one_can_be_shown() -> None:
    assert not LintLevels().ask_pedantic
    assert lint_levels([(DENY, "unused_axis")]).ask_pedantic
    assert not lint_levels([(WARN, "unused_axis"), (ALLOW, "unused_axis")]).ask_pedantic


def test_what_is_no_lint_keeps_its_level() -> None:
    bad = compile_file(Path(__file__).parent / "bad" / "unknown_name.w2s").diagnostics
    assert apply(lint_levels([(ALLOW, "pedantic")]), bad) == bad


def test_an_unknown_lint_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(LintChoiceError, match="there is no lint `unused_axes`") as problem:
        lint_levels([(WARN, "unused_axes")])
    assert "did you mean `unused_axis`?" in problem.value.help
