"""What a report is made of: all that a template may read, by the names that it is read by."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup

from w2sdl_runtime.report.commands import Commands, commands_of
from w2sdl_runtime.report.costs import Cost, cost_of
from w2sdl_runtime.report.glance import Fact, Warned, facts_of, rest_on
from w2sdl_runtime.report.items.examples import Examples, pick, place_of
from w2sdl_runtime.report.items.record import Embedded, embed
from w2sdl_runtime.report.measure_words import measure_in_words
from w2sdl_runtime.report.origins import Machine, Origin, machines_of, origins_of
from w2sdl_runtime.report.outcome import (
    FAILED_SHOWN,
    NodeRow,
    OperationTotal,
    RunStatus,
    node_rows,
    operation_totals,
    operation_warnings,
    status_of,
)
from w2sdl_runtime.report.pictures import Pictures
from w2sdl_runtime.report.refresh import refresh_scripts, refreshing
from w2sdl_runtime.report.scripts import content_policy, own_scripts
from w2sdl_runtime.report.settings import SettingCounts, count_settings
from w2sdl_runtime.report.words import (
    AxisWords,
    Sentence,
    axes_in_words,
    sentences,
)


@dataclass
class Report(Pictures):
    """A run, ready to be told. Each public attribute is a variable of templates, made when first read.

    Args:
        run: the run's ``run.json``.
        graph: what was to be computed.
        nodes: its ``nodes.json``, by node id. Nodes may be missing: the report says which, and why.
        opener: the store that the results lie in; no variable.
        progress: how far a run has come that goes on; None of one that has ended.
        losses: what trainings of this run reported, by node id (`training.read_losses`); no variable.
        spans: when its nodes were computed (`spans.read_spans`); no variable.
    """

    @cached_property
    def status(self) -> RunStatus:
        """How the run ended, how many results it lacks, and where its nodes came from."""
        return status_of(self.run, self.graph, self.nodes)

    @property
    def refresh(self) -> Markup:
        """What loads the page again while a run is watched, and finds the place again after that."""
        return refreshing(self._seconds)

    @property
    def policy(self) -> str:
        """What the browser lets the page do: run its own scripts, and load nothing."""
        return content_policy([*own_scripts(), *refresh_scripts(self._seconds)])

    @property
    def _seconds(self) -> int:
        """After how many the page is loaded again; 0 is never."""
        return self.progress.refresh if self.progress else 0

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
        return [*facts, rest_on(self.row_errors, self.repeated, self.run, self.status.absent)]

    @cached_property
    def failed(self) -> list[NodeRow]:
        """The first nodes that failed, each with what it said."""
        return [row for row in self.node_rows if row.action == "failed"][:FAILED_SHOWN]

    @cached_property
    def commands(self) -> Commands:
        """Commands about the run that work when pasted: again, anew, report, trace, logs."""
        return commands_of(self.run)

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
    def settings(self) -> SettingCounts:
        """How many settings the spec writes, and how many they come to."""
        return count_settings(self.graph, str(self.run.get("spec_text") or ""))

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
        return embed(self.graph, self._parts, self._talks[0], self.repeated)

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


#: The variables of a template.
VARIABLES = (
    "run",
    "graph",
    "progress",
    *(
        name
        for one in reversed(Report.__mro__)
        for name, value in vars(one).items()
        if not name.startswith("_") and isinstance(value, property | cached_property)
    ),
)


def variables_of(report: Report) -> dict[str, Any]:
    """All of a report by name, as a template is given it."""
    return {name: getattr(report, name) for name in VARIABLES}
