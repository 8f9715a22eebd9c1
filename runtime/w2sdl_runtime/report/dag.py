"""The design as a picture: bindings in layers from left to right, arrows by what flows along.

Layers come from networkx; within them the order follows the barycentre heuristic (Sugiyama et
al. 1981), and heights an isotonic regression that keeps the order and a minimum distance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

from w2sdl_runtime.report.design import Design, Flow
from w2sdl_runtime.report.roles import Roles
from w2sdl_runtime.report.text import plain

WIDTH, HEIGHT = 134, 58  #: of a box, in px
ACROSS, DOWN = 46, 24  #: free space between boxes
BEND = 18  #: room that a passing arrow gets between boxes
MARGIN = 6
NAME_LENGTH, NOTE_LENGTH = 13, 17  #: characters that fit into a box


@dataclass(frozen=True, slots=True)
class Box:
    """A binding in the picture; x and y are its upper left corner."""

    name: str
    title: str
    operation: str
    axes: str
    role: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Curve:
    """An arrow in the picture, as the ``d`` of an SVG path."""

    what: str
    title: str
    path: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the SVG template draws."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]
    kinds: tuple[str, ...]  #: of arrows that occur, for the legend
    roles: tuple[str, ...]
    box_width: float = WIDTH


#: A place in a layer: a binding's name, or one bend of a long arrow.
Place = str | tuple[str, str, int]


def draw(design: Design, roles: Roles) -> Picture:
    """Lay the design out."""
    network = design.network()
    layers, chains = _layers(network)
    _order(layers, chains)
    heights = _heights(layers, chains)
    top = min((heights[place] - _half(place) for layer in layers for place in layer), default=0.0)
    centres = {
        place: (MARGIN + index * (WIDTH + ACROSS) + WIDTH / 2, heights[place] - top + MARGIN)
        for index, layer in enumerate(layers)
        for place in layer
    }
    boxes = tuple(_box(design, roles, b.name, centres[b.name]) for b in design.bindings)
    flows = _drawn(design.flows)
    curves = tuple(_curves(flows, chains, centres))
    bottom = max((y + _half(place) for place, (_, y) in centres.items()), default=0.0)
    return Picture(
        width=2 * MARGIN + len(layers) * (WIDTH + ACROSS) - ACROSS,
        height=bottom + MARGIN,
        boxes=boxes,
        curves=curves,
        kinds=tuple(dict.fromkeys(flow.what for flow in flows)),
        roles=tuple(dict.fromkeys(box.role for box in boxes)),
    )


def _drawn(flows: Sequence[Flow]) -> list[Flow]:
    """Flows worth an arrow: no loops, and no plain text where labels come from the same place."""
    labelled = {(f.source, f.target) for f in flows if f.what != "text"}
    return [
        flow
        for flow in flows
        if flow.source != flow.target
        and not (flow.what == "text" and (flow.source, flow.target) in labelled)
    ]


def _layers(
    network: nx.DiGraph[str],
) -> tuple[list[list[Place]], dict[tuple[str, str], list[Place]]]:
    """Places by layer, and for each arrow the places it passes, ends included."""
    layers: list[list[Place]] = [list(g) for g in nx.topological_generations(network)]
    level = {name: index for index, layer in enumerate(layers) for name in layer}
    chains: dict[tuple[str, str], list[Place]] = {}
    for source, target in network.edges:
        bends: list[Place] = []
        for index in range(level[source] + 1, level[target]):
            bends.append((source, target, index))
            layers[index].append(bends[-1])
        chains[source, target] = [source, *bends, target]
    return layers, chains


def _neighbours(
    chains: Mapping[tuple[str, str], Sequence[Place]],
) -> tuple[dict[Place, list[Place]], dict[Place, list[Place]]]:
    before: dict[Place, list[Place]] = {}
    after: dict[Place, list[Place]] = {}
    for chain in chains.values():
        for first, second in pairwise(chain):
            before.setdefault(second, []).append(first)
            after.setdefault(first, []).append(second)
    return before, after


def _order(layers: list[list[Place]], chains: Mapping[tuple[str, str], Sequence[Place]]) -> None:
    """Sort layers by the mean position of their neighbours, to and fro; keep the best order."""
    before, after = _neighbours(chains)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, after)
    for sweep in range(12):
        forward = sweep % 2 == 0
        beside = before if forward else after
        for layer in layers if forward else reversed(layers):
            position = {place: i for line in layers for i, place in enumerate(line)}
            centre = {
                place: sum(position[n] for n in beside.get(place, [])) / len(beside[place])
                if beside.get(place)
                else position[place]
                for place in layer
            }
            layer.sort(key=lambda place: centre[place])
        found = _crossings(layers, after)
        if found < fewest:
            best, fewest = [list(layer) for layer in layers], found
    layers[:] = best


def _crossings(layers: Sequence[Sequence[Place]], after: Mapping[Place, Sequence[Place]]) -> int:
    total = 0
    for layer, following in pairwise(layers):
        position = {place: i for i, place in enumerate(following)}
        ends = [
            (i, position[n]) for i, p in enumerate(layer) for n in after.get(p, []) if n in position
        ]
        total += sum(a < c and b > d for a, b in ends for c, d in ends)
    return total


def _half(place: Place) -> float:
    return HEIGHT / 2 if isinstance(place, str) else BEND / 2


def _heights(
    layers: Sequence[Sequence[Place]], chains: Mapping[tuple[str, str], Sequence[Place]]
) -> dict[Place, float]:
    """A centre height for each place: near its neighbours, in order, never too close."""
    before, after = _neighbours(chains)
    offsets = {
        p: offset for layer in layers for p, offset in zip(layer, _offsets(layer), strict=True)
    }
    heights = {p: offsets[p] - offsets[layer[-1]] / 2 for layer in layers for p in layer}
    for sweep in range(24):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = []
            for place in layer:
                beside = [*before.get(place, []), *after.get(place, [])]
                near = sum(heights[n] for n in beside) / len(beside) if beside else heights[place]
                wanted.append(near - offsets[place])
            weights = [1.0 if isinstance(place, str) else 3.0 for place in layer]
            for place, height in zip(layer, _isotonic(wanted, weights), strict=True):
                heights[place] = height + offsets[place]
    return heights


def _offsets(layer: Sequence[Place]) -> list[float]:
    """The closest that the places of a layer may lie, from the first on."""
    offsets = [0.0]
    for first, second in pairwise(layer):
        offsets.append(offsets[-1] + _half(first) + _half(second) + DOWN)
    return offsets[: len(layer)]


def _isotonic(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The nearest numbers to ``wanted`` that never fall."""
    from scipy.optimize import isotonic_regression

    fitted: list[float] = isotonic_regression(wanted, weights=weights).x.tolist()
    return fitted


