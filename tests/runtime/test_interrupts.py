"""Signals: the first ends a run, and none keeps it from writing down how it ended."""

from __future__ import annotations

import os
import signal

import pytest

from w2sdl_runtime.driver.interrupts import Interrupts


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_the_first_signal_raises_and_later_ones_do_not() -> None:
    with Interrupts() as interrupts:
        with pytest.raises(KeyboardInterrupt):
            interrupt()
        assert interrupts.number == signal.SIGTERM
        interrupt()


def test_a_signal_that_comes_when_all_is_done_changes_nothing() -> None:
    with Interrupts() as interrupts:
        interrupts.hold()
        interrupt()
        assert interrupts.number == 0


def test_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Interrupts():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
