"""``import w2sdl``: texts and files to compilations, mistakes as values or as `InputError`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import w2sdl

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "examples" / "quickstart.w2s"


def test_importing_the_package_loads_no_stage() -> None:
    code = "import sys, w2sdl; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert not set(done.stdout.split()) & {"lark", "pydantic", "click", "w2sdl.pipeline"}


def test_every_name_that_the_package_offers_is_there() -> None:
    for name in w2sdl.__all__:
        assert getattr(w2sdl, name) is not None
    assert set(w2sdl.__all__) <= set(dir(w2sdl))
    with pytest.raises(AttributeError, match="no attribute `compile`"):
        _ = w2sdl.compile  # type: ignore[attr-defined]


def test_stages_pull_what_they_need() -> None:
    compilation = w2sdl.compile_text(SPEC.read_text("utf-8"))
    assert "parsed" not in vars(compilation)
    assert compilation.graph is not None
    assert {"parsed", "module", "program", "graph"} <= set(vars(compilation))
    assert compilation.diagnostics == ()
    assert compilation.graph is compilation.graph


def test_mistakes_are_values() -> None:
    text = SPEC.read_text("utf-8").replace("science_qa", "scince_qa")
    compilation = w2sdl.compile_text(text, name="mine.w2s")
    assert compilation.graph is None
    first = compilation.diagnostics[0]
    assert (first.code, first.level) == ("W2S0202", w2sdl.Level.ERROR)
    assert first.title() == "there is no operation `scince_qa`"
    assert first.near == ("science_qa",)
    assert first.span is not None
    assert first.span.text == "scince_qa"
    assert first.span.source.name == "mine.w2s"


def test_profiles_and_settings_apply_as_on_the_command_line() -> None:
    path = ROOT / "specs" / "debate_sciq.w2s"
    small = w2sdl.compile_file(path, profiles=["test"], settings=["W.steps=7"])
    assert small.graph is not None
    steps = {n.params["steps"] for n in small.graph.nodes.values() if n.name == "W"}
    assert steps == {7}


def test_a_missing_file_is_an_input_error_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "debate.w2s").write_text("experiment e", "utf-8")
    with pytest.raises(w2sdl.InputError, match="there is no file") as caught:
        w2sdl.compile_file(tmp_path / "debat.w2s")
    assert "debate.w2s" in caught.value.help


def test_imports_are_read_below_the_folder(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "sizes.w2s").write_text("small = 60\n", "utf-8")
    text = SPEC.read_text("utf-8") + '\nimport "lib/sizes.w2s" as sizes\nsteps = sizes.small\n'
    assert w2sdl.compile_text(text, folder=tmp_path).graph is not None
    (without,) = w2sdl.compile_text(text).diagnostics
    assert without.title().endswith("this text was compiled without a folder")
    (missing,) = w2sdl.compile_text(
        text.replace("sizes.w2s", "size.w2s"), folder=tmp_path
    ).diagnostics
    assert "did you mean" in missing.title()


def test_a_library_that_is_no_text_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "lib.w2s").write_bytes(b"a = 1\n\xff\n")
    text = SPEC.read_text("utf-8") + '\nimport "lib.w2s" as lib\n'
    (found,) = w2sdl.compile_text(text, folder=tmp_path).diagnostics
    assert "is not UTF-8 text" in found.title()
    assert "line 2" in found.title()
