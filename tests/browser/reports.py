"""Reports as files for the browser: of a whole small experiment, and of one where a node failed."""

from __future__ import annotations

from pathlib import Path

from tests.report import sample as sampling
from w2sdl_runtime.report.render import render_report


def write(sample: sampling.Sample, target: Path, **changes: object) -> Path:
    """The report of a run as a file."""
    record = sampling.run_record(sample, **changes)
    html = render_report(record, sample.graph, sample.nodes, sample.store)
    target.write_text(html, "utf-8")
    return target
