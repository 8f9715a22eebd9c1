"""The structure that the house rules promise, checked by machine."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = [ROOT / "w2sdl", ROOT / "runtime" / "w2sdl_runtime"]
FILES = sorted(path for package in PACKAGES for path in package.rglob("*.py"))


def loaded_by(*arguments: str) -> set[str]:
    """Top-level modules in memory after a w2sdl command."""
    code = (
        "import sys; from w2sdl.cli import run_cli; code = run_cli(sys.argv[1:]); "
        "print('MODULES', *sorted({m.split('.')[0] for m in sys.modules})); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True,
        env={**__import__("os").environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("MODULES"))
    return set(line.split()[1:])


@pytest.mark.parametrize("command", ["check", "compile", "diff", "fmt", "graph", "plan"])
def test_commands_that_run_nothing_load_nothing_heavy(command: str, tmp_path: Path) -> None:
    store = ["--store", str(tmp_path)]
    options = {"plan": store, "fmt": ["--check"], "diff": [*store, "--b-set", "sciq.world=1"]}
    more = options.get(command, [])
    loaded = loaded_by(command, "specs/debate_sciq.w2s", *more)
    assert not loaded & {
        "torch",
        "ray",
        "transformers",
        "datasets",
        "peft",
        "pandas",
        "numpy",
        "scipy",
        "pyarrow",
    }


def test_only_what_is_called_so_imports_ray() -> None:
    found = [p.name for p in FILES if any(name.split(".")[0] == "ray" for name in imports_of(p))]
    assert found == [
        "ray_backend.py",
        "ray_shards.py",
        "ray_tasks.py",
        "ray_doctor.py",
        "ray_jobs.py",
    ]


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = body[-1].end_lineno - body[0].lineno + 1 if body else 0  # type: ignore[operator]
            assert length <= 60, f"{path.name}:{node.name} has {length} lines"


def test_the_way_through_the_code_names_every_folder() -> None:
    """Breaks where a folder is renamed, or comes, and CONTRIBUTING.md does not hear of it."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    folders = {p.name for package in PACKAGES for p in package.glob("*/") if any(p.glob("*.py"))}
    named = {line for line in text.split("`") if line.endswith("/") and line.count("/") == 1}
    assert named - {"w2sdl/"} == {f"{folder}/" for folder in folders}


def test_every_operation_has_a_test_of_its_own() -> None:
    ops = {p.stem for p in (ROOT / "runtime" / "w2sdl_runtime" / "ops").glob("[a-z]*.py")}
    tests = {p.stem.removeprefix("test_") for p in (ROOT / "tests" / "ops").glob("test_*.py")}
    assert ops <= tests


@pytest.mark.parametrize(
    "spec", sorted([*ROOT.glob("specs/*.w2s"), *ROOT.glob("examples/*.w2s")]), ids=lambda p: p.name
)
def test_every_spec_compiles_with_each_of_its_profiles(spec: Path) -> None:
    import w2sdl
    from w2sdl.messages.render import render_diagnostics
    from w2sdl.source import Source
    from w2sdl.syntax.nodes import Profile
    from w2sdl.syntax.parse import parse_module

    sys.path.insert(0, str(ROOT / "examples"))
    modules = ("own_operation",) if "own_operation" in spec.name else ()
    source = Source(str(spec), spec.read_text("utf-8"))
    profiles = [d.name for d in parse_module(source)[0].declarations if isinstance(d, Profile)]
    for chosen in [(), *((profile,) for profile in profiles)]:
        compilation = w2sdl.compile_file(spec, profiles=chosen, modules=modules)
        assert compilation.graph is not None, render_diagnostics(compilation.diagnostics)


def test_the_spec_of_the_readme_is_the_quickstart() -> None:
    """Breaks when the README shows a spec that no longer compiles, or computes something else."""
    import re

    from w2sdl.pipeline import Compilation
    from w2sdl.source import Source
    from w2sdl_runtime.registry import load_signatures

    (shown,) = re.findall(r"```w2s\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    run = (ROOT / "examples" / "quickstart.w2s").read_text("utf-8")
    graphs = [Compilation(Source("s", text), load_signatures()).graph for text in (shown, run)]
    assert graphs[0] is not None
    assert graphs[1] is not None
    assert graphs[0].nodes.keys() == graphs[1].nodes.keys()
