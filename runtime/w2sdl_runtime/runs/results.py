"""The results of a run for Python: tables as Arrow, all numbers as a pandas frame, models as folders.

from w2sdl_runtime.runs.results import open_run
run = open_run("last")
run.metrics().groupby("of")["value"].mean()
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2sdl import project
from w2sdl.graph import Cell, Graph, MeasureTable
from w2sdl.location import parse_location
from w2sdl.messages.suggest import nearest_names
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.runs.loaded_run import LoadedRun, load_run, read_run
from w2sdl_runtime.runs.run_record import NodeEntry
from w2sdl_runtime.storage.opening import open_store
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import Labels, Model, Transcripts, Value

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from w2sdl.replication import Replication
    from w2sdl_runtime.report.expect import Verdict
    from w2sdl_runtime.report.results import Results
    from w2sdl_runtime.stats.intervals import Interval


class Run:
    """What one run left behind. Nothing is read before it is asked for."""

    def __init__(self, record: LoadedRun, store: Store) -> None:
        self.record = record
        self.store = store

    def __repr__(self) -> str:
        return f"<Run {self.id}: {self.record.info.experiment}, {self.status}>"

    @property
    def id(self) -> str:
        """Date, time and word pair."""
        return self.record.info.run

    @property
    def name(self) -> str:
        """The word pair."""
        return self.record.info.name

    @property
    def status(self) -> str:
        """One of "running", "done", "failed", "interrupted", "incomplete" (its budget is spent)."""
        return self.record.status

    @property
    def spent(self) -> Mapping[str, float]:
        """What its tries cost: "tries", "cpu_seconds", "gpu_seconds"; {} before it has ended."""
        return self.record.info.spent

    @property
    def folder(self) -> Path:
        """Where its record, its logs and its report lie."""
        return self.record.folder

    @property
    def nodes(self) -> Mapping[str, NodeEntry]:
        """What became of each node, by id."""
        return self.record.nodes

    @property
    def failures(self) -> list[NodeEntry]:
        """The nodes that failed, each with its ``error``."""
        return [entry for entry in self.nodes.values() if entry.action == "failed"]

    @property
    def devices(self) -> tuple[str, ...]:
        """What its results were computed on, processors and GPUs: on others, numbers may differ."""
        stored = filter(None, (self.store.lookup(node.key) for node in self.nodes.values()))
        return tuple(sorted({manifest.device_name for manifest in stored}))

    @cached_property
    def graph(self) -> Graph:
        """What was computed."""
        return self.record.graph()

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of all measures."""
        return tuple(measure.name for measure in self.graph.measures)

    # -- numbers -----------------------------------------------------------------------------------

    def table(self, measure: str) -> pa.Table:
        """A measure, a row for each number: what it is of, each axis, value, interval, key, digest.

        Raises:
            PrerequisiteError: when the run has no such measure.
        """
        return _arrow(list(self._rows(self._measure(measure))))

    def summary(self, measure: str) -> pa.Table:
        """A measure averaged over repetitions, with intervals: what the report and the terminal show.

        A recovered gap stands with what it is formed of (`weak_score`, `student_score`,
        `ceiling_score`) and the `gain`, which holds where the ratio is unstable.

        Raises:
            PrerequisiteError: when the run has no such measure.
        """
        from w2sdl_runtime.report.tables import summarise

        table = summarise(self._measure(measure), self._results, self._repeated)
        return _arrow(
            [
                {
                    "of": column.of,
                    "part": column.part,
                    **dict(zip(column.dims, names, strict=True)),
                    "value": figure.estimate.value if figure.estimate else None,
                    "lower": figure.estimate.lower if figure.estimate else None,
                    "upper": figure.estimate.upper if figure.estimate else None,
                    **_scores(figure.accuracies),
                    **_gain(figure.gain),
                    "n": figure.n,
                    "repetitions": sum(single.value is not None for single in figure.singles),
                    "reason": ", ".join(figure.reasons),
                }
                for column in table.columns
                for names, figure in column.figures.items()
            ]
        )

    def metrics(self) -> pd.DataFrame:
        """All numbers of all measures, a row each; the axes (seed among them) are columns."""
        import pandas as pd

        rows = [
            {"measure": measure.name, "op": measure.op, "on": measure.on, **row}
            for measure in self.graph.measures
            for row in self._rows(measure)
        ]
        return pd.DataFrame(rows)

    def verdicts(self) -> list[Verdict]:
        """What the run says of each expectation of the spec."""
        from w2sdl_runtime.report.expect import judge_all

        return judge_all(self.graph, self._results, self._repeated, self.record.info.claims)

    def markdown(self) -> str:
        """All measures as Markdown tables, and the verdicts, as ``w2sdl show --markdown`` prints them."""
        from w2sdl_runtime.report.markdown import markdown
        from w2sdl_runtime.report.tables import all_tables

        tables = all_tables(self.graph, self._results, self._repeated)
        return markdown(self.graph, tables, self.verdicts())

    def _measure(self, name: str) -> MeasureTable:
        for measure in self.graph.measures:
            if measure.name == name:
                return measure
        near = nearest_names(name, self.measures)
        raise PrerequisiteError(
            f"run {self.id} has no measure `{name}`",
            f"did you mean `{near[0]}`?"
            if near
            else f"it has {', '.join(self.measures) or 'none'}",
        )

    def _rows(self, measure: MeasureTable) -> Iterator[dict[str, Any]]:
        axes = [axis.name for axis in self.graph.axes]
        axes = [axis for axis in axes if any(axis in cell.point for cell in measure.cells)]
        for cell in measure.cells:
            yield self._row(cell, axes)

    def _row(self, cell: Cell, axes: Sequence[str]) -> dict[str, Any]:
        from w2sdl_runtime.report.results import Missing

        metric = self._results.metric(cell.node)
        entry = self.nodes.get(cell.node)
        missing = isinstance(metric, Missing)
        return {
            "of": cell.of,
            **{axis: cell.point.get(axis) for axis in axes},
            "value": None if isinstance(metric, Missing) else metric.value,
            "lower": None if isinstance(metric, Missing) else metric.lower,
            "upper": None if isinstance(metric, Missing) else metric.upper,
            **({} if isinstance(metric, Missing) else _scores(metric.facts.get("accuracies", {}))),
            "n": 0 if isinstance(metric, Missing) else metric.n,
            "reason": metric.why if isinstance(metric, Missing) else metric.reason,
            "address": self.graph.nodes[cell.node].address,
            "key": entry.key if entry and not missing else "",
            "digest": entry.digest if entry and not missing else "",
        }

    @cached_property
    def _results(self) -> Results:
        from w2sdl_runtime.report.results import Results

        nodes = {id_: entry.model_dump(mode="json") for id_, entry in self.nodes.items()}
        return Results(self.graph, nodes, self.store)

    @cached_property
    def _repeated(self) -> Replication:
        from w2sdl.replication import replication

        return replication(self.graph)

    # -- results by address ------------------------------------------------------------------------

    def value(self, address: str) -> Value:
        """The result at an address (``S'[seed=0]``), or of a binding that is one node.

        Raises:
            PrerequisiteError: when the run has no such result.
        """
        from w2sdl_runtime.runs.exporting import find_result

        return self.store.open(find_result(self.record, address)[1])

    def rows(self, address: str) -> pa.Table:
        """The result at an address as a table, where it has one.

        Labels with the texts they are of, items, transcripts, or the rows that a number is made of.

        Raises:
            PrerequisiteError: when there is no such result, or it has no rows.
        """
        from w2sdl_runtime.runs.exporting import table_of

        return table_of(self.value(address))

    def labels(self, address: str) -> pa.Table:
        """Labels, with the prompt and the candidate that each of them is of.

        Raises:
            PrerequisiteError: when the result is no labels.
        """
        return self._of(address, Labels)

    def transcripts(self, address: str) -> pa.Table:
        """Transcripts, a row an item.

        Raises:
            PrerequisiteError: when the result is no transcripts.
        """
        return self._of(address, Transcripts)

    def _of(self, address: str, kind: type[Value]) -> pa.Table:
        from w2sdl_runtime.runs.exporting import table_of

        value = self.value(address)
        if not isinstance(value, kind):
            raise PrerequisiteError(
                f"`{address}` of run {self.id} is {value.kind}, not {kind.kind}",
                "rows(address) gives the table of anything that has one",
            )
        return table_of(value)

    def model(self, address: str, target: str | Path) -> Path:
        """Write a model as a folder that transformers opens, and return the folder.

        Raises:
            PrerequisiteError: when the result is no model, or the folder is not empty.
        """
        from w2sdl_runtime.runs.exporting import export_result

        if not isinstance(self.value(address), Model):
            raise PrerequisiteError(
                f"`{address}` of run {self.id} is no model", "rows(address) gives its table"
            )
        return export_result(self.record, address, self.store, Path(target)).path


def open_run(run: str = "last", store: str | Path | None = None) -> Run:
    """A run by its id, its word pair, a unique beginning of its id, or "last".

    Args:
        run: its name.
        store: where results are kept; without one, that of the current folder's project.

    Raises:
        PrerequisiteError: when the store has no such run.
    """
    place = parse_location(str(store)) if store else None
    opened = open_store(project.load_settings(Path.cwd() / "spec", place).store)
    return Run(load_run(opened, run), opened)


def read_results(folder: Path, store: Store) -> Run:
    """The results of the run in a folder."""
    return Run(read_run(folder), store)


def _scores(accuracies: Mapping[str, float]) -> dict[str, float]:
    """What a recovered gap never stands without, by role; {} of any other number."""
    return {f"{role}_score": value for role, value in accuracies.items()}


def _gain(gain: Interval | None) -> dict[str, float | None]:
    if gain is None:
        return {}
    return {"gain": gain.value, "gain_lower": gain.lower, "gain_upper": gain.upper}


def _arrow(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows])
