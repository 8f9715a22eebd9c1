"""Which axes repeat an experiment (seeds, members) and which ones vary its design."""

from __future__ import annotations

from dataclasses import dataclass

from w2sdl.graph import Graph


@dataclass(frozen=True, slots=True)
class Replication:
    """Which axes repeat the experiment rather than vary its design.

    ``unit`` is the axis whose points are independent repetitions ("seed", else the first axis that
    a measure averages over); ``inner`` are axes averaged inside one repetition (members).
    """

    unit: str
    units: tuple[str, ...]
    inner: frozenset[str]

    @property
    def axes(self) -> frozenset[str]:
        """All axes that are averaged, rather than shown side by side."""
        return self.inner | ({self.unit} if self.unit else frozenset())


def replication(graph: Graph) -> Replication:
    """The replication axes: "seed", those measures are ``over``, and those that nodes reduce."""
    names = [axis.name for axis in graph.axes]
    over = [axis for measure in graph.measures for axis in measure.over]
    unit = "seed" if "seed" in names else next((axis for axis in over if axis in names), "")
    units = next((axis.points for axis in graph.axes if axis.name == unit), ())
    inner = (set(over) | _reduced(graph)) - {unit}
    return Replication(unit, units, frozenset(inner))


def _reduced(graph: Graph) -> set[str]:
    """Axes that some node averages: parents of one binding differ in it, and the node lacks it."""
    found: set[str] = set()
    for node in graph.nodes.values():
        for ids in node.inputs.values():
            parents = [graph.nodes[id_] for id_ in ids if id_ in graph.nodes]
            if len(parents) > 1 and len({parent.name for parent in parents}) == 1:
                found |= {
                    axis
                    for axis in parents[0].point
                    if axis not in node.point and len({p.point.get(axis) for p in parents}) > 1
                }
    return found
