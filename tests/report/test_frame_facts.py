"""What the frame of the report says: the summary, cost, origins, and differences from a baseline."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sample as sampling

from w2sdl_runtime.report.by_name import param_text, rows_by_name
from w2sdl_runtime.report.context import Report
from w2sdl_runtime.storage.claims import Registered


def _report(sample: sampling.Sample, **changes: object) -> Report:
    record = sampling.run_record(sample, **changes)
    return Report(record, sample.graph, sample.nodes, sample.store)


def _glance(report: Report) -> dict[str, tuple[str, str]]:
    return {fact.label: (fact.text, fact.tone) for fact in report.glance}


def test_the_summary_counts_what_stands(finished: sampling.Sample) -> None:
    facts = _glance(_report(finished))
    assert facts["Results"] == ("all 192 nodes have one", "good")
    assert facts["Rules of validity"] == ("waived: unfair_ceiling", "bad")
    assert facts["Warnings"] == ("1 of the check", "open")
    assert facts["Controls"][0].startswith("flipped")
    assert facts["Rests on"] == ("3 seeds and 60 measured rows", "")
    words = facts["Expectations"][0]
    verdicts = [verdict.verdict for verdict in _report(finished).verdicts]
    for word in set(verdicts):
        assert f"{verdicts.count(word)} {word}" in words
    assert facts["Expectations"][1] == "bad"  # `always_low` is contradicted


def test_the_summary_says_what_failed(sample: sampling.Sample) -> None:
    sample.fail("S'[seed=1, evidence=debate]", "out of memory")
    failed = _glance(_report(sample, counts={"failed": 1, "skipped": 4}))
    assert re.fullmatch(r"\d+ of 192 nodes have none, 1 of them failed", failed["Results"][0])
    assert failed["Results"][1] == "bad"
    assert failed["Rests on"][0].endswith("measured rows; not all of them have results")


def test_a_run_without_expectations_says_so(finished: sampling.Sample) -> None:
    report = _report(finished)
    report.verdicts = []
    assert _glance(report)["Expectations"] == ("the spec states none", "")


@pytest.mark.parametrize(
    ("known", "said"),
    [(0, "; written before the results"), (3, "; 3 written after some of the results")],
)
def test_the_summary_says_when_claims_were_written(
    finished: sampling.Sample, known: int, said: str
) -> None:
    report = _report(finished)
    seen = Registered("2025-11-20T09:00:00+00:00", "earlier-run", 6, known)
    report.verdicts = [replace(verdict, registered=seen) for verdict in report.verdicts]
    assert _glance(report)["Expectations"][0].endswith(said)


def test_a_dirty_folder_is_told(finished: sampling.Sample) -> None:
    dirty = _glance(_report(finished, git={"commit": "4f0c", "dirty": True}))
    assert dirty["Rests on"] == (
        "3 seeds and 60 measured rows; the spec's folder had changes that were not committed",
        "open",
    )


def test_reuse_is_no_time_of_this_run(finished: sampling.Sample) -> None:
    report = _report(finished, spent={"tries": 7, "cpu_seconds": 12.5, "gpu_seconds": 0.0})
    entries = finished.nodes.values()
    reused = [entry["seconds"] for entry in entries if entry["action"] == "reused"]
    executed = [entry["seconds"] for entry in entries if entry["action"] == "executed"]
    assert report.cost.saved == pytest.approx(sum(reused))
    assert report.cost.computing == pytest.approx(sum(executed))
    assert (report.cost.reused, report.cost.tries) == (len(reused), 7)
    assert (report.cost.processor, report.cost.gpu) == (12.5, 0.0)
    assert sum(row.nodes for row in report.names) == len(finished.nodes)
    assert sum(row.seconds for row in report.names) == pytest.approx(sum(executed))


def test_a_box_tells_operation_parameters_state_and_keys(finished: sampling.Sample) -> None:
    rows = {row.name: row for row in rows_by_name(finished.graph, finished.nodes)}
    lines = rows["T"].told.splitlines()
    assert lines[0].startswith("debate(protocol: none(), ")
    assert re.fullmatch(r"24 nodes: \d+ executed, \d+ reused", lines[1])
    assert lines[2].startswith("computed in ")
    assert lines[3].startswith("keys ")
    assert rows["T"].first == f"n-{finished.node('T[seed=0, member=0, evidence=none]')[:12]}"


def test_parameters_are_written_as_in_the_spec() -> None:
    value = {"variant": "debate", "turns": 3, "who": None, "parts": [1, {"a": True}], "name": "x"}
    assert param_text(value) == 'debate(turns: 3, who: none, parts: [1, {a: true}], name: "x")'


def test_a_store_without_records_leaves_the_page_whole(finished: sampling.Sample) -> None:
    """The sample's results have no keys in its store, as in a report of results copied elsewhere."""
    report = _report(finished)
    assert (report.origins, report.machines) == ([], [])
    assert "Data and models" not in sampling.page_of(finished).text


def test_numbers_stand_beside_those_of_the_baseline(
    finished: sampling.Sample, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("baseline")
    spec = sampling.SPEC.replace("measure scores", "baseline evidence: none\n\nmeasure scores", 1)
    sample = sampling.build(root, spec=spec, like=finished)
    report = _report(sample)
    delta = report.deltas["scores[of: S', evidence: debate]"]
    assert delta.baseline == "scores[of: S', evidence: none]"
    means = [sample.right("S'", evidence=name).mean() for name in ("debate", "none")]
    assert delta.difference is not None
    assert delta.difference.value == pytest.approx(means[0] - means[1])
    assert "scores[of: S', evidence: none]" not in report.deltas
    assert "scores[of: floor]" not in report.deltas
    page = sampling.page_of(sample)
    assert page.problems == []
    assert "the difference from the baseline, evidence none" in page.text
    shown = f"{100 * delta.difference.value:+.1f}".replace("-", "−")
    assert shown in page.text
