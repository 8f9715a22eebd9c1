"""Signals that interrupt a training wait until its step is whole, so that nothing of it is lost."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

#: Ctrl-C, the notice before a machine is taken away, and the timer of a node's ``timeout``.
_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)


class Postponed:
    """Inside, a first signal is only noted, until `deliver`; one more comes through at once.

    Signals come to the main thread; in any other nothing is changed. A signal that ends the process
    without asking (SIGTERM, where nobody handles it) still does.
    """

    def __init__(self) -> None:
        self._before: dict[int, Callable[[int, FrameType | None], Any]] = {}
        self._waiting: list[tuple[int, FrameType | None]] = []

    def __bool__(self) -> bool:
        """Whether a signal waits."""
        return bool(self._waiting)

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _NUMBERS:
                handler = signal.getsignal(number)
                if callable(handler):
                    self._before[number] = handler
                    signal.signal(number, self._note)
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        first = not self._waiting
        self._waiting.append((number, frame))
        if not first:
            self.deliver()

    def deliver(self) -> None:
        """Do what the signals that came ask for, mostly raise."""
        while self._waiting:
            number, frame = self._waiting.pop(0)
            self._before[number](number, frame)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            if signal.getsignal(number) == self._note:
                signal.signal(number, handler)
        self.deliver()
