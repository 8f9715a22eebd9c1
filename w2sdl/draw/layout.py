"""Boxes in layers from left to right. Nothing but geometry; `routing` draws the arrows between them.

Layers come from networkx; within them the order follows the barycentre heuristic (Sugiyama et
al. 1981), and heights an isotonic regression that keeps the order and a minimum distance.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from w2sdl.draw.geometry import Chains, Layout, Link, Place, Rectangle
from w2sdl.draw.routing import Routing

if TYPE_CHECKING:
    import networkx as nx

ACROSS, DOWN = 46, 24  #: free space between boxes
BEND = 10  #: room that a passing arrow gets between boxes
CLEAR = 12  #: and its distance from them
MARGIN = 8


def lay_out(
    sizes: Mapping[str, tuple[float, float]],
    links: Iterable[Link],
    late: Collection[str] = (),
    last: Collection[str] = (),
) -> Layout:
    """Place boxes of the given (width, height).

    Args:
        sizes: boxes by name, in the order that ties follow.
        links: arrows; those from a box to itself are left out.
        late: boxes to stand just before what they feed, rather than just after what feeds them.
        last: boxes to stand at the right end.
    """
    drawn = [link for link in dict.fromkeys(links) if link.source != link.target]
    level = _levels(_forward(sizes, drawn), late, last)
    layers, chains = _layers(level, drawn)
    _order(layers, chains)
    columns = _columns(layers, sizes)
    middles = _middles(layers, chains, sizes)
    boxes = {
        name: Rectangle(*columns[level[name]], middles[name] - height / 2, height)
        for name, (_, height) in sizes.items()
    }
    right = max((left + width for left, width in columns), default=0.0) + MARGIN
    bottom = max((middles[p] + _size(p, sizes) / 2 for p in middles), default=0.0) + MARGIN
    paths = Routing(chains, boxes, columns, middles).paths()
    return Layout(right, bottom, boxes, paths)


def _forward(sizes: Mapping[str, object], links: Iterable[Link]) -> nx.DiGraph[str]:
    """The boxes as a graph without circles: an arrow that closes one is drawn, but orders nothing.

    Definitions are never circular, but names can be, where points of one feed points of another.
    """
    import networkx as nx  # a tenth of a second that other commands need not wait for

    network: nx.DiGraph[str] = nx.DiGraph()
    network.add_nodes_from(sizes)
    network.add_edges_from((link.source, link.target) for link in links)
    while not nx.is_directed_acyclic_graph(network):
        network.remove_edge(*nx.find_cycle(network)[-1][:2])
    return network


def _levels(
    network: nx.DiGraph[str], late: Collection[str], last: Collection[str]
) -> dict[str, int]:
    """The layer of each box."""
    import networkx as nx

    generations = [list(generation) for generation in nx.topological_generations(network)]
    level = {name: index for index, names in enumerate(generations) for name in names}
    inner = [index for name, index in level.items() if name not in last]
    level |= dict.fromkeys(last, 1 + max(inner)) if inner and last else {}
    for name in reversed([name for names in generations for name in names]):
        followers = [level[other] for other in network.successors(name)]
        if name in late and followers:
            level[name] = max(level[name], min(followers) - 1)
    used = {index: number for number, index in enumerate(sorted(set(level.values())))}
    return {name: used[level[name]] for name in network}


def _layers(
    level: Mapping[str, int], links: Iterable[Link]
) -> tuple[list[list[Place]], dict[Link, list[Place]]]:
    """Places by layer, and for each arrow the places it passes, ends included."""
    layers: list[list[Place]] = [[] for _ in range(1 + max(level.values(), default=-1))]
    for name, index in level.items():
        layers[index].append(name)
    chains: dict[Link, list[Place]] = {}
    seen: set[Place] = set()
    for link in links:
        chain: list[Place] = [link.source]
        for index in range(level[link.source] + 1, level[link.target]):
            place = (link.source, link.what, index)
            chain.append(place)
            if place not in seen:
                seen.add(place)
                layers[index].append(place)
        chains[link] = [*chain, link.target]
    return layers, chains


def _neighbours(chains: Chains) -> tuple[dict[Place, list[Place]], dict[Place, list[Place]]]:
    before: dict[Place, dict[Place, None]] = {}
    after: dict[Place, dict[Place, None]] = {}
    for chain in chains.values():
        for first, second in pairwise(chain):
            before.setdefault(second, {})[first] = None
            after.setdefault(first, {})[second] = None
    return ({p: list(n) for p, n in before.items()}, {p: list(n) for p, n in after.items()})


def _order(layers: list[list[Place]], chains: Chains) -> None:
    """Sort layers by the mean position of their neighbours, to and fro; keep the best order."""
    before, after = _neighbours(chains)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, after)
    for sweep in range(24):
        forward = sweep % 2 == 0
        beside = before if forward else after
        position = {place: float(i) for line in layers for i, place in enumerate(line)}
        for layer in layers if forward else reversed(layers):
            centre = {
                place: sum(position[n] for n in beside[place]) / len(beside[place])
                if place in beside
                else position[place]
                for place in layer
            }
            layer.sort(key=centre.__getitem__)
            position |= {place: float(i) for i, place in enumerate(layer)}
        found = _crossings(layers, after)
        if found < fewest:
            best, fewest = [list(layer) for layer in layers], found
    layers[:] = best


def _crossings(layers: Sequence[Sequence[Place]], after: Mapping[Place, Sequence[Place]]) -> int:
    """How many pairs of arrows between neighbouring layers cross."""
    total = 0
    for layer, following in pairwise(layers):
        position = {place: i for i, place in enumerate(following)}
        ends: list[int] = []  # of all arrows so far, sorted
        for place in layer:
            arriving = sorted(position[n] for n in after.get(place, ()) if n in position)
            total += sum(len(ends) - bisect_right(ends, end) for end in arriving)
            for end in arriving:
                insort(ends, end)
    return total


def _size(place: Place, sizes: Mapping[str, tuple[float, float]]) -> float:
    return sizes[place][1] if isinstance(place, str) else BEND


def _columns(
    layers: Sequence[Sequence[Place]], sizes: Mapping[str, tuple[float, float]]
) -> list[tuple[float, float]]:
    """Left edge and width of each layer."""
    columns: list[tuple[float, float]] = []
    left = float(MARGIN)
    for layer in layers:
        width = max((sizes[p][0] for p in layer if isinstance(p, str)), default=0.0)
        columns.append((left, width))
        left += width + ACROSS
    return columns


def _middles(
    layers: Sequence[Sequence[Place]], chains: Chains, sizes: Mapping[str, tuple[float, float]]
) -> dict[Place, float]:
    """A middle height for each place: near its neighbours, in order, never too close."""
    before, after = _neighbours(chains)
    beside = {p: [*before.get(p, ()), *after.get(p, ())] for layer in layers for p in layer}
    offsets = {p: o for layer in layers for p, o in _offsets(layer, sizes)}
    middles = {p: offsets[p] - offsets[layer[-1]] / 2 for layer in layers for p in layer}
    for sweep in range(24):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = [_pull(p, beside[p], middles) - offsets[p] for p in layer]
            weights = [1.0 if isinstance(place, str) else 3.0 for place in layer]
            for place, height in zip(layer, _rising(wanted, weights), strict=True):
                middles[place] = height + offsets[place]
    top = min((middles[p] - _size(p, sizes) / 2 for p in middles), default=0.0)
    return {place: middle - top + MARGIN for place, middle in middles.items()}


def _pull(place: Place, beside: Sequence[Place], middles: Mapping[Place, float]) -> float:
    """The height that a place is drawn to. Where an arrow passes two layers it had best be straight."""
    passing = not isinstance(place, str)
    weights = [8.0 if passing and not isinstance(n, str) else 1.0 for n in beside]
    if not weights:
        return middles[place]
    return sum(w * middles[n] for w, n in zip(weights, beside, strict=True)) / sum(weights)


def _offsets(
    layer: Sequence[Place], sizes: Mapping[str, tuple[float, float]]
) -> list[tuple[Place, float]]:
    """The closest that the places of a layer may lie, from the first on."""
    offsets = [(place, 0.0) for place in layer[:1]]
    for first, second in pairwise(layer):
        boxes = isinstance(first, str) + isinstance(second, str)
        gap = (BEND / 2, CLEAR, DOWN)[boxes]
        distance = _size(first, sizes) / 2 + _size(second, sizes) / 2 + gap
        offsets.append((second, offsets[-1][1] + distance))
    return offsets


def _rising(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The nearest numbers to ``wanted`` that never fall: isotonic regression by pooling.

    scipy has it too, but a command that runs nothing does not load numpy.
    """
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for value, weight in zip(wanted, weights, strict=True):
        mean, total, count = value, weight, 1
        while pools and pools[-1][0] > mean:
            other, heavy, many = pools.pop()
            mean = (mean * total + other * heavy) / (total + heavy)
            total, count = total + heavy, count + many
        pools.append((mean, total, count))
    return [mean for mean, _, count in pools for _ in range(count)]
