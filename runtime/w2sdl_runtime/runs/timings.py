"""How long operations took in earlier runs: what the driver's order and `plan` expect of the next."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path
from statistics import fmean

from w2sdl.graph import Node
from w2sdl.keys import tagged_hash
from w2sdl.kinds import Kind
from w2sdl_runtime.files import read_json, write_json

#: Seconds that a node is taken to need before any of its operation was seen.
_GUESS = {Kind.MODEL: 30.0, Kind.PREDICTOR: 10.0, Kind.TRANSCRIPTS: 10.0, Kind.DATA: 2.0}


class Timings:
    """How long operations took, by operation and parameters; a small file of the store."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seconds: dict[str, dict[str, float]] = {}
        if path.exists():
            with suppress(OSError, ValueError, TypeError):  # what can't be read is learnt again
                self._seconds = dict(read_json(path))

    def estimate(self, node: Node) -> float:
        """Expected seconds: of equal parameters, of the operation, or a guess from the kind."""
        if node.inline:
            return 0.01
        seen = self.seen(node)
        return _GUESS.get(node.kind, 1.0) * _relative_size(node) if seen is None else seen

    def seen(self, node: Node) -> float | None:
        """Seconds that equal parameters took, else the operation on average; None if it never ran."""
        if node.inline:
            return 0.01
        seen = self._seconds.get(node.op)
        return (seen.get(_shape(node)) or fmean(seen.values())) if seen else None

    def measured(self, node: Node) -> float | None:
        """Seconds that equal parameters took; None if they never ran."""
        return self._seconds.get(node.op, {}).get(_shape(node))

    def learn(self, node: Node, seconds: float) -> None:
        """Take a measured time into account; the latest counts half."""
        seen = self._seconds.setdefault(node.op, {})
        shape = _shape(node)
        seen[shape] = (seen.get(shape, seconds) + seconds) / 2

    def save(self) -> None:
        with suppress(OSError):
            write_json(self._path, self._seconds, durable=False)


def _relative_size(node: Node) -> float:
    """Of two nodes never seen, which takes longer: pretraining time grew as the root of this."""
    sizes = [node.params.get(name) for name in ("steps", "layers", "width")]
    known = [size for size in sizes if isinstance(size, int | float) and size > 0]
    return math.sqrt(math.prod(known) / 100_000) if len(known) == len(sizes) else 1.0


def _shape(node: Node) -> str:
    """What makes nodes of one operation take alike: all parameters but the seed."""
    params = {name: value for name, value in node.key_params.items() if name != "seed"}
    return tagged_hash("shape.1", params)[:16]
