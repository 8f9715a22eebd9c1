"""The report as Markdown: all that the page says, but for pictures, examples and the table of nodes."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import markdown
import sample as sampling

from tests.golden import check_golden
from w2sdl_runtime.report.context import Report
from w2sdl_runtime.report.outcome import Progress
from w2sdl_runtime.report.render import render_markdown

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "<script>alert(1)</script> | `x` \u202e [a](javascript:b) **c**"


def text_of(sample: sampling.Sample, progress: Progress | None = None, **changes: object) -> str:
    run = sampling.run_record(sample, **changes)
    return render_markdown(Report(run, sample.graph, sample.nodes, sample.store, progress))


def tags_of(text: str) -> set[str]:
    page = markdown.markdown(text, extensions=["tables", "fenced_code", "md_in_html"])
    return set(re.findall(r"</?(\w+)", page))


def test_the_whole_report(finished: sampling.Sample, bless: bool) -> None:
    check_golden(GOLDEN / "report.md", text_of(finished), bless)


def test_it_has_a_section_for_each_question(finished: sampling.Sample) -> None:
    text = text_of(finished)
    heads = re.findall(r"^## (.*)", text, re.MULTILINE)
    assert heads == [
        "What was found", "What was done", "All measures", "What to keep in mind",
        "How to do it again",
    ]  # fmt: skip
    assert "\n\n\n" not in text
    for name in [*(e.name for e in finished.graph.expectations), *("scores", "recovered", "agree")]:
        assert f"`{name}`" in text


def test_a_failure_is_told_with_its_reason(sample: sampling.Sample) -> None:
    sample.fail("S'[seed=1, evidence=debate]", "out of memory at batch 16")
    text = text_of(sample, status="failed")
    assert "> **This run is incomplete.**" in text
    assert "## What failed" in text
    assert "`S'[seed=1, evidence=debate]` (finetune): out of memory at batch 16" in text
    assert "†" in text


def test_a_run_that_goes_on_says_how_far_it_is(sample: sampling.Sample) -> None:
    far = Progress(3, 192, (("running", 2), ("to do", 187)), (), "2026-01-01 00:00:00 UTC")
    text = text_of(sample, far, status="running", ended=None)
    assert "> **This run goes on.** 3 of 192 nodes have a result; 2 running, 187 to do." in text


def test_a_run_without_anything(sample: sampling.Sample, tmp_path: Path) -> None:
    sample.nodes.clear()
    assert "192 of 192 nodes have no result" in text_of(sample, status="interrupted", counts={})
    spec = sampling.SPEC[: sampling.SPEC.index("measure scores")]
    empty = text_of(sampling.build(tmp_path, spec=spec, like=sample))
    assert "The spec measures nothing." in empty


def test_hostile_texts_stay_text(sample: sampling.Sample) -> None:
    calm = tags_of(text_of(sample))
    sample.graph = dataclasses.replace(sample.graph, description=HOSTILE, experiment=HOSTILE)
    sample.fail("S'[seed=1, evidence=debate]", HOSTILE)
    changes = {"command": HOSTILE, "warnings": [HOSTILE], "host": HOSTILE, "profiles": [HOSTILE]}
    texts = {"spec_text": f"```\n{HOSTILE}\n````", "resolved_text": f"~~~\n</details>{HOSTILE}"}
    text = text_of(sample, **changes, **texts)
    assert tags_of(text) <= calm
    assert "\u202e" not in text
    assert "⟨U+202E⟩" in text
