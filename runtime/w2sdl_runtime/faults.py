"""Named points of our own code at which a test can end the process: no sleeps, no luck.

``W2SDL_TEST_KILL=put.renamed`` ends it with SIGKILL the first time, ``put.renamed:3`` the third time,
``put.renamed:3:INT`` by SIGINT. ``W2SDL_TEST_KILL=@FILE`` names a file with such lines: then passages
are counted over all processes, in FILE.passed, so each line ends one process of a whole scenario.
Without the variable a point costs a look into the environment.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

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
    "gc.remote-announced",
    "gc.remote-artifact",
    "gc.remote-removed",
    "partial.saved-temp",
    "partial.saved",
    "partial.resumed",
    "push.object",
    "push.named",
    "push.manifest",
    "pull.object",
    "pull.manifest",
)
_passed: Counter[str] = Counter()


def kill_point(name: str) -> None:
    """End this process here, if a test asks for it."""
    wanted = os.environ.get(VARIABLE, "")
    if not wanted:
        return
    if wanted.startswith("@"):
        plan = Path(wanted[1:])
        if not plan.is_file():
            return
        lines, number = plan.read_text("utf-8").split(), _passage(plan, name)
    else:
        _passed[name] += 1
        lines, number = [wanted], _passed[name]
    for line in lines:
        point, _, rest = line.partition(":")
        count, _, how = rest.partition(":")
        if (point, int(count or 1)) == (name, number):
            os.kill(os.getpid(), signal.Signals[f"SIG{how or 'KILL'}"])


def _passage(plan: Path, name: str) -> int:
    """Note that this process passes a point; how often all processes have by now."""
    import fcntl

    with plan.with_name(f"{plan.name}.passed").open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        before = [line.split()[0] for line in file]
        file.write(f"{name} {os.getpid()}\n")
    return before.count(name) + 1
