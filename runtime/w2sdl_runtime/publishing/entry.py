"""What the index of a site says of one run, kept beside its report."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from w2sdl_runtime.files import digest_of_code, file_digest
from w2sdl_runtime.report.context import Report
from w2sdl_runtime.report.headline import Headline, ratio_name
from w2sdl_runtime.report.tables import Figure, Table
from w2sdl_runtime.report.text import number, percent
from w2sdl_runtime.runs.kept_tables import NUMBERS
from w2sdl_runtime.runs.past import PastRun

#: Files of a run's record that its report is made of.
_RECORD = ("run.json", "graph.json", "nodes.json")
#: Folders of the runtime whose code and templates decide what the site says of a run.
CODE = ("publishing", *NUMBERS)


class Number(BaseModel):
    """The number that stands for a run: in words, and its largest value to sort by."""

    model_config = ConfigDict(extra="ignore")

    text: str
    value: float | None = None


class Entry(BaseModel):
    """A run in the index."""

    model_config = ConfigDict(extra="ignore")  # a later version's has more

    run: str
    experiment: str
    question: str
    status: str
    started: float  #: seconds since 1970
    seconds: float | None
    profiles: list[str]
    verdicts: list[tuple[str, str]]  #: name, verdict
    number: Number | None
    nodes: int
    page: str  #: the file of its report
    made_of: str  #: digest of all that its files are made of
    version: str


def entry_of(report: Report, run: PastRun, page: str, made_of: str) -> Entry:
    """What there is to say of a run."""
    return Entry(
        run=run.run,
        experiment=run.experiment,
        question=report.graph.description,
        status=run.status,
        started=run.started,
        seconds=None if run.ended is None else run.ended - run.started,
        profiles=list(report.run.get("profiles") or ()),
        verdicts=[(verdict.name, verdict.verdict) for verdict in report.verdicts],
        number=first_number(report.headline),
        nodes=len(report.graph.nodes),
        page=page,
        made_of=made_of,
        version=str(report.run.get("version") or ""),
    )


def digest_of(run: PastRun, template: str = "") -> str:
    """Of the run's record, the template and the code: where it is the same, so are the files.

    Args:
        run: a run; one that goes on has no record that could be compared, and gets "".
        template: the digest of the user's own template.
    """
    if run.status == "running":
        return ""
    files = [run.folder / name for name in _RECORD]
    parts = [file_digest(path) if path.exists() else "" for path in files]
    text = "\n".join([*parts, run.status, template, digest_of_code(*CODE)])
    return hashlib.sha256(text.encode()).hexdigest()


def first_number(head: Headline | None) -> Number | None:
    """The recovered gap, else the score of the students, else of whatever is measured: its range."""
    if head is None:
        return None
    if head.ratios:
        return _of_ratio(head.ratios[0])
    scores = [one for panel in head.panels for one in panel.heads if one.kind == "score"]
    chosen = [one for one in scores if one.tag == "student"] or scores
    figures = [f for one in chosen for f in one.column.figures.values() if f.estimate]
    values = [figure.estimate.value for figure in figures if figure.estimate]
    is_share = all(figure.unit == "share" for figure in figures)
    return _range(head.scores[0].op, values, is_share) if values else None


def _of_ratio(table: Table) -> Number:
    name = f"{ratio_name(table.columns[0])} of {table.arguments.get('student', 'the student')}"
    figures = list(table.columns[0].figures.values())
    values = [f.estimate.value for f in figures if f.estimate and "unstable" not in f.warnings]
    return _range(name, values, True) if values else Number(text=f"{name} {_why_none(figures)}")


def _why_none(figures: Sequence[Figure]) -> str:
    """Why a recovered gap has no number that stands for it."""
    if any(figure.estimate for figure in figures):
        return "unstable"
    return "undefined" if any(figure.accuracies for figure in figures) else "not measured"


def _range(name: str, values: list[float], is_share: bool) -> Number:
    form: Any = percent if is_share else number
    low, high = form(min(values)), form(max(values))
    text = high if low == high else f"{low} to {high}"
    unit = "\u00a0%" if is_share else ""  # stays on the line of its number
    return Number(text=f"{name} {text}{unit}", value=max(values))
