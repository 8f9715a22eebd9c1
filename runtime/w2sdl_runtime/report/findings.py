"""What came out of a run: its measures as tables, the headline, verdicts and differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from w2sdl.graph import Graph
from w2sdl.replication import Replication, replication
from w2sdl.roles import Roles, find_roles
from w2sdl_runtime.artifacts import Opener
from w2sdl_runtime.report.averaging import all_tables
from w2sdl_runtime.report.deltas import Delta, Deltas
from w2sdl_runtime.report.expect import Verdict, judge_all
from w2sdl_runtime.report.headline import Headline, headline, missing_numbers
from w2sdl_runtime.report.layout import Grid, grid_of
from w2sdl_runtime.report.outcome import Progress, row_errors
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.report.spans import Span
from w2sdl_runtime.report.tables import Table
from w2sdl_runtime.report.training import Steps
from w2sdl_runtime.stats.simulated import covers
from w2sdl_runtime.storage.claims import registered_in


@dataclass
class Findings:
    """The numbers of a run; see `context.Report` for its fields and how it is read."""

    run: Mapping[str, Any]
    graph: Graph
    nodes: Mapping[str, Any]
    opener: Opener
    progress: Progress | None = None
    losses: Steps = field(default_factory=dict)
    spans: Sequence[Span] = ()

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """What the run says of each expectation of the spec."""
        return judge_all(self.graph, self._results, self.repeated, registered_in(self.run))

    @cached_property
    def headline(self) -> Headline | None:
        """The measures that answer the question, side by side; None where nothing is measured."""
        return headline(self.tables, self.roles)

    @cached_property
    def missing(self) -> list[tuple[str, str]]:
        """Numbers that the run does not have: why, and the addresses of their nodes."""
        return missing_numbers(self.tables, self._results)

    @cached_property
    def tables(self) -> list[Table]:
        """Each measure as a table of numbers, averaged over repetitions."""
        return all_tables(self.graph, self._results, self.repeated)

    @cached_property
    def deltas(self) -> dict[str, Delta]:
        """How far numbers are from the spec's baseline, by what `w2sdl trace` takes for each."""
        if not self.graph.baseline:
            return {}
        measures = {measure.name: measure for measure in self.graph.measures}
        found = {}
        for table in self.tables:
            every = Deltas(self.graph, measures[table.name], table, self._results, self.repeated)
            for column, names in table.places():
                delta = every.of_figure(column, names)
                if delta is not None:
                    found[column.figures[names].select] = delta
        return found

    @cached_property
    def grids(self) -> dict[str, Grid]:
        """How each measure lies on a page, by name: heads, rows, and what the row above has said."""
        return {table.name: grid_of(table) for table in self.tables}

    @cached_property
    def row_errors(self) -> list[tuple[str, int, float]]:
        """Measured parts, their rows, and the standard error that these allow a share of 50 %."""
        return row_errors(self.tables)

    @cached_property
    def coverage(self) -> str:
        """What intervals over as few seeds as these cover in simulations; "" of many."""
        return covers(len(self.repeated.units))

    @cached_property
    def repeated(self) -> Replication:
        """The axes that repeat the experiment, and what a repetition is called."""
        return replication(self.graph)

    @cached_property
    def roles(self) -> Roles:
        """What each name is in the design: weak, strong, supervisor, student, ceiling."""
        return find_roles(self.graph)

    @cached_property
    def _results(self) -> Results:
        return Results(self.graph, self.nodes, self.opener, self.progress is not None)
