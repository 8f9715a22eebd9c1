"""Every number of a report can be followed by one command, which says the same number."""

from __future__ import annotations

import html
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import sample as sampling
from kept_run import RUN, keep_run

from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.report.render import render_report
from w2sdl_runtime.runs.results import Run
from w2sdl_runtime.runs.tracing import Traced, trace

#: A cell with a number: its kind, its value, the command that follows it, and its interval.
_CELL = re.compile(
    r'<td class="n (?P<kind>[^"]*)"><button[^>]*>(?P<value>[^<]*)</button>'
    r'<span popover[^>]*><code class="command">(?P<command>[^<]*)</code>.*?</span></span>'
    r'(?:<span class="i">(?P<interval>[^<]*)</span>)?',
    re.DOTALL,
)


@pytest.fixture
def run(sample: sampling.Sample, tmp_path: Path) -> Run:
    return keep_run(sample, tmp_path)


@pytest.fixture
def traced(run: Run) -> list[Traced]:
    return [trace(run, row["number"]) for row in run.results().to_pylist()]


def test_the_command_beside_every_number_of_the_report_says_that_number(
    run: Run, sample: sampling.Sample
) -> None:
    """Breaks where the page rounds, averages or bounds a number otherwise than `w2sdl trace` does."""
    page = render_report(sampling.run_record(sample), sample.graph, sample.nodes, sample.store)
    cells = list(_CELL.finditer(page))
    assert len(cells) == page.count('popovertarget="from-') > 40
    known: dict[str, Traced] = {}
    for cell in cells:
        program, command, name, number, *_ = shlex.split(html.unescape(cell["command"]))
        assert (program, command, name) == ("w2sdl", "trace", RUN)
        if number not in known:
            known[number] = trace(run, number)
        found = known[number]
        value, interval = cell["value"].rstrip("†"), cell["interval"] or ""
        if {"gain", "formed"} & set(cell["kind"].split()):
            assert (f"{value} ({interval})" if interval else value) in " ".join(found.how)
        else:
            assert (value, interval) == (found.shown or "undefined", found.interval)


def test_a_number_is_the_one_of_the_table(run: Run, traced: list[Traced]) -> None:
    for row, found in zip(run.results().to_pylist(), traced, strict=True):
        assert found.number == row["number"]
        if row["kind"] == "single" and row["op"] == "pgr":
            continue  # one node: what is selected so is the mean of one, with an interval alike
        assert (found.value, found.lower, found.upper) == (
            row["value"],
            row["lower"],
            row["upper"],
        )
        digests = [artifact.digest for artifact in found.artifacts]
        assert row["digest"] is None or digests == [row["digest"]]


def is_row(kind: str, number: str) -> Any:
    import pyarrow.compute as pc

    return (pc.field("kind") == kind) & (pc.field("number") == number)


def test_its_files_are_there_and_its_ancestors_reach_the_data(run: Run) -> None:
    found = trace(run, "scores[of: S', evidence: debate, seed: 1]")
    (artifact,) = found.artifacts
    assert artifact.address == "scores.accuracy(S')[seed=1, evidence=debate]"
    assert {name for name, _ in artifact.files} == {"artifact.json", "rows.parquet"}
    assert all((Path(artifact.folder) / name).stat().st_size == n for name, n in artifact.files)
    assert _names(found.made_from) >= {"S'", "S", "supervisor", "W'", "W", "T", "sciq"}
    assert "floor" not in _names(found.made_from)


def _names(ancestors: Any) -> set[str]:
    return {a.name for a in ancestors} | {n for a in ancestors for n in _names(a.made_from)}


def test_a_mean_says_which_nodes_and_how(run: Run) -> None:
    found = trace(run, "scores[of: S', evidence: debate]")
    assert len(found.artifacts) == 3
    assert found.how[0] == "the mean of 3 nodes, one for each seed"
    (row,) = run.results().filter(is_row("mean", found.number)).to_pylist()
    assert found.how[-1] == f"interval: 95 %, {row['interval']}"
    assert "3 seeds and 60 rows" in row["interval"]
    assert trace(run, "scores[evidence: debate, of: S′]").value == found.value


