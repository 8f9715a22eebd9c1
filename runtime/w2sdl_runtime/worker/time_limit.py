"""The time that an operation may take: a timer that interrupts it where it is."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import replace
from types import FrameType
from typing import Any, Self

from w2sdl_runtime.worker.failures import Cause, TimedOut
from w2sdl_runtime.worker.protocol import Attempt, Failure

#: Seconds after its time is up that an operation gets to notice, before its process is ended. A long
#: call into C, which no signal interrupts, is all that makes the difference.
GRACE = 20.0


def timed_out(attempt: Attempt, failure: Failure) -> Failure:
    """The failure of an attempt whose process was ended when its time was up."""
    message = f"{TimedOut(attempt.timeout or 0)}, and did not notice: its process was ended"
    return replace(failure, type="TimedOut", message=message, cause=Cause.TIMEOUT)


class TimeLimit:
    """Inside, `TimedOut` is raised after so many seconds (None for no limit).

    Only the main thread gets signals. Elsewhere it does nothing: the backend ends the process after
    `GRACE` more seconds. A timer of the host program goes on where it would be.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._is_on = False
        self._before: Any = None
        self._other = 0.0
        self._start = 0.0

    def __enter__(self) -> Self:
        main = threading.current_thread() is threading.main_thread()
        if self._seconds is not None and main:
            self._before = signal.signal(signal.SIGALRM, self._ring)
            self._start = time.monotonic()
            self._is_on = True
            self._other, _ = signal.setitimer(signal.ITIMER_REAL, self._seconds)
        return self

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._is_on and self._seconds is not None:
            self._is_on = False
            raise TimedOut(self._seconds)

    def __exit__(self, *_: object) -> None:
        self._is_on = False  # from here on a signal on its way does nothing
        if self._before is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)
            if self._other:
                left = max(0.001, self._other - (time.monotonic() - self._start))
                signal.setitimer(signal.ITIMER_REAL, left)
