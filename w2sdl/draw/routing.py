"""Arrows between placed boxes, as the paths of an SVG.

Those with the same start and content share their way until they part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from w2sdl.draw.geometry import Chains, Link, Place, Rectangle

TIP = 5  #: length of an arrow's head


class Routing:
    """Arrows as paths: they leave a box's right side spread out, and arrive at another's left."""

    def __init__(
        self,
        chains: Chains,
        boxes: Mapping[str, Rectangle],
        columns: Sequence[tuple[float, float]],
        middles: Mapping[Place, float],
    ) -> None:
        self.chains = chains
        self.boxes = boxes
        self.columns = columns
        self.middles = middles

    def paths(self) -> dict[Link, str]:
        """For each arrow the ``d`` of an SVG path."""
        leaving = self._spread({link: (link.source, link.what) for link in self.chains}, 1)
        arriving = self._spread({link: (link.target, link) for link in self.chains}, -2)
        return {
            link: self._path(chain, leaving[link], arriving[link])
            for link, chain in self.chains.items()
        }

    def _spread(self, ports: Mapping[Link, tuple[str, object]], far: int) -> dict[Link, float]:
        """The height at which each arrow touches a box: its port, sorted by where it comes from."""
        towards: dict[tuple[str, object], list[float]] = {}
        for link, port in ports.items():
            towards.setdefault(port, []).append(self.middles[self.chains[link][far]])
        sides: dict[str, list[tuple[str, object]]] = {}
        for port in sorted(towards, key=lambda port: sum(towards[port]) / len(towards[port])):
            sides.setdefault(port[0], []).append(port)
        heights: dict[tuple[str, object], float] = {}
        for name, side in sides.items():
            step = min(11.0, (self.boxes[name].height - 14) / max(1, len(side) - 1))
            for index, port in enumerate(side):
                heights[port] = self.middles[name] + (index - (len(side) - 1) / 2) * step
        return {link: heights[port] for link, port in ports.items()}

    def _path(self, chain: Sequence[Place], start: float, end: float) -> str:
        """A smooth line that crosses the layers between its ends straight."""
        source, target = self.boxes[str(chain[0])], self.boxes[str(chain[-1])]
        at = (source.x + source.width, start)
        stops = [(at, at)]
        for place in chain[1:-1]:
            left, width = self.columns[int(place[2])]
            height = self.middles[place]
            stops.append(((left, height), (left + width, height)))
        tip = (target.x - TIP, end)
        stops.append((tip, tip))
        return " ".join(_pieces(stops, at))


def _pieces(
    stops: Sequence[tuple[tuple[float, float], tuple[float, float]]], start: tuple[float, float]
) -> Iterable[str]:
    yield f"M{start[0]:.1f} {start[1]:.1f}"
    for (_, leave), (enter, beyond) in pairwise(stops):
        reach = max(abs(enter[0] - leave[0]), 40.0) / 2  # an arrow backwards bows out
        yield (
            f"C{leave[0] + reach:.1f} {leave[1]:.1f} {enter[0] - reach:.1f} {enter[1]:.1f} "
            f"{enter[0]:.1f} {enter[1]:.1f}"
        )
        if beyond != enter:
            yield f"L{beyond[0]:.1f} {beyond[1]:.1f}"
