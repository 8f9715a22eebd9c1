"""Remembers which machine made what, so that a node can run where its inputs lie.

Only of use where each machine keeps a cache of a remote store: a shared disk is equally near to all.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping

from w2sdl.kinds import Kind
from w2sdl_runtime.worker.protocol import Attempt

_LIMIT = 10_000  #: results that are remembered; the oldest are forgotten
#: Weights weigh: a model is worth more on the way than all labels made with it.
_HEAVY = {Kind.MODEL.value: 1000, Kind.PREDICTOR.value: 1000, Kind.CORPUS.value: 10}


class Places:
    """Machines by the digests of the results that they made."""

    def __init__(self, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._made: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def remember(self, manifest: Mapping[str, object], machine: str) -> None:
        """A machine made a result, or has just fetched it."""
        digest, kind = str(manifest["digest"]), str(manifest["kind"])
        self._made[digest] = (machine, _HEAVY.get(kind, 1))
        self._made.move_to_end(digest)
        while len(self._made) > self._limit:
            self._made.popitem(last=False)

    def nearest(self, attempt: Attempt) -> str | None:
        """The machine that holds the heaviest part of the inputs; None where it makes no difference."""
        if "://" not in attempt.store:
            return None
        found: Counter[str] = Counter()
        for digest in (digest for port in attempt.inputs.values() for digest in port):
            if digest in self._made:
                machine, weight = self._made[digest]
                found[machine] += weight
        return found.most_common(1)[0][0] if found else None
