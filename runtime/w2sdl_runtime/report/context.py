"""What a report is made of: all that a template may read, by the names that it is read by."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from markupsafe import Markup

from w2sdl.draw.design import Design, design_of
from w2sdl.graph import Graph
from w2sdl.replication import Replication, replication
from w2sdl.roles import Roles, find_roles
from w2sdl_runtime.artifacts import Opener
from w2sdl_runtime.report.by_name import NameRow, rows_by_name
from w2sdl_runtime.report.commands import Commands, commands_of
from w2sdl_runtime.report.confidence import Confidence, plot_confidence
from w2sdl_runtime.report.costs import Cost, cost_of
from w2sdl_runtime.report.curves import Curve, plot_curves
from w2sdl_runtime.report.deltas import Delta, Deltas
from w2sdl_runtime.report.drawing import Plot
from w2sdl_runtime.report.expect import Verdict, judge_all
from w2sdl_runtime.report.figures import (
    Drawn,
    draw_design,
    plot_panels,
    plot_tables,
)
from w2sdl_runtime.report.glance import Fact, Warned, facts_of, rest_on
from w2sdl_runtime.report.headline import Headline, headline, missing_numbers
from w2sdl_runtime.report.items.answers import Part, parts_of
from w2sdl_runtime.report.items.choosing import Pair, pair_of
from w2sdl_runtime.report.items.examples import Examples, pick, place_of
from w2sdl_runtime.report.items.record import Embedded, embed
from w2sdl_runtime.report.items.speech import Talk, first_talks
from w2sdl_runtime.report.layout import Grid, grid_of
from w2sdl_runtime.report.origins import Machine, Origin, machines_of, manifests_of, origins_of
from w2sdl_runtime.report.outcome import (
    FAILED_SHOWN,
    NodeRow,
    OperationTotal,
    Progress,
    RunStatus,
    node_rows,
    operation_totals,
    operation_warnings,
    row_errors,
    status_of,
)
from w2sdl_runtime.report.parts import plot_parts
from w2sdl_runtime.report.refresh import refresh_script, refreshing
from w2sdl_runtime.report.results import Results
from w2sdl_runtime.report.scripts import content_policy, own_scripts
from w2sdl_runtime.report.settings import SettingCounts, count_settings
from w2sdl_runtime.report.shares import plot_shares
from w2sdl_runtime.report.tables import Table, all_tables
from w2sdl_runtime.report.training import Steps, Training, plot_losses
from w2sdl_runtime.report.words import (
    AxisWords,
    Sentence,
    axes_in_words,
    measure_in_words,
    sentences,
)
from w2sdl_runtime.stats.simulated import covers
from w2sdl_runtime.storage.claims import registered_in
from w2sdl_runtime.storage.manifest import Manifest


@dataclass
class Report:
    """A run, ready to be told. Each public attribute is a variable of templates, made when first read.

    Args:
        run: the run's ``run.json``.
        graph: what was to be computed.
        nodes: its ``nodes.json``, by node id. Nodes may be missing: the report says which, and why.
        opener: the store that the results lie in; no variable.
        progress: how far a run has come that goes on; None of one that has ended.
        losses: what trainings of this run reported, by node id (`training.read_losses`); no variable.
    """

    run: Mapping[str, Any]
    graph: Graph
    nodes: Mapping[str, Any]
    opener: Opener
    progress: Progress | None = None
    losses: Steps = field(default_factory=dict)

    # -- what was asked, and how the run went ------------------------------------------------------

    @cached_property
    def status(self) -> RunStatus:
        """How the run ended, how many results it lacks, and where its nodes came from."""
        return status_of(self.run, self.graph, self.nodes)

    @cached_property
    def missing(self) -> list[tuple[str, str]]:
        """Numbers that the run does not have: why, and the addresses of their nodes."""
        return missing_numbers(self.tables, self._results)

    @property
    def refresh(self) -> Markup:
        """What loads the page again while a run is watched; "" at other times."""
        return refreshing(self.progress.refresh) if self.progress else Markup("")

    @property
    def policy(self) -> str:
        """What the browser lets the page do: run its own scripts, and load nothing."""
        seconds = self.progress.refresh if self.progress else 0
        again = [refresh_script(seconds)] if seconds else []
        return content_policy([*own_scripts(), *again])

    @cached_property
    def command(self) -> str:
        """The command line as one would type it."""
        command = self.run.get("command")
        if isinstance(command, list | tuple):
            return shlex.join(map(str, command))
        return str(command or "")

    @cached_property
    def glance(self) -> list[Fact]:
        """The first lines of the report: verdicts, what is missing, waived, warned of, and rested on."""
        warned = Warned(len(self.run.get("warnings") or ()), len(self.cautions))
        validity = self.graph.validity
        facts = facts_of(self.verdicts, self.status, self.node_count, validity, warned)
        return [*facts, rest_on(self.row_errors, self.repeated, self.run)]

    @cached_property
    def failed(self) -> list[NodeRow]:
        """The first nodes that failed, each with what it said."""
        return [row for row in self.node_rows if row.action == "failed"][:FAILED_SHOWN]

    @cached_property
    def commands(self) -> Commands:
        """Commands about the run that work when pasted: again, anew, report, trace, logs."""
        return commands_of(self.run)

    # -- what came out -----------------------------------------------------------------------------

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """What the run says of each expectation of the spec."""
        return judge_all(self.graph, self._results, self.repeated, registered_in(self.run))

    @cached_property
    def headline(self) -> Headline | None:
        """The measures that answer the question, side by side; None where nothing is measured."""
        return headline(self.tables, self.roles)

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

    # -- the design in words -----------------------------------------------------------------------

    @cached_property
    def sentences(self) -> list[Sentence]:
        """What each name of the spec is, a sentence for each, in the order of the spec."""
        return sentences(self.graph, self._design, self.roles, self._results)

    @cached_property
    def axes(self) -> list[AxisWords]:
        """What varied: each axis with its points, and what it is for."""
        return axes_in_words(self.graph, self.repeated)

    @cached_property
    def measures(self) -> dict[str, str]:
        """What each measure is, in words, by name."""
        return {measure.name: measure_in_words(measure) for measure in self.graph.measures}

    @cached_property
    def repeated(self) -> Replication:
        """The axes that repeat the experiment, and what a repetition is called."""
        return replication(self.graph)

    @cached_property
    def roles(self) -> Roles:
        """What each name is in the design: weak, strong, supervisor, student, ceiling."""
        return find_roles(self.graph)

    @cached_property
    def settings(self) -> SettingCounts:
        """How many settings the spec writes, and how many they come to."""
        return count_settings(self.graph, str(self.run.get("spec_text") or ""))

    # -- pictures ----------------------------------------------------------------------------------

    @cached_property
    def picture(self) -> Drawn | None:
        """The design as a graph; None where the spec names nothing."""
        if not self._design.bindings:
            return None
        return draw_design(self.graph, self._design, self.roles, self.names)

    @cached_property
    def panel_figures(self) -> list[tuple[Plot | None, Plot | None]]:
        """Scores and recovered gaps as plots, for each panel of the headline."""
        return plot_panels(self.headline, self.roles)

    @cached_property
    def figures(self) -> dict[str, Plot | None]:
        """A plot for each measure that the headline does not show, by name."""
        return plot_tables(self.headline, self.tables, self.roles)

    @cached_property
    def shares(self) -> Mapping[str, Plot]:
        """Measures that divide their rows among parts, as bars, by name."""
        return plot_shares(self.tables, self.roles)

    @cached_property
    def curves(self) -> Mapping[str, list[Curve]]:
        """Measures over axes of numbers, as curves, by name."""
        return plot_curves(self.tables, self.graph, self.repeated.axes, self.roles)

    @cached_property
    def parted(self) -> Mapping[str, Plot]:
        """Measures with parts that don't divide their rows, by name: agreement, accuracy by entropy."""
        return plot_parts(self.tables, self.roles)

    @cached_property
    def confidence(self) -> list[Confidence]:
        """Calibration and accuracy by coverage, of each part that was measured with probabilities."""
        return plot_confidence(self._parts, place_of(self.graph, self.repeated))

    @cached_property
    def training(self) -> Training | None:
        """The losses that trainings reported; None where this run trained nothing, or kept no events."""
        return plot_losses(self.losses, self.graph, self.roles)

    # -- items and nodes ---------------------------------------------------------------------------

    @cached_property
    def examples(self) -> Examples:
        """A few items with all that was said about them."""
        talks, missing = self._talks
        told = {item_id for talk in talks for item_id in talk.places}
        first = next((p for p in self._parts if not told or not told.isdisjoint(p[0].ids)), None)
        part, pair = first or (None, None)
        return pick(part, pair, talks, missing, place_of(self.graph, self.repeated))

    @cached_property
    def browser(self) -> Embedded | None:
        """Many items for a reader to go through; None where nothing was measured item by item."""
        place = place_of(self.graph, self.repeated)
        return embed(self.graph, self._parts, self._talks[0], place)

    @cached_property
    def node_rows(self) -> list[NodeRow]:
        """What happened to each node; of very many, to those that had trouble, and some of the rest."""
        return node_rows(self.graph, self.nodes, self._results)

    @property
    def node_count(self) -> int:
        """How many nodes the graph has."""
        return len(self.graph.nodes)

    @cached_property
    def operations(self) -> list[OperationTotal]:
        """Nodes and time by operation, most time first."""
        return operation_totals(self.graph, self.nodes)

    @cached_property
    def names(self) -> list[NameRow]:
        """Nodes and time by name, in the order of computation."""
        return rows_by_name(self.graph, self.nodes)

    @cached_property
    def cost(self) -> Cost:
        """What the run took, and what reuse saved."""
        return cost_of(self.run, self.operations)

    @cached_property
    def machines(self) -> list[Machine]:
        """What the results were computed on."""
        return machines_of(self._manifests)

    @cached_property
    def origins(self) -> list[Origin]:
        """Data, models and files that everything else is made of, with their digests."""
        return origins_of(self.graph, self._manifests)

    @cached_property
    def cautions(self) -> list[tuple[str, str]]:
        """What operations warned of: a name of the spec, and the warning."""
        return operation_warnings(self.graph, self.nodes)

    @cached_property
    def _parts(self) -> list[tuple[Part, Pair | None]]:
        point = self._talks[0][-1].node.point if self._talks[0] else {}
        parts = parts_of(self.graph, self._results, self.repeated, self.roles)
        return [(part, pair_of(part, point)) for part in parts]

    @cached_property
    def _talks(self) -> tuple[list[Talk], list[str]]:
        return first_talks(self.graph, self._results, self.repeated)

    @cached_property
    def _results(self) -> Results:
        return Results(self.graph, self.nodes, self.opener, self.progress is not None)

    @cached_property
    def _manifests(self) -> dict[str, Manifest]:
        return manifests_of(self.nodes, self.opener)

    @cached_property
    def _design(self) -> Design:
        return design_of(self.graph)


#: The variables of a template.
VARIABLES = (
    "run",
    "graph",
    "progress",
    *(
        name
        for name, value in vars(Report).items()
        if not name.startswith("_") and isinstance(value, property | cached_property)
    ),
)


def variables_of(report: Report) -> dict[str, Any]:
    """All of a report by name, as a template is given it."""
    return {name: getattr(report, name) for name in VARIABLES}
