"""Any producer of labels into any refiner into anything that learns: refused by `check`, or it runs.

One spec holds every pair, so that what pairs share is computed once. ``composes.txt`` says which are
refused: a pair that is refused for no good reason shows there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from files import write_files
from pieces import KINDS, LATE, LEARNERS, PRELUDE, PRODUCERS, REFINERS, UNKNOWN_BEFORE

import w2sdl
from tests.golden import check_golden
from w2sdl.kinds import Kind
from w2sdl.lsp.analysis import Analysis
from w2sdl.lsp.incremental import IncrementalParser
from w2sdl_runtime.running import run_file
from w2sdl_runtime.runs.results import Run

HERE = Path(__file__).parent
RUNS = "runs"

#: Binding -> what it is made of, as one piece behind another; and its line of the spec.
Lines = dict[tuple[str, ...], str]
Outcomes = dict[tuple[str, ...], str]


def name_of(path: Iterable[str]) -> str:
    return "_then_".join(piece.replace(" ", "_") for piece in path)


def produced() -> Lines:
    return {(name,): one.text.format(part=one.part) for name, one in PRODUCERS.items()}


def behind(paths: Iterable[tuple[str, ...]], pieces: dict[str, str]) -> Lines:
    """Every piece behind every path; labels are of the part of the path's producer."""
    return {
        (*path, name): text.format(
            y=name_of(path), first=name_of(path[:1]), part=PRODUCERS[path[0]].part
        )
        for path in paths
        for name, text in pieces.items()
    }


def spec(lines: Lines) -> str:
    return "\n".join([PRELUDE, *(f"{name_of(path)} = {text}" for path, text in lines.items())])


def sift(known: Lines, more: Lines, folder: Path) -> Outcomes:
    """Of the lines behind those known: the ones that `check` refuses, each with its message.

    Each round asks of a few hundred lines less, which an editor's parser does not read again.
    """
    parser = IncrementalParser()
    by_name = {name_of(path): path for path in more}
    refused: Outcomes = {}
    while True:
        left = {path: line for path, line in more.items() if path not in refused}
        text = spec(known | left)
        compilation = Analysis(text, folder / "composition.w2s").compile(parser.parse)
        errors = [e for e in compilation.diagnostics if e.level == "error"]
        if not errors:
            return refused
        for error in errors:
            line = text.splitlines()[text[: error.span.start].count("\n")]
            path = by_name[line.split(" = ")[0]]
            told = vars(error).get("fact") or vars(error)["reason"]  # of what a check says
            refused[path] = f"{error.code} {told}"


def once_each(lines: Lines) -> Lines:
    """Of paths that end in the same two pieces the first: the kind of their labels was tried before."""
    first = {path[-2:]: path for path in reversed(lines)}
    return {path: lines[path] for path in first.values()}


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcomes, Run]:
    """What became of every composition, and the run of those that `check` accepts."""
    folder = tmp_path_factory.mktemp("composition")
    write_files(folder)
    accepted = produced()
    first = behind(accepted, REFINERS | LEARNERS)
    refused = sift(accepted, first, folder)
    accepted |= {path: line for path, line in first.items() if path not in refused}
    once = [path for path in accepted if path[0] in KINDS and path[-1] in REFINERS]
    second = behind(once, REFINERS | LEARNERS)
    refused |= sift(accepted, second, folder)
    accepted |= once_each({path: second[path] for path in second if path not in refused})
    place = folder / "composition.w2s"
    place.write_text(spec(accepted), "utf-8")
    run = run_file(place, executor="local", store=folder / "store", keep_going=True)
    errors = {entry.address: entry.error or {} for entry in run.failures}
    told = {path: errors[name_of(path)] for path in accepted if name_of(path) in errors}
    failed = {path: f"fails: {error['message']}" for path, error in told.items()}
    return dict.fromkeys(accepted, RUNS) | failed | refused, run


def test_what_check_accepts_runs(composed: tuple[Outcomes, Run]) -> None:
    """Only what files decide, and rows that repeat, may be told as late as that; never by a traceback."""
    outcomes, run = composed
    late = [path for path, what in outcomes.items() if what.startswith("fails")]
    excused = {
        path for path in late if path[0] in UNKNOWN_BEFORE or path[-2:] in LATE or "concat" in path
    }
    assert not set(late) - excused
    assert {entry.error["type"] for entry in run.failures if entry.error} <= {"PrerequisiteError"}


def test_what_is_refused(composed: tuple[Outcomes, Run], bless: bool) -> None:
    """Piece by piece, which producers it refuses and why; behind a refiner it refuses the same."""
    outcomes, _ = composed
    refusals: dict[tuple[str, str], list[str]] = {}
    for path, what in outcomes.items():
        if len(path) == 2 and what.startswith("W2S"):
            refusals.setdefault((path[1], what), []).append(path[0])
    lines = [f"{piece} < {', '.join(made)}\n  {what}" for (piece, what), made in refusals.items()]
    check_golden(HERE / "refused.txt", "\n".join(sorted(lines)) + "\n", bless)


def test_every_operation_with_labels_is_among_the_pieces() -> None:
    """A new one has to be added: what it meets is then tried."""
    pieces = [*(one.text for one in PRODUCERS.values()), *REFINERS.values(), *LEARNERS.values()]
    called = set(re.findall(r"(\w+)\(", "".join([PRELUDE, *pieces]).replace("Ψ(", "finetune(")))
    every = [op for op in w2sdl.load_signatures().ops.values() if op.result is not Kind.METRIC]
    ports = {
        op.name: {p.kind for p in op.ports if p.channel != "saw"} | {op.result} for op in every
    }
    assert not {name for name, kinds in ports.items() if Kind.LABELS in kinds} - called
