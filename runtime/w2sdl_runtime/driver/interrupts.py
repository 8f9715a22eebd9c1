"""Turns the first SIGINT or SIGTERM into one exception, and keeps later ones off."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self


class Interrupts:
    """Inside, the first signal raises `KeyboardInterrupt`; those that follow are left aside.

    ``number`` is the signal that came, 0 before one did. (An exception class of our own would get
    lost: Ray puts a plain `KeyboardInterrupt` in its place.)
    """

    def __init__(self) -> None:
        self._before: dict[int, Callable[..., Any] | int | None] = {}
        self._held = False
        self.number = 0

    def __enter__(self) -> Self:
        self.arm()
        return self

    def arm(self) -> None:
        """Install the handlers, again where a library put its own in their place."""
        if threading.current_thread() is not threading.main_thread():
            return  # only the main thread may, and only it gets signals
        for number in (signal.SIGINT, signal.SIGTERM):
            before = signal.signal(number, self._handle)
            self._before.setdefault(number, before)

    def hold(self) -> None:
        """From here on a signal changes nothing: what is left takes moments, and is to be written."""
        self._held = True

    def check(self) -> None:
        """Raise again what came and was swallowed, as by a bare ``except`` of an operation."""
        if self.number and not self._held:
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if not self.number and not self._held:
            self.number = number
            raise KeyboardInterrupt

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
