"""The results of a run for Python: tables as Arrow, all numbers as a pandas frame, models as folders.

from w2sdl_runtime.runs.results import open_run
run = open_run("last")
run.metrics().groupby("of")["value"].mean()
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from w2sdl import project
from w2sdl.graph import Graph, MeasureTable
from w2sdl.location import parse_location
from w2sdl.messages.suggest import nearest_names
from w2sdl_runtime.errors import PrerequisiteError
from w2sdl_runtime.report.results import Missing, Results
from w2sdl_runtime.runs.kept_tables import kept_table
from w2sdl_runtime.runs.loaded_run import load_run, read_run
from w2sdl_runtime.runs.measured import arrow_table, node_rows, summary_rows
from w2sdl_runtime.runs.run_record import NodeEntry
from w2sdl_runtime.runs.stored import StoredResults
from w2sdl_runtime.storage.opening import open_store
from w2sdl_runtime.storage.store import Store
from w2sdl_runtime.values import Metric

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from w2sdl.replication import Replication
    from w2sdl_runtime.report.deltas import Deltas
    from w2sdl_runtime.report.expect import Verdict
    from w2sdl_runtime.report.tables import Table
    from w2sdl_runtime.runs.every_run import Runs


class Run(StoredResults):
    """What one run left behind. Nothing is read before it is asked for."""

    def __repr__(self) -> str:
        return f"<Run {self.id}: {self.record.info.experiment}, {self.status}>"

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

    def results(self) -> pa.Table:
        """All numbers of all measures, tidy: `columns.RESULTS`, and a column for each axis.

        A row of ``kind`` "single" is the number of one node, one of ``kind`` "mean" what the report
        shows: averaged over repetitions. Kept in the run's folder once it has ended.
        """
        from w2sdl_runtime.runs.numbers import Numbers

        def made() -> tuple[pa.Table, bool]:
            numbers = Numbers(self.id, self.graph, self._results, self.repeated)
            return numbers.table(), self._whole()

        return kept_table(self.folder, "results", made)

    def result_rows(self) -> pa.Table:
        """The rows that the numbers are made of, tidy: `columns.ROWS`, and a column for each axis."""
        from w2sdl_runtime.runs.row_table import row_table

        def made() -> tuple[pa.Table, bool]:
            return row_table(self.id, self.graph, self._results), self._whole()

        return kept_table(self.folder, "rows", made)

    def table(self, measure: str) -> pa.Table:
        """A measure, a row for each number: what it is of, each axis, value, interval, key, digest.

        Raises:
            PrerequisiteError: when the run has no such measure.
        """
        return arrow_table(list(node_rows(self.measure(measure), self._results)))

    def summary(self, measure: str) -> pa.Table:
        """A measure averaged over repetitions, with intervals: what the report and the terminal show.

        A recovered gap stands with what it is formed of (`weak_score`, `student_score`,
        `ceiling_score`) and the `gain`, which holds where the ratio is unstable.

        Raises:
            PrerequisiteError: when the run has no such measure.
        """
        return arrow_table(summary_rows(self.measure(measure), self._results, self.repeated))

    def metrics(self) -> pd.DataFrame:
        """All numbers of all measures, a row each; the axes (seed among them) are columns."""
        import pandas as pd

        rows = [
            {"measure": measure.name, "op": measure.op, "on": measure.on, **row}
            for measure in self.graph.measures
            for row in node_rows(measure, self._results)
        ]
        return pd.DataFrame(rows)

    def verdicts(self) -> list[Verdict]:
        """What the run says of each expectation of the spec."""
        from w2sdl_runtime.report.expect import judge_all

        return judge_all(self.graph, self._results, self.repeated, self.record.info.claims)

    def markdown(self, in_percent: bool = False) -> str:
        """All measures as Markdown tables, and the verdicts.

        Shares are as papers have them, ``.862``; ``in_percent`` as the report and ``w2sdl show
        --markdown`` have them.
        """
        from w2sdl_runtime.report.markdown import markdown

        return markdown(self.graph, self.tables(), self.verdicts(), in_percent)

    def tables(self) -> list[Table]:
        """All measures as the report has them: a figure for each predictor and design point."""
        from w2sdl_runtime.report.averaging import all_tables

        return all_tables(self.graph, self._results, self.repeated)

    def figures_of(self, measure: MeasureTable) -> Table:
        """One measure as the report has it."""
        from w2sdl_runtime.report.averaging import summarise

        return summarise(measure, self._results, self.repeated)

    def deltas_of(self, measure: MeasureTable, table: Table) -> Deltas:
        """How far the numbers of a measure are from the spec's baseline."""
        from w2sdl_runtime.report.deltas import Deltas

        return Deltas(self.graph, measure, table, self._results, self.repeated)

    def measure(self, name: str) -> MeasureTable:
        """A measure by its name.

        Raises:
            PrerequisiteError: when the run has no such measure.
        """
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

    def metric(self, node: str) -> Metric | Missing:
        """The number of a node by its id, or why there is none."""
        return self._results.metric(node)

    def _whole(self) -> bool:
        """Whether each result that the run has could be read from the store."""
        nodes = [cell.node for measure in self.graph.measures for cell in measure.cells]
        lost = (isinstance(self._results.metric(node), Missing) for node in nodes)
        return not any(
            is_lost and self._results.nodes.get(node, {}).get("digest")
            for node, is_lost in zip(nodes, lost, strict=True)
        )

    @cached_property
    def _results(self) -> Results:
        nodes = {id_: entry.model_dump(mode="json") for id_, entry in self.nodes.items()}
        return Results(self.graph, nodes, self.store)

    @cached_property
    def repeated(self) -> Replication:
        """The axes that repeat the experiment rather than vary its design."""
        from w2sdl.replication import replication

        return replication(self.graph)


def open_run(run: str = "last", store: str | Path | None = None) -> Run:
    """A run by its id, its word pair, a unique beginning of its id, or "last".

    Args:
        run: its name.
        store: where results are kept; without one, that of the current folder's project.

    Raises:
        PrerequisiteError: when the store has no such run.
    """
    opened = _opened(store)
    return Run(load_run(opened, run), opened)


def open_runs(store: str | Path | None = None) -> Runs:
    """All runs of a store, oldest first; without one, of the current folder's project."""
    from w2sdl_runtime.runs.every_run import Runs

    return Runs(_opened(store))


def read_results(folder: Path, store: Store) -> Run:
    """The results of the run in a folder."""
    return Run(read_run(folder), store)


def _opened(store: str | Path | None) -> Store:
    place = parse_location(str(store)) if store else None
    return open_store(project.load_settings(Path.cwd() / "spec", place).store)