def test_an_address_of_a_node_serves_too(run: Run) -> None:
    model = trace(run, "S'[seed=0, evidence=debate]")
    assert (model.shown, model.artifacts[0].kind) == ("", "Predictor")
    assert len(trace(run, "ceiling").artifacts) == 3
    number = trace(run, "scores.accuracy(ceiling)[seed=0]")
    assert number.value == trace(run, "scores[of: ceiling, seed: 0]").value
    assert number.shown == trace(run, "scores[of: ceiling, seed: 0]").shown


def test_an_expectation_is_followed_to_both_of_its_sides(run: Run) -> None:
    """Breaks where the verdict is another one than the report's, or rests on other nodes."""
    found = trace(run, "debate_helps")
    verdict = next(one for one in run.verdicts() if one.name == "debate_helps")
    assert found.shown == verdict.verdict
    sides = [trace(run, f"scores[of: S', evidence: {e}]") for e in ("debate", "none")]
    assert f"{sides[0].shown} > {sides[1].shown}" in found.how[0]
    both = {a.digest for side in sides for a in side.artifacts}
    assert {artifact.digest for artifact in found.artifacts} == both
    assert len(trace(run, "always_low").how) == 4  # one for each evidence
    apart = verdict.points[0].difference
    assert apart is not None
    assert f"left minus right {100 * apart.value:.1f} (95 % interval " in found.how[0]


def test_what_failed_is_followed_to_its_reason(sample: sampling.Sample, tmp_path: Path) -> None:
    sample.fail("S'[seed=1, evidence=debate]", "no memory left")
    run = keep_run(sample, tmp_path)
    lost = trace(run, "scores[of: S', evidence: debate, seed: 1]")
    assert lost.shown == ""
    assert "no memory left" in lost.reason
    assert lost.artifacts[0].folder == ""
    mean = trace(run, "scores[of: S', evidence: debate]")
    assert mean.how[0] == "the mean of 2 nodes, one for each seed; 1 have none"


@pytest.mark.parametrize(
    ("number", "message", "help"),
    [
        ("scors[of: S']", "no measure and no node", "did you mean `scores`"),
        ("scores", "measures 5 things", "`scores[of: floor]`"),
        ("scores[of: S]", "does not measure `S`", "did you mean `S'`"),
        ("scores[of: S']", "4 numbers here: it varies over evidence", "evidence: none]"),
        ("scores[of: S', evidence: debat]", "no point `debat`", "did you mean `debate`"),
        ("scores[of: S', evidnce: debate]", "not vary over `evidnce`", "did you mean `evidence`"),
        ("agree[evidence: none, part: supervisor_rght]", "no part", "`supervisor_right`"),
        ("recovered[of: S', evidence: none]", "is of one thing", "leave out `of:`"),
        ("scores[of: S', evidence: none, seed: 9]", "no point `9`", "`0`, `1`, `2`"),
        ("", "no measure and no node", ""),
        ("scores[", "no measure and no node", ""),
    ],
)
def test_a_mistake_says_what_is_near(run: Run, number: str, message: str, help: str) -> None:
    with pytest.raises(PrerequisiteError) as caught:
        trace(run, number)
    assert message in caught.value.message
    assert help in caught.value.help
    assert caught.value.help


def test_a_number_of_one_node_tells_its_interval_in_the_words_of_means(run: Run) -> None:
    """Breaks where a table says `wilson; Wilson, t over 3 seeds`, the one being a name of the code."""
    single = trace(run, "scores[of: S', evidence: debate, seed: 1]")
    assert "interval: 95 %, Wilson over rows" in single.how


def test_a_number_that_is_cut_off_says_how_one_is_written(run: Run) -> None:
    with pytest.raises(PrerequisiteError) as refused:
        trace(run, "scores[of: S'")
    assert "`scores[axis: point]`, with both brackets" in refused.value.help
