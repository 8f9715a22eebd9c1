"""Named points of our own code at which a test can end the process: no sleeps, no luck.

``W2SDL_TEST_KILL=put.renamed`` ends it with SIGKILL the first time, ``put.renamed:3`` the third time,
``put.renamed:3:INT`` by SIGINT. Without the variable a point costs a look into the environment.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

VARIABLE = "W2SDL_TEST_KILL"

#: Every point there is, in the order that one node meets them; the fault tests go through this list.
POINTS = (
    "driver.decided",
    "lease.taken",
    "driver.submitted",
    "attempt.opened",
    "attempt.ran",
    "put.saved",
    "put.renamed",
    "commit.key",
    "commit.manifest",
    "commit.journal",
    "driver.ended",
    "driver.recorded",
    "index.reconciling",
    "gc.manifest-removed",
    "gc.object-removed",
    "partial.saved-temp",
    "partial.saved",
    "partial.resumed",
    "push.object",
    "push.manifest",
    "pull.object",
    "pull.manifest",
)
_passed: Counter[str] = Counter()


def kill_point(name: str) -> None:
    """End this process here, if a test asks for it."""
    wanted, _, rest = os.environ.get(VARIABLE, "").partition(":")
    if wanted != name:
        return
    count, _, how = rest.partition(":")
    _passed[name] += 1
    if _passed[name] == int(count or 1):
        os.kill(os.getpid(), signal.Signals[f"SIG{how or 'KILL'}"])
