"""The figures of a report, each made when it is first read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from w2sdl.draw.design import Design, design_of
from w2sdl_runtime.report.by_name import NameRow, rows_by_name
from w2sdl_runtime.report.confidence import Confidence, plot_confidence
from w2sdl_runtime.report.curves import Curve, plot_curves
from w2sdl_runtime.report.drawing import Plot
from w2sdl_runtime.report.figures import Drawn, draw_design, plot_panels, plot_tables
from w2sdl_runtime.report.findings import Findings
from w2sdl_runtime.report.items.answers import Part, parts_of
from w2sdl_runtime.report.items.choosing import Pair, pair_of
from w2sdl_runtime.report.items.examples import place_of
from w2sdl_runtime.report.items.speech import Talk, first_talks
from w2sdl_runtime.report.origins import manifests_of
from w2sdl_runtime.report.parts import plot_parts
from w2sdl_runtime.report.ranked import plot_ranked
from w2sdl_runtime.report.shares import plot_shares
from w2sdl_runtime.report.timeline import Timeline, plot_timeline
from w2sdl_runtime.report.training import Training, plot_losses
from w2sdl_runtime.storage.manifest import Manifest


@dataclass
class Pictures(Findings):
    """What came out of a run, drawn."""

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
    def ranked(self) -> Mapping[str, Plot]:
        """Measures of rankings, by name: what the highest ranked rows are, by how many are kept."""
        return plot_ranked(self.tables, self._results, self.roles)

    @cached_property
    def confidence(self) -> list[Confidence]:
        """Calibration and accuracy by coverage, of each part that was measured with probabilities."""
        return plot_confidence(self._parts, place_of(self.graph, self.repeated))

    @cached_property
    def training(self) -> Training | None:
        """The losses that trainings reported; None where this run trained nothing, or kept no events."""
        return plot_losses(self.losses, self.graph, self.roles)

    @cached_property
    def _parts(self) -> list[tuple[Part, Pair | None]]:
        point = self._talks[0][-1].node.point if self._talks[0] else {}
        parts = parts_of(self.graph, self._results, self.repeated, self.roles)
        return [(part, pair_of(part, point, self.graph)) for part in parts]

    @cached_property
    def _talks(self) -> tuple[list[Talk], list[str]]:
        return first_talks(self.graph, self._results, self.repeated)

    @cached_property
    def names(self) -> list[NameRow]:
        """Nodes and time by name, in the order of computation."""
        return rows_by_name(self.graph, self.nodes)

    @cached_property
    def _design(self) -> Design:
        return design_of(self.graph)

    @cached_property
    def timeline(self) -> Timeline | None:
        """When each name was computed; None where this run computed nothing, or kept no events."""
        return plot_timeline(self.spans, self.graph, self.roles, self._manifests)

    @cached_property
    def _manifests(self) -> dict[str, Manifest]:
        return manifests_of(self.nodes, self.opener)
