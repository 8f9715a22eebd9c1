"""The page of specs: a row for each."""

from __future__ import annotations

from links import ROOT

from w2sdl.api import compile_file


def specs() -> str:
    """Every spec and example with its question, its axes and its measures."""
    rows = ["| spec | what it asks | nodes |", "| --- | --- | --: |"]
    for path in sorted([*ROOT.glob("specs/*.w2s"), *ROOT.glob("examples/*.w2s")]):
        graph = compile_file(path, modules=_modules(path.stem)).graph
        if graph is None:
            raise ValueError(f"{path} does not compile")
        name = path.relative_to(ROOT).as_posix()
        rows.append(f"| [{name}](../{name}) | {graph.description} | {len(graph.nodes)} |")
    return "\n".join(rows)


def _modules(name: str) -> list[str]:
    """The operations that an example brings with it."""
    return [name] if (ROOT / "examples" / f"{name}.py").exists() else []
