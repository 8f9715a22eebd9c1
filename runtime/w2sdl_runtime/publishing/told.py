"""The report of any run of a store, also of one that goes on or was killed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from w2sdl.graph import graph_from_json
from w2sdl_runtime.files import read_json
from w2sdl_runtime.report.context import Report
from w2sdl_runtime.report.outcome import Progress
from w2sdl_runtime.report.own_template import OwnTemplate
from w2sdl_runtime.report.render import render_markdown, render_page
from w2sdl_runtime.report.spans import read_spans
from w2sdl_runtime.report.templating import Form
from w2sdl_runtime.report.training import read_losses
from w2sdl_runtime.runs.loaded_run import read_run
from w2sdl_runtime.runs.past import PastRun, PastRuns, damaged_record
from w2sdl_runtime.storage.store import Store

#: Running nodes that a report names.
_SHOWN = 8
#: States in the order in which they are told.
_STATES = ("running", "waiting", "queued", "to do", "failed", "skipped")


@dataclass(frozen=True)
class Style:
    """How a report is written: HTML or Markdown, by our template or the user's."""

    form: Form = "html"
    template: OwnTemplate | None = None

    def render(self, report: Report) -> str:
        """The report as text.

        Raises:
            PrerequisiteError: for a mistake in the user's template.
        """
        if self.template is not None:
            return self.template.render(report)
        return render_markdown(report) if self.form == "md" else render_page(report)


def report_of(runs: PastRuns, run: PastRun, store: Store, refresh: int = 0) -> Report:
    """What there is to tell of a run now.

    Args:
        runs: the runs of the store.
        run: one of them.
        store: where its results lie.
        refresh: of a run that goes on, after how many seconds a browser loads the page again.

    Raises:
        PrerequisiteError: when its record is damaged.
    """
    goes_on = run.status == "running"
    progress = (
        _progress(runs, run, refresh) if goes_on else None
    )  # before what is done: never ahead
    try:
        entries = read_run(run.folder).nodes
        record = read_json(run.folder / "run.json")
        graph = graph_from_json(read_json(run.folder / "graph.json"))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise damaged_record(run.folder) from error
    nodes = {id_: entry.model_dump(mode="json") for id_, entry in entries.items()}
    counts = record.get("counts") or runs.counts(run)
    record |= {"status": run.status, "counts": counts}
    told = read_losses(run.folder), read_spans(run.folder)
    return Report(record, graph, nodes, store, progress, *told)


def _progress(runs: PastRuns, run: PastRun, refresh: int) -> Progress:
    counts = runs.counts(run)
    states = tuple((state, counts[state]) for state in _STATES if counts.get(state))
    busy = [(row["address"], _far(row)) for row in runs.nodes(run, "running")[:_SHOWN]]
    done = counts.get("executed", 0) + counts.get("reused", 0)
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return Progress(done, run.nodes, states, tuple(busy), now, refresh)


def _far(row: Mapping[str, Any]) -> str:
    if not row.get("done"):
        return ""
    total = f" of {row['total']}" if row.get("total") else ""
    return f"{row['done']}{total} {row.get('unit') or ''}".strip()