def _box(design: Design, roles: Roles, name: str, centre: tuple[float, float]) -> Box:
    binding = next(b for b in design.bindings if b.name == name)
    node = design.examples[name]
    x, y = centre[0] - WIDTH / 2, centre[1] - HEIGHT / 2
    title = f"{name} = {binding.text}" if binding.text else name
    return Box(
        name=plain(name, NAME_LENGTH),
        title=plain(title, 400),
        operation=plain(node.written or node.op, NOTE_LENGTH),
        axes=plain(_fitting(binding.dims), NOTE_LENGTH),
        role=roles.family(name),
        x=x,
        y=y,
    )


def _fitting(dims: Sequence[str]) -> str:
    """As many axes as fit into a box, and how many more there are."""
    for count in range(len(dims), 0, -1):
        rest = [f"+{len(dims) - count}"] if count < len(dims) else []
        text = " · ".join([*dims[:count], *rest])
        if len(text) <= NOTE_LENGTH:
            return text
    return " · ".join(dims)


def _curves(
    flows: Sequence[Flow],
    chains: Mapping[tuple[str, str], Sequence[Place]],
    centres: Mapping[Place, tuple[float, float]],
) -> list[Curve]:
    leaving = _spread(flows, chains, centres, outgoing=True)
    arriving = _spread(flows, chains, centres, outgoing=False)
    curves = []
    for flow in flows:
        chain = chains[flow.source, flow.target]
        points = [centres[place] for place in chain[1:-1]]
        start = (centres[flow.source][0] + WIDTH / 2, centres[flow.source][1] + leaving[flow])
        end = (centres[flow.target][0] - WIDTH / 2 - 5, centres[flow.target][1] + arriving[flow])
        title = f"{flow.what}: {flow.source} → {flow.target}"
        curves.append(Curve(flow.what, plain(title, 200), _path(start, points, end)))
    return curves


def _spread(
    flows: Sequence[Flow],
    chains: Mapping[tuple[str, str], Sequence[Place]],
    centres: Mapping[Place, tuple[float, float]],
    outgoing: bool,
) -> dict[Flow, float]:
    """How far from the middle of a box's side each arrow starts or ends."""
    sides: dict[str, list[Flow]] = {}
    for flow in flows:
        sides.setdefault(flow.source if outgoing else flow.target, []).append(flow)
    offsets = {}
    for side in sides.values():
        far = 1 if outgoing else -2
        side.sort(key=lambda f: (centres[chains[f.source, f.target][far]][1], f.what))
        step = min(12.0, (HEIGHT - 18) / max(1, len(side) - 1))
        for index, flow in enumerate(side):
            offsets[flow] = (index - (len(side) - 1) / 2) * step
    return offsets


def _path(
    start: tuple[float, float], bends: Sequence[tuple[float, float]], end: tuple[float, float]
) -> str:
    """A smooth line that passes bends horizontally, straight across the width of a box."""
    stops = [(start, start)]
    stops += [((x - WIDTH / 2, y), (x + WIDTH / 2, y)) for x, y in bends]
    stops.append((end, end))
    parts = [f"M{start[0]:.1f} {start[1]:.1f}"]
    for (_, leave), (enter, beyond) in pairwise(stops):
        middle = (leave[0] + enter[0]) / 2
        bend = f"{middle:.1f} {leave[1]:.1f} {middle:.1f} {enter[1]:.1f}"
        parts.append(f"C{bend} {enter[0]:.1f} {enter[1]:.1f}")
        if beyond != enter:
            parts.append(f"L{beyond[0]:.1f} {beyond[1]:.1f}")
    return " ".join(parts)
