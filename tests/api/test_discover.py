"""The entry point group ``w2sdl.ops``, and modules of one's own, with all that can go wrong in them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import w2sdl

ROOT = Path(__file__).parents[2]
OWN = (ROOT / "examples" / "own_operation.py").read_text("utf-8")


def package(folder: Path, name: str, entry: str) -> None:
    """An installed package, as Python sees one: its metadata, with an entry point or none."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    points = f"[w2sdl.ops]\n{entry}\n" if entry else ""
    (info / "entry_points.txt").write_text(points, "utf-8")


def ops(name: str, path: Path) -> tuple[int, str]:
    """``w2sdl ops NAME`` in a process that finds packages in a folder first."""
    search = [str(path), str(ROOT), str(ROOT / "runtime"), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-m", "w2sdl", "ops", name], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(search)},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_an_installed_package_offers_its_operations(tmp_path: Path) -> None:
    (tmp_path / "others_ops.py").write_text(OWN, "utf-8")
    package(tmp_path, "others", "anything = others_ops")
    code, said = ops("flipped", tmp_path)
    assert code == 0, said
    assert "others_ops" in said


def test_a_provider_gives_signatures_of_its_own(tmp_path: Path) -> None:
    """Breaks when only one provider is asked, or when a clash of names goes unnoticed."""
    source = (
        "import dataclasses\nfrom w2sdl.signature import Signatures\n"
        "from w2sdl_runtime.registry import load_signatures\n"
        "def provide(modules):\n"
        "    gold = load_signatures().ops['gold']\n"
        "    return Signatures.build([dataclasses.replace(gold, name=NAME, aliases=())], [])\n"
    )
    (tmp_path / "one.py").write_text(source.replace("NAME", "'silver'"), "utf-8")
    package(tmp_path, "one", "one = one:provide")
    code, said = ops("silver", tmp_path)
    assert code == 0, said
    assert ops("finetune", tmp_path)[0] == 0


def test_two_operations_of_one_name_are_refused(tmp_path: Path) -> None:
    text = OWN.replace('@op("flipped"', '@op("gold"')
    (tmp_path / "clashing.py").write_text(text, "utf-8")
    package(tmp_path, "clashing", "ops = clashing")
    code, said = ops("gold", tmp_path)
    assert code == 1
    assert "two operations are called `gold`: built-in and clashing" in said


@pytest.mark.parametrize("entry", ["gone = no_such_module:provide", "gone = json:no_such_function"])
def test_a_broken_provider_is_named(tmp_path: Path, entry: str) -> None:
    package(tmp_path, "broken", entry)
    code, said = ops("gold", tmp_path)
    assert code == 1
    assert f"entry point `{entry}` can't be loaded" in said
    assert "Traceback" not in said


def test_without_any_provider_the_next_step_is_said(tmp_path: Path) -> None:
    package(tmp_path, "w2sdl", "")  # hides the entry point of the real one
    code, said = ops("gold", tmp_path)
    assert code == 1
    assert "no installed package provides operations" in said
    assert "pip install -e ." in said


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("own_a", "1 / 0\n", "`own_a` can't be imported: ZeroDivisionError: division by zero ("),
        ("own_b", "def broken(:\n", "`own_b` can't be imported: SyntaxError: "),
        ("own_c", OWN.replace(" -> Labels:", ":"), "`flipped` in module own_c: its return"),
        ("own_d", OWN.replace("Fraction =", "Nowhere ="), "`flipped` in module own_d: name 'Now"),
        ("own_e", OWN.replace("Fraction =", "bytes ="), "not a type that a spec value can have"),
    ],
)
def test_mistakes_in_a_module_of_ones_own_are_told(
    tmp_path: Path, name: str, source: str, said: str
) -> None:
    (tmp_path / f"{name}.py").write_text(source, "utf-8")
    with pytest.raises(w2sdl.InputError) as caught:
        w2sdl.compile_text("experiment e", modules=[name], folder=tmp_path)
    assert said in caught.value.message
    if "division" in said:
        assert caught.value.message.endswith(f"{name}.py:1)")


def test_two_modules_of_one_name_are_not_confused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        text = OWN.replace('"flipped"', f'"flipped_{folder}"')
        (tmp_path / folder / "same_name_ops.py").write_text(text, "utf-8")
    first = w2sdl.compile_text("", modules=["same_name_ops"], folder=tmp_path / "a")
    assert first.signatures.op("flipped_a") is not None
    with pytest.raises(w2sdl.InputError, match="there are two modules `same_name_ops`"):
        w2sdl.compile_text("", modules=["same_name_ops"], folder=tmp_path / "b")
