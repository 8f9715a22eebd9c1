"""Waiting for what another process or thread does; no sleep that hopes."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable


def until(
    what: Callable[[], object],
    seconds: float = 60.0,
    process: subprocess.Popen[str] | None = None,
) -> None:
    """Return when ``what()`` is true; fail after a time, or when the process that does it has ended."""
    end = time.monotonic() + seconds
    while not what():
        assert process is None or process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
