"""One tiny weak-to-strong study in a folder of its own, run and changed as a user would."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import w2sdl
from w2sdl.graph import Graph
from w2sdl_runtime.running import run_file
from w2sdl_runtime.runs.results import Run

SPEC = """
experiment study "a study small enough for a test"
axis seed = 0..1
data d = science_qa(parts: {supervise: 40, transfer: 40, test: 40, spare: 40})
weak   W = pretrain(corpus(d), layers: 1, width: 8, steps: 2)
strong S = pretrain(corpus(d), layers: 1, width: 16, steps: 2)
teacher = finetune(W, gold(d.supervise), seed: seed)
y       = label(teacher, d.transfer)
student = Ψ(S, y, seed: seed)
ceiling = Ψ(S, gold(d.transfer), seed: seed)
measure scores = accuracy(teacher, student, ceiling) on d.test
measure recovered = pgr(weak: teacher, student: student, ceiling: ceiling, over: seed) on d.test
"""


@dataclass(frozen=True)
class Study:
    """A folder with the spec, and a store beside it."""

    folder: Path

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def spec(self, *changes: tuple[str, str], name: str = "study.w2s") -> Path:
        """The spec with some texts replaced, as a file."""
        path = self.folder / name
        path.write_text(changed(*changes), "utf-8")
        return path

    def run(self, *changes: tuple[str, str], name: str = "study.w2s") -> Run:
        """Compute what is not stored yet."""
        return run_file(self.spec(*changes, name=name), executor="local", store=self.store)

    def copy(self, folder: Path) -> Study:
        """The same with a store of its own, results included."""
        shutil.copytree(self.folder, folder)
        return Study(folder)


def changed(*changes: tuple[str, str]) -> str:
    """The text of the spec with some texts replaced; each must be there."""
    text = SPEC
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def graph_of(text: str, **options: object) -> Graph:
    """The graph of a text that must compile."""
    compiled = w2sdl.compile_text(text, **options)  # type: ignore[arg-type]
    assert compiled.graph is not None, [d.code for d in compiled.diagnostics]
    return compiled.graph


def executed(run: Run) -> set[str]:
    """Names of the results that a run computed; others were there already."""
    nodes = run.graph.nodes
    return {nodes[id_].name for id_, entry in run.nodes.items() if entry.action == "executed"}


def files_of(store: Path) -> dict[str, bytes]:
    """Every file that holds a result, by path."""
    return {
        str(path.relative_to(store)): path.read_bytes()
        for path in sorted((store / "objects").rglob("*"))
        if path.is_file()
    }
